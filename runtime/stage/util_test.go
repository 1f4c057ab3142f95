package stage_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/stage"
)

// tree makes files (path → content) in a new directory. A content "-> x" makes a link to x, a path that ends in "/" a
// directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	fill(t, dir, files)
	return dir
}

func fill(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for path, content := range files {
		full := filepath.Join(dir, path)
		must(t, os.MkdirAll(filepath.Dir(full), 0o755))
		if strings.HasSuffix(path, "/") {
			must(t, os.MkdirAll(full, 0o755))
		} else if target, ok := strings.CutPrefix(content, "-> "); ok {
			must(t, os.Symlink(target, full))
		} else {
			must(t, os.WriteFile(full, []byte(content), 0o644))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *stage.Stage {
	t.Helper()
	s, err := stage.Open(dir)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// writer is a transaction that may do anything.
func writer(t *testing.T, dir string) *stage.Tx {
	t.Helper()
	tx := open(t, dir).Begin(stage.TxOptions{Write: []string{"**"}, Remove: true})
	t.Cleanup(tx.Discard)
	return tx
}

func content(t *testing.T, dir, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, path))
	must(t, err)
	return string(data)
}

func read(t *testing.T, tx *stage.Tx, path string) string {
	t.Helper()
	buf := make([]byte, 1<<20)
	n, err := tx.ReadAt(path, 0, buf)
	must(t, err)
	return string(buf[:n])
}

// snapshot describes everything in dir but .guild: kind, permissions, content or target.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if rel == ".guild" {
			return fs.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case info.Mode().IsRegular():
			got[rel] = info.Mode().String() + " " + content(t, dir, rel)
		case info.Mode()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			got[rel] = "-> " + target
		default:
			got[rel] = info.Mode().Type().String()
		}
		return nil
	}))
	return got
}

// wantError checks an errno and the exact text.
func wantError(t *testing.T, err error, errno abi.Errno, text string) {
	t.Helper()
	if err == nil || err.Error() != text {
		t.Errorf("got error %v\nwant %s", err, text)
		return
	}
	if !errors.Is(err, errno) {
		t.Errorf("%v: is not %v", err, errno)
	}
	var got abi.Errno
	if !errors.As(err, &got) || got != errno {
		t.Errorf("%v: got errno %v, want %v", err, got, errno)
	}
}

func wantFiles(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
