package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/project"
)

// TestReadme does what README.md tells its reader to do: in a copy of the tree, in the order of the text.
//
// In a block of kind "console", a line that begins with "$ " is a command, those that begin with "> " go on with it, and what follows
// is what it prints on both streams. A command that must not end with 0 says so in a comment at its end: "# exit 125". In what is
// printed "..." stands for any text. Ids, digests, times, sizes and paths need only have the right form.
//
// A comment in the line before a block makes it something else: "<!-- file PATH -->" is a file that the reader writes, and
// "<!-- needs TOOL... -->" a block that is left out where a tool is missing.
//
// GUILD_UPDATE_README=1 puts what commands print now into the file.
func TestReadme(t *testing.T) {
	path := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc := parseReadme(string(text))
	if doc.commands() < 25 {
		t.Fatalf("README.md has %d commands: it was not read well", doc.commands())
	}
	r := newReader(t)
	for i := range doc.blocks {
		r.block(&doc.blocks[i])
	}
	if os.Getenv("GUILD_UPDATE_README") != "" {
		if err := os.WriteFile(path, []byte(doc.text()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// reader is someone who follows the README: a copy of the tree, and a shell whose directory and variables last from one command to
// the next.
type reader struct {
	t     *testing.T
	root  string
	state string // where the shell's directory and variables are kept
	env   []string
}

func newReader(t *testing.T) *reader {
	r := &reader{t: t, root: filepath.Join(t.TempDir(), "guild"), state: t.TempDir()}
	copySources(t, r.root)
	user := filepath.Join(t.TempDir(), "user")
	r.must(os.Mkdir(user, 0o755))
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
	r.env = append(r.env, "HOME="+user, "XDG_CACHE_HOME="+sharedCache(t), "TZ=UTC")
	r.must(os.WriteFile(filepath.Join(r.state, "dir"), []byte(r.root), 0o644))
	r.must(os.WriteFile(filepath.Join(r.state, "env"), nil, 0o644))
	return r
}

// copySources copies what building guild and its SDKs needs, and the example project.
func copySources(t *testing.T, to string) {
	t.Helper()
	root := filepath.Join("..", "..")
	for _, dir := range []string{"abi", "cmd", "guest-sdk", "hooks", "runtime", "testdata/projects/tour"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			switch {
			case d.IsDir() && (d.Name() == ".guild" || d.Name() == "target" || d.Name() == "testdata"):
				return filepath.SkipDir
			case d.IsDir():
				return os.MkdirAll(filepath.Join(to, rel), 0o755)
			case !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			return copyFile(path, filepath.Join(to, rel))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		if err := copyFile(filepath.Join(root, file), filepath.Join(to, file)); err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm())
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
	what, arg, _ := strings.Cut(b.comment, " ")
	if what == "file" {
		r.must(os.MkdirAll(filepath.Dir(filepath.Join(r.dir(), arg)), 0o755))
		r.must(os.WriteFile(filepath.Join(r.dir(), arg), []byte(strings.Join(b.lines, "\n")+"\n"), 0o644))
	}
	if what == "needs" {
		for _, tool := range strings.Fields(arg) {
			if !r.has(tool) {
				r.t.Logf("README.md:%d: left out, there is no %s here", b.line, tool)
				return
			}
		}
	}
	switch b.kind {
	case "console":
		for i := range b.steps {
			r.step(&b.steps[i])
		}
	case "toml":
		if what != "file" {
			r.loads(b)
		}
	case "sh":
		out, err := exec.Command("sh", "-n", "-c", strings.Join(b.lines, "\n")).CombinedOutput()
		if err != nil {
			r.t.Errorf("README.md:%d: %s", b.line, out)
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

func (r *reader) dir() string {
	dir, err := os.ReadFile(filepath.Join(r.state, "dir"))
	r.must(err)
	return strings.TrimSuffix(string(dir), "\n")
}

var exitComment = regexp.MustCompile(`# exit (\d+)$`)

func (r *reader) step(s *step) {
	r.t.Helper()
	if len(s.command) == 0 {
		r.t.Fatalf("README.md:%d: output without a command", s.line)
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
		r.t.Errorf("README.md:%d: %s\nexit %d, want %d; it printed:\n%s", s.line, strings.Join(s.command, "\n"), code, wantCode, got)
	}
	want := strings.Join(s.output, "\n")
	if len(s.output) > 0 {
		want += "\n"
	}
	if wildcards(form(want)).MatchString(form(got)) {
		return
	}
	if os.Getenv("GUILD_UPDATE_README") != "" {
		s.output = nil
		if got != "" {
			s.output = strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		}
		return
	}
	r.t.Errorf("README.md:%d: %s\nwant:\n%s\ngot:\n%s", s.line, strings.Join(s.command, "\n"), want, got)
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
	return strings.ReplaceAll(out.String(), r.root, "~/guild"), cmd.ProcessState.ExitCode()
}

// loads checks that a block is a guild.toml that guild takes.
func (r *reader) loads(b *block) {
	r.t.Helper()
	dir := r.t.TempDir()
	r.must(os.WriteFile(filepath.Join(dir, "guild.toml"), []byte(strings.Join(b.lines, "\n")+"\n"), 0o644))
	if _, err := project.Load(dir); err != nil {
		r.t.Errorf("README.md:%d: %v", b.line, err)
	}
}

// TestTour: the hooks of the example project are the examples of the Rust SDK.
func TestTour(t *testing.T) {
	for _, name := range []string{"lr-guard", "stamp", "summary"} {
		want, err := os.ReadFile(filepath.Join("..", "..", "guest-sdk", "rust", "examples", name+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(testdata(t, "projects", "tour", "hooks", name+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Error(fmt.Errorf("testdata/projects/tour/hooks/%s.wasm is not the one in guest-sdk/rust/examples; run `just hooks`", name))
		}
	}
}
