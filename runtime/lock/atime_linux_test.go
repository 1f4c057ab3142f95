package lock_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Neither locking nor looking changes when files were last read; whose files are another's can be looked at all the same.
func TestAccessTimes(t *testing.T) {
	base, err := os.MkdirTemp("", "guild-lock-*")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(base) })
	must(t, os.Chmod(base, 0o755))
	dir := filepath.Join(base, "run")
	put(t, dir, ".guild/opref", "script:/p '' '' train.py\n", 0o644)
	put(t, dir, ".guild/attrs/exit_status", "0\n", 0o644)
	put(t, dir, "small", "x", 0o644)
	put(t, dir, "large", string(make([]byte, 3<<20)), 0o644)
	then := time.Unix(1_000_000_000, 0) // so long ago that any mount would have a reading noted, if it notes any
	for _, name := range []string{"small", "large"} {
		must(t, os.Chtimes(filepath.Join(dir, name), then, then))
	}
	unchanged := func(after string) {
		t.Helper()
		for _, name := range []string{"small", "large"} {
			info, err := os.Stat(filepath.Join(dir, name))
			must(t, err)
			if at := info.Sys().(*syscall.Stat_t).Atim; at.Sec != then.Unix() {
				t.Errorf("%s: %s was last read at %d", after, name, at.Sec)
			}
		}
	}
	create(t, dir)
	unchanged("lock")
	intact(t, dir)
	unchanged("verify")
	if os.Getuid() != 0 {
		return
	}
	program := filepath.Join(base, "lock.test")
	copyFile(t, os.Args[0], program)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), childEnv+"="+dir, onceEnv+"=verify")
	cmd.Dir = base
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}
