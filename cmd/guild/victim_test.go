//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// patience is how long a command may take. None is to wait for a dead one.
const patience = 30 * time.Second

// victim is a project whose commands are killed.
type victim struct {
	t       *testing.T
	home    string
	project string
	env     []string
	store   *store.Store
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	dir := t.TempDir()
	v := &victim{t: t, home: filepath.Join(dir, "home"), project: filepath.Join(dir, "project")}
	v.env = append(os.Environ(), "GUILD_HOME="+v.home, "HOME="+dir, "XDG_CACHE_HOME="+sharedCache(t))
	v.store = store.Open(v.home)
	examples := filepath.Join(testdata(t), "..", "guest-sdk", "rust", "examples")
	for _, hook := range []string{"stamp", "summary"} {
		module, err := os.ReadFile(filepath.Join(examples, hook+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(v.project, "modules", hook+".wasm"), string(module))
	}
	const script = "#!/bin/sh\n: > began\necho 'loss: 0.5'\nsleep %s\necho 'loss: 0.25'\necho 1 >> %s/log\n: > finished\n"
	write(t, filepath.Join(v.project, "train.sh"), fmt.Sprintf(script, "0.03", v.project))
	write(t, filepath.Join(v.project, "slow.sh"), fmt.Sprintf(script, "0.3", v.project))
	write(t, filepath.Join(v.project, "held.sh"), fmt.Sprintf("#!/bin/sh\n: > began\nwhile [ -e %s/hold ]; do sleep 0.01; done\n: > finished\n", v.project))
	for i := range 10 {
		write(t, filepath.Join(v.project, "lib", fmt.Sprintf("lib%d.sh", i)), "# library\n")
	}
	write(t, filepath.Join(v.project, "guild.toml"), `
[operations.train]
main = "train.sh"
flags-dest = "env"
lock = "on-success"
[operations.train.flags]
x = 0
[operations.plain]
main = "train.sh"
[operations.slow]
main = "slow.sh"
[operations.held]
main = "held.sh"
[hooks.stamp]
module = "modules/stamp.wasm"
allow = ["stage.write:**"]
[hooks.summary]
module = "modules/summary.wasm"
allow = ["stage.write:**", "attrs.set"]
`)
	return v
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func waitForFile(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(patience); !exists(path); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come to be", path)
		}
	}
}

func (v *victim) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "guild", args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = v.project, v.env, time.Second
	return cmd
}

