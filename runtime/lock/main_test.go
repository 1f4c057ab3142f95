package lock_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/guild-run/guild/runtime/lock"
)

// childEnv makes this program lock and unlock the run it names until it is killed, or do what onceEnv says once.
const (
	childEnv = "GUILD_TEST_LOCK_FOR_EVER"
	onceEnv  = "GUILD_TEST_LOCK_ONCE"
)

func TestMain(m *testing.M) {
	syscall.Umask(0o022)
	if dir := os.Getenv(childEnv); dir != "" && os.Getenv(onceEnv) != "" {
		once(dir, os.Getenv(onceEnv))
	} else if dir != "" {
		lockForEver(dir)
	}
	os.Exit(m.Run())
}

func lockForEver(dir string) {
	fmt.Println("ready")
	for {
		if _, err := lock.Create(context.Background(), dir, options()); err != nil && !errors.Is(err, lock.ErrLocked) {
			fmt.Println(err)
			os.Exit(1)
		}
		if err := lock.Unlock(context.Background(), dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// once locks or unlocks a run.
func once(dir, what string) {
	fmt.Println("ready")
	if err := doOnce(context.Background(), dir, what); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func doOnce(ctx context.Context, dir, what string) error {
	switch what {
	case "unlock":
		return lock.Unlock(ctx, dir)
	case "verify":
		r, err := lock.Verify(ctx, dir, lock.VerifyOptions{})
		if err == nil && !r.Intact() {
			err = fmt.Errorf("%v", r.Differences)
		}
		return err
	}
	_, err := lock.Create(ctx, dir, options())
	return err
}

func options() lock.Options { return lock.Options{Run: "0123456789abcdef", Op: "train"} }

// tempDir is t.TempDir for read-only trees.
func tempDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.IsDir() {
				os.Chmod(path, 0o755)
			}
			return nil
		})
	})
	return dir
}

// must ends the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes a file, with the directories above it.
func put(t testing.TB, dir, name, content string, mode fs.FileMode) {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o644))
	must(t, os.Chmod(path, mode))
}

// newRun makes a run with one of everything.
func newRun(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(tempDir(t), "run")
	for _, f := range []struct {
		name, content string
		mode          fs.FileMode
	}{
		{".guild/opref", "script:/p '' '' train.py\n", 0o644},
		{".guild/output", "loss: 1\n", 0o644},
		{".guild/attrs/id", "0123456789abcdef\n", 0o644},
		{".guild/attrs/flags", "lr: 0.1\n", 0o644},
		{".guild/attrs/label", "first\n", 0o644},
		{".guild/hooks/lr-guard.wasm", "\x00asm", 0o644},
		{".guild/hooks/records.jsonl", "{}\n", 0o644},
		{".guild/state/lr-guard", "1", 0o644},
		{".guild/LOCK.proc", "{}", 0o644},
		{"train.py", "print(1)\n", 0o644},
		{"run.sh", "#!/bin/sh\n", 0o755},
		{"read-only", "kept\n", 0o444},
		{"out/model.bin", string(make([]byte, 70_000)), 0o664},
		{"out/log.txt", "a\nb\n", 0o644},
		{"out/deep/er/x", "x", 0o600},
		{"zero", "", 0o644},
	} {
		put(t, dir, f.name, f.content, f.mode)
	}
	must(t, os.MkdirAll(filepath.Join(dir, "empty"), 0o755))
	must(t, os.MkdirAll(filepath.Join(dir, "shared"), 0o755))
	must(t, os.Chmod(filepath.Join(dir, "shared"), 0o775))
	must(t, os.Symlink("train.py", filepath.Join(dir, "link")))
	must(t, os.Symlink("../upstream/out", filepath.Join(dir, "upstream")))
	must(t, os.Symlink("no/where", filepath.Join(dir, "dangling")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	listen(t, dir, "sock")
	return dir
}

// listen leaves a socket. Its name is relative to keep it short.
func listen(t testing.TB, dir, name string) {
	t.Helper()
	fd, err := os.Open(dir)
	must(t, err)
	defer fd.Close()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fmt.Sprintf("/proc/self/fd/%d/%s", fd.Fd(), name)})
	if err != nil {
		t.Logf("no socket: %v", err)
		return
	}
	l.SetUnlinkOnClose(false)
	must(t, l.Close())
}

// snapshot is every path of a tree with its mode and content, but for what a lock and an unlock leave.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if rel == lock.LogFile {
			return nil
		}
		content := ""
		switch {
		case info.Mode().IsRegular():
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = string(b)
		case info.Mode()&fs.ModeSymlink != 0:
			if content, err = os.Readlink(path); err != nil {
				return err
			}
		}
		all[rel] = info.Mode().String() + " " + content
		return nil
	}))
	return all
}

func differ(t testing.TB, got, want map[string]string) {
	t.Helper()
	for path, w := range want {
		if g, ok := got[path]; !ok {
			t.Errorf("%q is missing", path)
		} else if g != w {
			t.Errorf("%q: got %.80q, want %.80q", path, g, w)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%q is new", path)
		}
	}
}

func create(t testing.TB, dir string) *lock.Lock {
	t.Helper()
	l, err := lock.Create(t.Context(), dir, options())
	must(t, err)
	return l
}

func verify(t testing.TB, dir string) *lock.Report {
	t.Helper()
	r, err := lock.Verify(t.Context(), dir, lock.VerifyOptions{})
	must(t, err)
	return r
}

func intact(t testing.TB, dir string) {
	t.Helper()
	for _, d := range verify(t, dir).Differences {
		t.Errorf("%q is %s: want %q, got %q", d.Path, d.Kind, d.Want, d.Got)
	}
}

// copyRun copies a run as cp -a does, but for times and owners.
func copyRun(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(tempDir(t), "copy")
	type dir struct {
		path string
		mode fs.FileMode
	}
	var dirs []dir
	must(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		dst := filepath.Join(to, rel)
		switch mode := info.Mode(); mode.Type() {
		case fs.ModeDir:
			dirs = append(dirs, dir{dst, mode.Perm()})
			return os.Mkdir(dst, 0o755)
		case fs.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(target, dst)
		case fs.ModeNamedPipe:
			return syscall.Mkfifo(dst, uint32(mode.Perm()))
		case fs.ModeSocket:
			listen(t, filepath.Dir(dst), filepath.Base(dst))
		default:
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(dst, b, 0o600); err != nil {
				return err
			}
			return os.Chmod(dst, mode.Perm())
		}
		return os.Chmod(dst, info.Mode().Perm())
	}))
	for _, d := range dirs {
		must(t, os.Chmod(d.path, d.mode))
	}
	return to
}

func read(t testing.TB, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	return b
}
