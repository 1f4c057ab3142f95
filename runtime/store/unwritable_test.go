package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// unprivileged starts the test binary as a user whom mode bits stop.
func unprivileged(t *testing.T, args ...string) string {
	t.Helper()
	cmd := spawn(t, args...)
	cmd.Stderr = nil
	if os.Getuid() == 0 {
		cmd.Path = "/proc/self/exe" // its own path may be closed to that user
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Logf("%s", exit.Stderr)
		}
		t.Fatal(err)
	}
	return string(out)
}

// openHome is a home below which others may go.
func openHome(t *testing.T) *store.Store {
	t.Helper()
	home, err := os.MkdirTemp("", "guild-store")
	check(t, err)
	t.Cleanup(func() {
		_ = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.IsDir() {
				_ = os.Chmod(path, 0o700)
			}
			return nil
		})
		os.RemoveAll(home)
	})
	check(t, os.Chmod(home, 0o755))
	return store.Open(home)
}

func TestUnwritableHome(t *testing.T) {
	for _, indexed := range []bool{true, false} {
		t.Run(fmt.Sprint("indexed ", indexed), func(t *testing.T) {
			s := openHome(t)
			r := newRun(t, s, "a", run.Flags{"x": int64(1)})
			newRun(t, s, "b", run.Flags{"x": int64(1)})
			st := r.State(abi.ScopeRun, "h")
			_, err := st.Put("k", []byte("v"), -1)
			check(t, err)
			check(t, st.Commit())
			if indexed {
				newest(t, s)
				newRun(t, s, "c", nil)
			}
			check(t, os.Chmod(r.Dir, 0o755))
			makeReadOnly(t, s.Home())
			before := newestFiles(t, s.Home())
			out := unprivileged(t, "readonly", s.Home())
			want := "b a"
			if indexed {
				want = "c b a"
			}
			if lines := strings.Split(out, "\n"); lines[0] != want || lines[1] != "b a" || lines[2] != "v 1" {
				t.Errorf("it read %q", out)
			}
			if after := newestFiles(t, s.Home()); after != before {
				t.Errorf("files were %s and are %s", before, after)
			}
		})
	}
}

// readOnly reads what it can, and reports each thing that it could do and should not.
func readOnly(s *store.Store) error {
	runs, _, err := s.Newest(0)
	if err != nil {
		return err
	}
	fmt.Println(ids(runs))
	hits, err := s.Matching(keyOf(run.Flags{"x": int64(1)}))
	if err != nil {
		return err
	}
	fmt.Println(ids(hits))
	r, err := s.Run("a")
	if err != nil {
		return err
	}
	st := r.State(abi.ScopeRun, "h")
	value, version, err := st.Get("k")
	fmt.Println(string(value), version)
	if err != nil {
		return err
	}
	_, put := st.Put("k", nil, -1)
	if put == nil {
		put = st.Commit()
	}
	_, create := s.Create("new", script("p", "x"))
	for name, err := range map[string]error{
		"create": create, "set": r.SetAttr("label", 1), "remove": r.RemoveAttr("flags"), "mark": r.Mark("STAGED"), "delete": s.Delete("a"),
		"lock": r.SetLock(1), "append": r.AppendOnly("x", nil),
	} {
		if !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%s: got %w, want that it is not permitted", name, err)
		}
	}
	if !errors.Is(put, abi.IO) {
		return fmt.Errorf("put: got %w, want IO", put)
	}
	return nil
}

func newestFiles(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		out = append(out, fmt.Sprint(path, info.ModTime().UnixNano(), info.Size()))
		return err
	}))
	return strings.Join(out, "\n")
}

// A locked run, whose directories are read-only, can be deleted, restored and purged by its owner.
func TestTrashReadOnly(t *testing.T) {
	s := openHome(t)
	r := newRun(t, s, "a", nil)
	check(t, os.MkdirAll(filepath.Join(r.Dir, "out", "deep"), 0o755))
	write(t, filepath.Join(r.Dir, "out", "deep", "model"), "x")
	if os.Getuid() == 0 {
		check(t, filepath.WalkDir(s.Home(), func(path string, _ fs.DirEntry, err error) error {
			check(t, err)
			return os.Lchown(path, 65534, 65534)
		}))
	}
	makeReadOnly(t, r.Dir)
	unprivileged(t, "trash", s.Home(), "a")
	if got := newest(t, s) + newest(t, s.Deleted()); got != "" {
		t.Errorf("left: %s", got)
	}
}

// trash deletes, restores, deletes and purges a run, and sees that its mode stays.
func trash(s *store.Store, id run.ID) error {
	for _, do := range []func(run.ID) error{s.Delete, s.Restore} {
		if err := do(id); err != nil {
			return err
		}
	}
	r, err := s.Run(id)
	if err != nil {
		return err
	}
	if info, err := os.Stat(r.Dir); err != nil || info.Mode().Perm()&0o222 != 0 {
		return fmt.Errorf("restored with mode %v, %w", info.Mode(), err)
	}
	if err := s.Delete(id); err != nil {
		return err
	}
	return s.Purge(id)
}
