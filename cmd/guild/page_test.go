package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/batch/slurm"
	"github.com/guild-run/guild/runtime/project"
)

// reader is someone who follows a page: a directory, and a shell whose own directory and variables last from one command to the next.
type reader struct {
	t     *testing.T
	page  *page
	root  string // shown as ~/guild
	home  string // shown as ~
	state string // where the shell's directory and variables are kept
	env   []string
}

func newReader(t *testing.T) *reader {
	r := &reader{t: t, root: filepath.Join(t.TempDir(), "guild"), state: t.TempDir()}
	r.must(os.Mkdir(r.root, 0o755))
	r.home = filepath.Join(t.TempDir(), "user")
	r.must(os.Mkdir(r.home, 0o755))
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); name != "GUILD_HOME" && name != "PWD" {
			r.env = append(r.env, kv)
		}
	}
	// What tools keep in their user's home is not in this one.
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		out, err := exec.Command("go", "env", name).Output()
		r.must(err)
		r.env = append(r.env, name+"="+strings.TrimSpace(string(out)))
	}
	if home, err := os.UserHomeDir(); err == nil {
		for name, dir := range map[string]string{"RUSTUP_HOME": ".rustup", "CARGO_HOME": ".cargo"} {
			if _, set := os.LookupEnv(name); !set {
				r.env = append(r.env, name+"="+filepath.Join(home, dir))
			}
		}
	}
	r.env = append(r.env, "HOME="+r.home, "XDG_CACHE_HOME="+sharedCache(t), "TZ=UTC")
	r.enter(r.root)
	r.must(os.WriteFile(filepath.Join(r.state, "env"), nil, 0o644))
	return r
}

// follow does what a page tells its reader to do, in the order of the text.
//
// In a block of kind "console", a line that begins with "$ " is a command, those that begin with "> " go on with it, and what follows
// is what it prints on both streams. A command that must not end with 0 says so in a comment at its end: "# exit 125". In what is
// printed "..." stands for any text. Ids, digests, times, sizes and paths need only have the right form.
//
// The line before a block can make it something else. After "`PATH`:", or "`PATH`, in a few words:", and after the comment
// "<!-- file PATH -->", it is a file that the reader writes; after "<!-- needs TOOL... -->" it is left out where a tool is missing.
//
// GUILD_UPDATE_README=1 puts what commands print now into the file.
func (r *reader) follow(name string, fewest int) {
	r.t.Helper()
	path := filepath.Join("..", "..", filepath.FromSlash(name))
	text, err := os.ReadFile(path)
	r.must(err)
	r.page = parsePage(name, string(text))
	if n := r.page.commands(); n < fewest {
		r.t.Fatalf("%s has %d commands: it was not read well", name, n)
	}
	for i := range r.page.blocks {
		r.block(&r.page.blocks[i])
	}
	if os.Getenv("GUILD_UPDATE_README") != "" {
		r.must(os.WriteFile(path, []byte(r.page.text()), 0o644))
	}
}

func (r *reader) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// block does what one block asks for.
func (r *reader) block(b *block) {
	r.t.Helper()
	if b.file != "" {
		path := filepath.Join(r.dir(), b.file)
		r.must(os.MkdirAll(filepath.Dir(path), 0o755))
		r.must(os.WriteFile(path, []byte(strings.Join(b.lines, "\n")+"\n"), 0o644))
	}
	for _, tool := range strings.Fields(b.needs) {
		if !r.has(tool) {
			r.t.Logf("%s:%d: left out, there is no %s here", r.page.name, b.line, tool)
			return
		}
	}
	switch b.kind {
	case "console":
		for i := range b.steps {
			r.step(&b.steps[i])
		}
	case "toml":
		if b.file == "" {
			r.loads(b)
		}
	case "sh":
		out, err := exec.Command("sh", "-n", "-c", strings.Join(b.lines, "\n")).CombinedOutput()
		if err != nil {
			r.t.Errorf("%s:%d: %s", r.page.name, b.line, out)
		}
	}
}