// guild runs a command to its end, and returns what it said and its exit code.
func (v *victim) guild(args ...string) (string, int) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := v.command(ctx, args...).CombinedOutput()
	if ctx.Err() != nil {
		v.t.Fatalf("guild %s is blocked:\n%s", strings.Join(args, " "), out)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !isExit(err, &exit) {
		v.t.Fatal(err)
	} else if err != nil {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

// must is guild with an exit code that is wanted.
func (v *victim) must(want int, args ...string) string {
	v.t.Helper()
	out, code := v.guild(args...)
	if code != want {
		v.t.Errorf("guild %s ends with %d, want %d:\n%s", strings.Join(args, " "), code, want, out)
	}
	return out
}

func (v *victim) start(args ...string) *exec.Cmd {
	v.t.Helper()
	cmd := v.command(context.Background(), args...)
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	return cmd
}

// life is how long a command takes at least, once everything is warm.
func (v *victim) life(args ...string) time.Duration {
	v.t.Helper()
	undo := map[string]string{"lock": "unlock", "unlock": "lock"}[args[min(1, len(args)-1)]]
	var times []time.Duration
	for range 5 {
		if args[0] == "runs" {
			v.guild("runs", undo, args[2])
		}
		began := time.Now()
		v.must(0, args...)
		times = append(times, time.Since(began))
	}
	return slices.Min(times)
}

// kill starts a command and kills it after a time. It returns its exit code if it was faster, else -1.
func (v *victim) kill(after time.Duration, args ...string) int {
	v.t.Helper()
	cmd := v.start(args...)
	timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer timer.Stop()
	cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

func (v *victim) status(id string) run.Status {
	v.t.Helper()
	r, err := v.store.Run(run.ID(id))
	if err != nil {
		v.t.Fatal(err)
	}
	return r.Status()
}

// truth checks that a run says of itself what is so, and returns its status: "" if it was killed before there was a run.
func (v *victim) truth(id string, code int) run.Status {
	v.t.Helper()
	v.operationIsGone(id)
	if _, err := v.store.Run(run.ID(id)); err != nil {
		if code == 0 {
			v.t.Errorf("there is no run %s, though its command ended well", id)
		}
		return ""
	}
	v.attrsAreWhole(id)
	dir := filepath.Join(v.home, "runs", id)
	status, began, finished := v.status(id), exists(filepath.Join(dir, "began")), exists(filepath.Join(dir, "finished"))
	switch status {
	case run.Pending:
		if began {
			v.t.Errorf("run %s is pending, but it began", id)
		}
	case run.Completed:
		if !finished {
			v.t.Errorf("run %s is completed, but it did not finish", id)
		}
	case run.Error:
		if code == 0 {
			v.t.Errorf("run %s is an error, though its command ended well", id)
		}
	default:
		v.t.Errorf("run %s is %s", id, status)
	}
	// A process that guild was just starting when it was killed has a copy of the claim until it is another program.
	ctx, cancel := context.WithTimeout(v.t.Context(), 5*time.Second)
	defer cancel()
	if claim, err := v.store.Claim(ctx, "run-"+id, nil); err != nil {
		v.t.Errorf("the claim of run %s is not free (%v)", id, err)
	} else {
		claim.Release()
	}
	return status
}

// operationIsGone waits for the end of the run's process, which the kernel brings about.
func (v *victim) operationIsGone(id string) {
	v.t.Helper()
	want := []byte("RUN_ID=" + id + "\x00")
	alive := func() string {
		files, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, f := range files {
			if env, err := os.ReadFile(f); err == nil && bytes.Contains(append([]byte{0}, env...), append([]byte{0}, want...)) {
				return filepath.Dir(f)
			}
		}
		return ""
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		process := alive()
		if process == "" {
			return
		}
		if time.Now().After(end) {
			v.t.Errorf("a process of run %s is alive: %s", id, process)
			return
		}
	}
}

// attrsAreWhole reads every file that guild writes about a run.
func (v *victim) attrsAreWhole(id string) {
	v.t.Helper()
	r, err := v.store.Run(run.ID(id))
	if err != nil {
		v.t.Fatal(err)
	}
	names, err := r.AttrNames()
	if err != nil {
		v.t.Error(err)
	}
	for _, name := range names {
		if value, _, err := r.Attr(name); err != nil {
			v.t.Error(err)
		} else if value == nil && !slices.Contains([]string{"comment"}, name) {
			v.t.Errorf("run %s: attribute %s is empty", id, name)
		}
	}
	for _, name := range []string{"id", "initialized"} {
		if !slices.Contains(names, name) {
			v.t.Errorf("run %s has no attribute %s", id, name)
		}
	}
	if _, err := r.OpRef(); err != nil {
		v.t.Error(err)
	}
	for _, name := range []string{"DENIED", "hooks/pinned.json", "hooks/records.jsonl", "hooks/trace.jsonl"} {
		text, err := os.ReadFile(r.Path(name))
		if err != nil {
			continue
		}
		for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
			var value any
			if err := d.Decode(&value); err != nil {
				v.t.Errorf("run %s: %s: %v", id, name, err)
				break
			}
		}
	}
}

// temporary counts the files that killed writers left.
func (v *victim) temporary() int {
	n := 0
	filepath.WalkDir(v.home, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(e.Name(), ".tmp-") {
			n++
		}
		return nil
	})
	return n
}
