//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"
)

// foreignTest makes runs with guild and reads them with the reader that knows only Guild AI.
type foreignTest struct {
	*testing.T
	dir, home string
	env       []string
}

var foreignProject = map[string]string{
	"train.py": "import sys\nlr = 0.1\nsteps = 3\nname = 'base'\nverbose = False\nprint('loss: 0.5')\nprint('to stderr', file=sys.stderr, flush=True)\nprint('é end')\n",
	"fail.sh":  "echo so far >&2\nexit 7\n",
	"self.sh":  "kill -TERM $$\n",
	"slow.sh":  "echo $$ > pid.tmp\nmv pid.tmp pid\nexec sleep 100\n",
	"texts.sh": "echo texts\n",
	"a b.txt":  "a file with a space in its name\n",
	"guild.toml": `[operations.texts]
main = "texts.sh"
[operations.texts.flags]
`,
}

// hardTexts are strings that YAML 1.1 takes for something else unless they are quoted.
var hardTexts = []string{
	"yes", "No", "on", "OFF", "y", "N", "true", "null", "~", "", " ", "1", "-1", "1.5", "1e3", "1.0e-05", ".5", "1_000", "1:30", "0x1f", "012", "0b1", ".inf", ".nan",
	"2026-11-21", "2026-11-21 07:15:37", "a: b", "a #b", "#a", "- a", "[a", "{a", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "'a'", `"a"`, "a'b", "é", "=", "<<", "?", "a:", ":", ",",
	"two\nlines", "tab\there", "trailing ", "\\", "---", "...", "\U0001F600",
}

func newForeignTest(t *testing.T) *foreignTest {
	f := &foreignTest{T: t, dir: filepath.Join(t.TempDir(), "project"), home: t.TempDir()}
	f.env = append(os.Environ(), "GUILD_HOME="+f.home, "HOME="+t.TempDir(), "XDG_CACHE_HOME="+sharedCache(t), "SECRET_TOKEN=hidden", "PLAIN=shown")
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	project := maps.Clone(foreignProject)
	for i := range hardTexts {
		project["guild.toml"] += fmt.Sprintf("t%02d = { default = \"\", type = \"string\" }\n", i)
	}
	project["guild.toml"] += "[hooks.loop]\nmodule = \"loop.wasm\"\nwhen = \"params.on\"\nparams = { on = false }\nfuel = 1_000_000_000_000_000\ntimeout = \"60s\"\n"
	loop, err := os.ReadFile(testdata(t, "evil", "loop.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.dir, "loop.wasm"), loop, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, text := range project {
		if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *foreignTest) command(args ...string) *exec.Cmd {
	cmd := exec.Command("guild", args...)
	cmd.Dir, cmd.Env = f.dir, f.env
	return cmd
}

// guild runs a command to its end and demands an exit code.
func (f *foreignTest) guild(code int, args ...string) string {
	f.Helper()
	out, err := f.command(args...).Output()
	got := 0
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else if err != nil {
		f.Fatal(err)
	}
	if got != code {
		f.Fatalf("guild %.100q: exit %d, want %d: %s", args, got, code, err.(*exec.ExitError).Stderr)
	}
	return string(out)
}

func (f *foreignTest) read() map[string]*foreignRun {
	f.Helper()
	runs, err := readForeign(f.home)
	if err != nil {
		f.Fatal(err)
	}
	return runs
}

func (f *foreignTest) equal(what string, got, want any) {
	f.Helper()
	if !reflect.DeepEqual(got, want) {
		f.Errorf("%s is %#v, want %#v", what, got, want)
	}
}

// between demands a time in µs.
func (f *foreignTest) between(what string, got any, from, to time.Time) {
	f.Helper()
	micros, ok := got.(int)
	if !ok || int64(micros) < from.UnixMicro() || int64(micros) > to.UnixMicro() {
		f.Errorf("%s is %v, want µs from %d to %d", what, got, from.UnixMicro(), to.UnixMicro())
	}
}

// listed are the statuses as guild lists them.
func (f *foreignTest) listed() map[string]string {
	f.Helper()
	var list struct {
		Runs []struct{ ID, Status string }
	}
	if err := json.Unmarshal([]byte(f.guild(0, "runs", "--json", "--all")), &list); err != nil {
		f.Fatal(err)
	}
	statuses := map[string]string{}
	for _, r := range list.Runs {
		statuses[r.ID] = r.Status
	}
	return statuses
}

// background is a guild that is still running.
type background struct {
	f    *foreignTest
	cmd  *exec.Cmd
	done chan struct{}
}

func (f *foreignTest) background(args ...string) *background {
	f.Helper()
	b := &background{f: f, cmd: f.command(args...), done: make(chan struct{})}
	if err := b.cmd.Start(); err != nil {
		f.Fatal(err)
	}
	go func() {
		_ = b.cmd.Wait() // killed, mostly
		close(b.done)
	}()
	f.Cleanup(b.kill)
	return b
}

// kill ends guild without a chance to clean up; its operation dies with it.
func (b *background) kill() {
	_ = b.cmd.Process.Signal(syscall.SIGKILL)
	b.wait()
}

func (b *background) wait() {
	select {
	case <-b.done:
	case <-time.After(20 * time.Second):
		b.f.Errorf("guild %q goes on", b.cmd.Args)
	}
}

// until waits for a run to be as wanted. While it is being made, it may not be there, or not be whole.
func (f *foreignTest) until(id string, as func(*foreignRun) bool) {
	f.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if runs, err := readForeign(f.home); err == nil && runs[id] != nil && as(runs[id]) {
			return
		}
	}
	f.Fatalf("run %s did not come to be as wanted", id)
}
