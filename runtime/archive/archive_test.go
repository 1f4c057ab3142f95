package archive_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/archive"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

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

func newStore(t testing.TB) *store.Store {
	return store.Open(filepath.Join(tempDir(t), "home"))
}

func put(t testing.TB, path, content string, mode fs.FileMode) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o644))
	must(t, os.Chmod(path, mode))
}

// newRun makes a run with one of everything that travels.
func newRun(t testing.TB, st *store.Store, id run.ID) *store.Run {
	t.Helper()
	ref, err := run.ParseOpRef("script:/p '' '' train.py")
	must(t, err)
	r, err := st.Create(id, ref)
	must(t, err)
	must(t, r.SetAttr("exit_status", 0))
	must(t, r.SetAttr("label", "before"))
	must(t, r.Unmark(store.MarkPending))
	must(t, r.AppendOnly("hooks/records.jsonl", []byte("{}")))
	must(t, r.AppendOnly("state/guard", []byte("1")))
	must(t, r.SetLock(1))
	in := func(name string) string { return filepath.Join(r.Dir, name) }
	for name, mode := range map[string]fs.FileMode{
		"train.py": 0o644, "run.sh": 0o755, "read-only": 0o444, "secret": 0o600, "out/deep/er/x": 0o640, "new\nline": 0o644,
		`back\slash`: 0o644, " lead": 0o644, "-dash": 0o644, "\xff not UTF-8": 0o644, "cr\r": 0o644, "日本語": 0o644,
		".guild/LOCK.claim": 0o644, ".guild/.tmp-1": 0o644, ".guild/attrs/.tmp-2": 0o644,
	} {
		put(t, in(name), "content of "+name, mode)
	}
	must(t, os.WriteFile(in("empty file"), nil, 0o644))
	must(t, os.Mkdir(in("empty"), 0o755))
	must(t, os.Mkdir(in("shared"), 0o775))
	must(t, os.Chmod(in("shared"), 0o775|fs.ModeSetgid))
	must(t, os.Symlink("train.py", in("link")))
	must(t, os.Symlink("no/where", in("dangling")))
	must(t, os.Symlink("../../upstream/out", in("out/upstream")))
	must(t, syscall.Mkfifo(in("fifo"), 0o640))
	sparse, err := os.Create(in("sparse"))
	must(t, err)
	_, err = sparse.WriteAt([]byte("in the middle"), 5<<20)
	must(t, err)
	must(t, sparse.Truncate(20<<20))
	must(t, sparse.Close())
	old := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	must(t, os.Chtimes(in("train.py"), old, old))
	return r
}

// snapshot is every path of a run with its mode and content.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		must(t, err)
		content := ""
		switch {
		case info.Mode().IsRegular():
			b, err := os.ReadFile(path)
			must(t, err)
			content = string(b)
		case info.Mode()&fs.ModeSymlink != 0:
			content, err = os.Readlink(path)
			must(t, err)
		}
		rel, _ := filepath.Rel(dir, path)
		all[rel] = info.Mode().String() + " " + content
		return nil
	}))
	return all
}

func intact(t testing.TB, dir string) {
	t.Helper()
	r, err := lock.Verify(context.Background(), dir, lock.VerifyOptions{})
	must(t, err)
	for _, d := range r.Differences {
		t.Errorf("%q is %s: want %q, got %q", d.Path, d.Kind, d.Want, d.Got)
	}
}

// A run travels with everything a lock covers, locked or not.
func TestRoundTrip(t *testing.T) {
	for _, locked := range []bool{false, true} {
		for _, name := range []string{"runs", "runs.zip"} {
			t.Run(name+map[bool]string{true: ", locked"}[locked], func(t *testing.T) {
				from, to := newStore(t), newStore(t)
				r := newRun(t, from, "aaa")
				root := run.Digest{}
				if locked {
					l, err := lock.Create(t.Context(), r.Dir, lock.Options{
						Run: r.ID, Sign: func([]byte) ([]byte, error) { return []byte("signature"), nil }})
					must(t, err)
					root = l.Root
				}
				before := snapshot(t, r.Dir)
				dest := filepath.Join(tempDir(t), name)
				var last lock.Progress
				o := archive.Options{Progress: func(p lock.Progress) { last = p }}
				res, err := archive.Export(t.Context(), dest, []*store.Run{r}, o)
				must(t, err)
				if !slices.Equal(res.Done, []run.ID{"aaa"}) || last.Files != last.TotalFiles || last.Bytes != last.TotalBytes || last.Bytes < 20<<20 {
					t.Errorf("got %+v, %+v", res, last)
				}
				last = lock.Progress{}
				res, err = archive.Import(t.Context(), dest, to, o)
				must(t, err)
				if !slices.Equal(res.Done, []run.ID{"aaa"}) || last.Files != last.TotalFiles || last.Bytes != last.TotalBytes || last.Bytes < 20<<20 {
					t.Errorf("got %+v, %+v", res, last)
				}
				got, err := to.Run("aaa")
				must(t, err)
				after := snapshot(t, got.Dir)
				for path, want := range before {
					stays := strings.HasPrefix(path, ".guild/LOCK") || strings.Contains(path, ".tmp-") || strings.Contains(path, ".locked.stat")
					if _, ok := after[path]; stays && ok {
						t.Errorf("%q travelled", path)
					} else if !stays && after[path] != want {
						t.Errorf("%q: got %.60q, want %.60q", path, after[path], want)
					}
					delete(after, path)
				}
				for path := range after {
					t.Errorf("%q is new", path)
				}
				if locked {
					intact(t, got.Dir)
					l, err := lock.Read(got.Dir)
					must(t, err)
					if l.Root != root {
						t.Errorf("root %s, want %s", l.Root, root)
					}
				}
				info, err := os.Stat(filepath.Join(got.Dir, "train.py"))
				must(t, err)
				if year := info.ModTime().UTC().Year(); year != 2026 || info.ModTime().UTC().Month() != 1 {
					t.Errorf("modified %v", info.ModTime())
				}
				must(t, smallOnDisk(filepath.Join(got.Dir, "sparse")))
				if runs, _, err := to.Newest(0); err != nil || len(runs) != 1 {
					t.Errorf("listed: %v, %v", runs, err)
				}
			})
		}
	}
}

