package lock_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock"
)

// Of many lockers at once one locks.
func TestLockers(t *testing.T) {
	dir := newRun(t)
	var wg sync.WaitGroup
	var locked atomic.Int32
	for range 8 {
		wg.Go(func() {
			_, err := lock.Create(t.Context(), dir, options())
			if err == nil {
				locked.Add(1)
			} else if !errors.Is(err, lock.ErrLocked) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if locked.Load() != 1 {
		t.Errorf("%d locked it", locked.Load())
	}
	intact(t, dir)
}

// A verifier sees a run that is locked and intact, or one that is not locked.
func TestLockersAndVerifiers(t *testing.T) {
	dir := newRun(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := lock.Create(t.Context(), dir, options()); err != nil && !errors.Is(err, lock.ErrLocked) {
					t.Error(err)
				}
				if err := lock.Unlock(t.Context(), dir); err != nil && !errors.Is(err, lock.ErrNotLocked) {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				r, err := lock.Verify(t.Context(), dir, lock.VerifyOptions{})
				if err == nil && !r.Intact() {
					t.Error(r.Differences)
				} else if err != nil && !errors.Is(err, lock.ErrNotLocked) {
					t.Error(err)
				}
				if _, err := lock.Read(dir); err != nil && !errors.Is(err, lock.ErrNotLocked) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// Files that come, go and grow under the hands of a lock end it, or are locked as they are; nothing is left behind.
func TestMovingTarget(t *testing.T) {
	dir := newRun(t)
	for i := range 300 {
		put(t, dir, "many/"+string(rune('a'+i%26))+"/"+time.Duration(i).String(), "x", 0o644)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			path := filepath.Join(dir, "many", string(rune('a'+i%26)), "moving")
			os.WriteFile(path, make([]byte, i%9000), 0o644)
			os.Remove(filepath.Join(dir, "many", string(rune('a'+(i+13)%26)), "moving"))
		}
	})
	for range 20 {
		_, err := lock.Create(t.Context(), dir, options())
		if err != nil && !errors.Is(err, lock.ErrChanged) && !errors.Is(err, lock.ErrBusy) {
			t.Error(err)
		}
		if err == nil {
			if _, err := lock.Verify(t.Context(), dir, lock.VerifyOptions{}); err != nil {
				t.Error(err)
			}
			must(t, lock.Unlock(t.Context(), dir))
		}
	}
	cancel()
	wg.Wait()
	for _, name := range []string{"locked", "locked.meta", "locked.intent", "locked.undo"} {
		if _, err := os.Lstat(filepath.Join(dir, ".guild", name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	create(t, dir)
	intact(t, dir)
}

// Files that come and go under the hands of a verifier are differences, never errors.
func TestVerifyMovingTarget(t *testing.T) {
	dir := newRun(t)
	for i := range 300 {
		put(t, dir, "many/x"+strconv.Itoa(i), "x", 0o644)
	}
	create(t, dir)
	rewrite("train.py", "print(2)\n")(t, dir)
	many := filepath.Join(dir, "many")
	must(t, os.Chmod(many, 0o755))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			path := filepath.Join(many, "x"+strconv.Itoa(i%300))
			os.Remove(path)
			switch i % 3 {
			case 0:
				os.WriteFile(path, []byte("x"), 0o444)
			case 1:
				os.Symlink("nowhere", path)
			case 2:
				os.Mkdir(path, 0o755)
			}
		}
	})
	for range 30 {
		r, err := lock.Verify(t.Context(), dir, lock.VerifyOptions{})
		must(t, err)
		if r.Intact() {
			t.Error("intact")
		}
	}
	cancel()
	wg.Wait()
}

// Links are what they say, not what they lead to.
func TestLinks(t *testing.T) {
	dir := newRun(t)
	for name, target := range map[string]string{"to-dir": "out", "to-dot": ".", "to-out": "..", "to-self": "to-self", "to-file": "train.py", "out/up": "../out"} {
		must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	create(t, dir)
	intact(t, dir)
	rewrite("out/log.txt", "other\n")(t, dir)
	instead("to-dir", symlink("shared"))(t, dir)
	instead("to-self", symlink("nowhere"))(t, dir)
	expect(t, verify(t, dir), "link to-dir", "link to-self", "modified out/log.txt")
}

const nobody = 65534

// TestAsNobody runs the other tests without the rights of root, for whom modes are no obstacle.
func TestAsNobody(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("this is not root: the other tests ran without its rights")
	}
	if testing.Short() {
		t.Skip("a second run of the other tests")
	}
	base, err := os.MkdirTemp("", "guild-lock-*")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(base) })
	must(t, os.Chmod(base, 0o755))
	program := filepath.Join(base, "lock.test")
	copyFile(t, os.Args[0], program)
	temp := filepath.Join(base, "tmp")
	must(t, os.Mkdir(temp, 0o755))
	must(t, os.Chown(temp, nobody, nobody))
	tests := []string{"TestLockVerifyUnlock", "TestFree", "TestChain", "TestCancel", "TestBusy", "TestWarnings", "TestTampering",
		"TestLockFileTampering", "TestNames", "TestRecover", "TestForce", "TestUnlockAltered", "TestSign",
		"TestQuick", "TestLinks", "TestQuickTampering", "TestQuickBackdated"}
	cmd := exec.Command(program, "-test.v", "-test.run=^("+strings.Join(tests, "|")+")$")
	if os.Getenv("GUILD_TEST_FULL") == "" {
		cmd.Args = append(cmd.Args, "-test.short") // no pairs of tamperings
	}
	cmd.Dir = temp
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "HOME="+temp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	for _, name := range tests {
		if !strings.Contains(string(out), "\n--- PASS: "+name+" ") {
			t.Errorf("%s did not run as nobody", name)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	src, err := os.Open(from)
	must(t, err)
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(dst, src)
	must(t, errors.Join(err, dst.Close()))
}