// has reports whether a tool is there; "rust-wasm" is a Rust that builds for wasm32-unknown-unknown.
func (r *reader) has(tool string) bool {
	if tool != "rust-wasm" {
		_, err := exec.LookPath(tool)
		return err == nil
	}
	if _, err := exec.LookPath("cargo"); err != nil {
		return false
	}
	if strings.Contains(os.Getenv("RUSTFLAGS"), "--sysroot=") {
		return true
	}
	dir, err := exec.Command("rustc", "--print", "target-libdir", "--target", "wasm32-unknown-unknown").Output()
	if err != nil {
		return false
	}
	_, err = os.Stat(strings.TrimSpace(string(dir)))
	return err == nil
}

// enter makes a directory the shell's own.
func (r *reader) enter(dir string) {
	r.t.Helper()
	r.must(os.WriteFile(filepath.Join(r.state, "dir"), []byte(dir), 0o644))
}

func (r *reader) dir() string {
	dir, err := os.ReadFile(filepath.Join(r.state, "dir"))
	r.must(err)
	return strings.TrimSuffix(string(dir), "\n")
}

var exitComment = regexp.MustCompile(`# exit (\d+)$`)

func (r *reader) step(s *step) {
	r.t.Helper()
	if len(s.command) == 0 {
		r.t.Fatalf("%s:%d: output without a command", r.page.name, s.line)
	}
	script := make([]string, len(s.command))
	for i, line := range s.command {
		script[i] = line[len("$ "):]
	}
	wantCode := 0
	if m := exitComment.FindStringSubmatch(script[len(script)-1]); m != nil {
		wantCode, _ = strconv.Atoi(m[1])
	}
	got, code := r.shell(strings.Join(script, "\n"))
	if code != wantCode {
		r.t.Errorf("%s:%d: %s\nexit %d, want %d; it printed:\n%s", r.page.name, s.line, strings.Join(s.command, "\n"), code, wantCode, got)
	}
	want := strings.Join(s.output, "\n")
	if len(s.output) > 0 {
		want += "\n"
	}
	if agrees(want, got) {
		return
	}
	if os.Getenv("GUILD_UPDATE_README") != "" {
		s.output = nil
		if got != "" {
			s.output = strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		}
		return
	}
	r.t.Errorf("%s:%d: %s\nwant:\n%s\ngot:\n%s", r.page.name, s.line, strings.Join(s.command, "\n"), want, got)
}

// shell runs a script where the one before it left off.
func (r *reader) shell(script string) (output string, code int) {
	r.t.Helper()
	frame := `. "$0/env"; cd "$(cat "$0/dir")" || exit 99
trap 'code=$?; trap - EXIT; export -p >"$0/env"; pwd >"$0/dir"; exit $code' EXIT
` + script + "\n"
	cmd := exec.Command("sh", "-c", frame, r.state)
	cmd.Env = r.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	shown := strings.NewReplacer(r.root, "~/guild", r.home, "~")
	return shown.Replace(out.String()), cmd.ProcessState.ExitCode()
}

// loads checks that a block is a guild.toml that guild takes.
func (r *reader) loads(b *block) {
	r.t.Helper()
	dir := r.t.TempDir()
	r.must(os.WriteFile(filepath.Join(dir, "guild.toml"), []byte(strings.Join(b.lines, "\n")+"\n"), 0o644))
	p, err := project.Load(dir)
	if err != nil {
		r.t.Errorf("%s:%d: %v", r.page.name, b.line, err)
		return
	}
	for name, op := range p.Operations {
		if op.Launcher.Name != "slurm" {
			continue
		}
		if _, err := slurm.ParseOptions(op.Launcher.Params); err != nil {
			r.t.Errorf("%s:%d: operation %s: launcher: %v", r.page.name, b.line, name, err)
		}
	}
}