func smallOnDisk(path string) error {
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		return err
	}
	if st.Blocks*512 > 1<<20 {
		return errors.New(path + " is not sparse any more")
	}
	return nil
}

func TestSkipped(t *testing.T) {
	from, to := newStore(t), newStore(t)
	runs := []*store.Run{newRun(t, from, "aaa"), newRun(t, from, "bbb")}
	taken := newRun(t, to, "bbb")
	put(t, filepath.Join(taken.Dir, "mine"), "kept", 0o644)
	for _, name := range []string{"runs", "runs.zip"} {
		dest := filepath.Join(tempDir(t), name)
		_, err := archive.Export(t.Context(), dest, runs[:1], archive.Options{})
		must(t, err)
		res, err := archive.Export(t.Context(), dest, runs, archive.Options{})
		if name == "runs.zip" {
			if want := "export to " + dest + ": already exists"; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			must(t, os.Remove(dest))
			_, err = archive.Export(t.Context(), dest, runs, archive.Options{})
			must(t, err)
		} else if must(t, err); !slices.Equal(res.Skipped, []run.ID{"aaa"}) || !slices.Equal(res.Done, []run.ID{"bbb"}) {
			t.Errorf("export: got %+v", res)
		}
		res, err = archive.Import(t.Context(), dest, to, archive.Options{})
		must(t, err)
		if !slices.Equal(res.Skipped, []run.ID{"bbb"}) || !slices.Equal(res.Done, []run.ID{"aaa"}) {
			t.Errorf("import: got %+v", res)
		}
		if b, err := os.ReadFile(filepath.Join(taken.Dir, "mine")); err != nil || string(b) != "kept" {
			t.Errorf("got %q, %v", b, err)
		}
		must(t, to.Delete("aaa"))
	}
}

// What cannot travel is named.
func TestLeftOut(t *testing.T) {
	st := newStore(t)
	r := newRun(t, st, "aaa")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(t, err)
	defer syscall.Close(fd)
	t.Chdir(r.Dir) // short enough for the name of a socket
	must(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: "sock"}))
	var warnings []string
	o := archive.Options{Warn: func(m string) { warnings = append(warnings, m) }}
	_, err = archive.Export(t.Context(), filepath.Join(tempDir(t), "out"), []*store.Run{r}, o)
	must(t, err)
	if want := []string{`run aaa: "sock" is left out: a socket`}; !slices.Equal(warnings, want) {
		t.Errorf("got %q, want %q", warnings, want)
	}
}

// An error, or an interruption, leaves nothing half done.
func TestInterrupted(t *testing.T) {
	st := newStore(t)
	r := newRun(t, st, "aaa")
	_, err := lock.Create(t.Context(), r.Dir, lock.Options{Run: r.ID})
	must(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	dir := tempDir(t)
	for _, name := range []string{"runs", "runs.zip"} {
		if _, err := archive.Export(ctx, filepath.Join(dir, name), []*store.Run{r}, archive.Options{}); !errors.Is(err, stopped) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	hidden, err := filepath.Glob(filepath.Join(dir, "runs", ".*"))
	must(t, err)
	if got := append(left, hidden...); !slices.Equal(got, []string{filepath.Join(dir, "runs")}) {
		t.Errorf("left %q", got)
	}
	dest := filepath.Join(dir, "runs.zip")
	_, err = archive.Export(t.Context(), dest, []*store.Run{r}, archive.Options{})
	must(t, err)
	to := newStore(t)
	if _, err := archive.Import(ctx, dest, to, archive.Options{}); !errors.Is(err, stopped) {
		t.Errorf("got %v", err)
	}
	empty(t, to)
}

func empty(t testing.TB, st *store.Store) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(st.Home(), "runs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%q is in the store", e.Name())
	}
}
