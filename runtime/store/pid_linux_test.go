package store_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

func TestProcessIdentity(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	if pid, alive, host := r.LockPID(); pid != 0 || alive || host != "" {
		t.Errorf("without LOCK: %d, %v, %q", pid, alive, host)
	}
	pid := os.Getpid()
	check(t, r.SetLock(pid))
	text := read(t, r.Path("LOCK"))
	if got := strings.TrimSpace(text[:10]); got != strconv.Itoa(pid) {
		t.Errorf("the first ten characters are %q", got)
	}
	ours := text[11:]
	replace := func(old, new string) string {
		text := strings.Replace(ours, old, new, 1)
		if text == ours {
			t.Fatalf("no %q in %s", old, ours)
		}
		return text
	}
	host, err := os.Hostname()
	check(t, err)
	boot := strings.TrimSpace(read(t, "/proc/sys/kernel/random/boot_id"))
	for _, tt := range []struct {
		name, proc string
		alive      bool
		host       string
	}{
		{"as written", ours, true, ""},
		{"recycled pid", replace(`"start_ticks":`, `"start_ticks":1`), false, ""},
		{"earlier boot", replace(boot, "00000000-0000-0000-0000-000000000000"), false, ""},
		{"another host", replace(`"`+host+`"`, `"elsewhere"`), false, "elsewhere"},
		{"of another pid", replace(`"pid":`, `"pid":1`), true, ""},
		{"corrupt", "{", true, ""},
		{"nothing", "", true, ""},
	} {
		write(t, r.Path("LOCK"), strconv.Itoa(pid)+"\n"+tt.proc)
		got, alive, host := r.LockPID()
		if got != pid || alive != tt.alive || host != tt.host {
			t.Errorf("%s: got %d, %v, %q, want %d, %v, %q", tt.name, got, alive, host, pid, tt.alive, tt.host)
		}
	}
	check(t, r.RemoveAttr(store.AttrExitStatus))
	write(t, r.Path("LOCK"), strconv.Itoa(pid)+"\n"+replace(`"`+host+`"`, `"elsewhere"`))
	if got := r.Status(); got != run.Running {
		t.Errorf("a run of another host is %s", got)
	}
	check(t, r.ClearLock())
	check(t, r.ClearLock())
	if exists(r.Path("LOCK")) {
		t.Error("LOCK is still there")
	}
}

// TestMarksAreNames: from its making to its end a run's sentinels and LOCK are names of one file, whose content changes in place.
func TestMarksAreNames(t *testing.T) {
	s := store.Open(t.TempDir())
	r, err := s.Create("aaa", script("/p", "train.py"))
	check(t, err)
	process, err := os.Stat(r.Path("process"))
	check(t, err)
	same := func(names ...string) {
		t.Helper()
		for _, name := range append(names, "process") {
			info, err := os.Lstat(r.Path(name))
			check(t, err)
			if !os.SameFile(info, process) {
				t.Errorf("%s is another file", name)
			}
		}
		if n := process.Sys().(*syscall.Stat_t).Nlink; n != 2 {
			t.Errorf("a new run's process has %d names", n)
		}
	}
	same("PENDING")
	check(t, r.Mark(store.MarkStaged))
	same("PENDING", "STAGED")
	check(t, r.SetLock(os.Getpid()))
	same("LOCK")
	check(t, r.SetLock(1))
	same("LOCK")
	if pid, _, _ := r.LockPID(); pid != 1 {
		t.Errorf("pid is %d", pid)
	}
	for _, name := range []string{store.MarkStaged, store.MarkPending} {
		check(t, r.Unmark(name))
	}
	check(t, r.ClearLock())
	same()
	check(t, r.Mark(store.MarkPending)) // a restart
	same("PENDING")

	// What is in the way is replaced, and never written through.
	victim := t.TempDir() + "/victim"
	write(t, victim, "kept")
	check(t, os.Remove(r.Path("process")))
	check(t, os.Symlink(victim, r.Path("process")))
	check(t, os.Symlink(victim, r.Path("LOCK")))
	check(t, r.SetLock(os.Getpid()))
	if _, alive, _ := r.LockPID(); !alive || read(t, victim) != "kept" {
		t.Errorf("alive %v, and a file elsewhere has %q", alive, read(t, victim))
	}
}

func TestDeadAndZombie(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	cmd := exec.Command("sleep", "60")
	check(t, cmd.Start())
	check(t, r.SetLock(cmd.Process.Pid))
	if _, alive, _ := r.LockPID(); !alive {
		t.Error("a running process is not alive")
	}
	check(t, cmd.Process.Signal(syscall.SIGKILL))
	check(t, waitDead(cmd.Process.Pid)) // ended, not reaped: a zombie
	if _, alive, _ := r.LockPID(); alive {
		t.Error("a zombie is alive")
	}
	_ = cmd.Wait()
	if _, alive, _ := r.LockPID(); alive {
		t.Error("a process that ended is alive")
	}
	check(t, r.SetLock(cmd.Process.Pid))
	if _, alive, _ := r.LockPID(); alive {
		t.Error("a process that had ended before SetLock is alive")
	}
}

// waitDead waits until a child has ended, without reaping it.
func waitDead(pid int) error {
	for {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(text), ") Z ") {
			return err
		}
	}
}

func TestKernelReleases(t *testing.T) {
	for release, want := range map[string]bool{
		"6.13.0": true, "6.18.44-cloud": true, "7.0": true, "6.12.99": false, "5.15.0-91-generic": false, "6": false, "": false, "x.y": false,
	} {
		if got := store.AtLeast(release, 6, 13); got != want {
			t.Errorf("%q: got %v, want %v", release, got, want)
		}
	}
}
