package stage_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/stage"
)

func everything(string, bool) bool { return true }

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestClone(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, filepath.Join(from, "a", "locked.sh"), "echo", 0o555)
	write(t, filepath.Join(from, "unwanted", "x"), "x", 0o644)
	for _, err := range []error{
		os.Symlink("../elsewhere", filepath.Join(from, "link")),
		os.Link(filepath.Join(from, "a", "locked.sh"), filepath.Join(from, "hard")),
		syscall.Mkfifo(filepath.Join(from, "fifo"), 0o644),
		os.Mkdir(filepath.Join(from, "empty"), 0o555),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	err := stage.Clone(t.Context(), from, to, func(name string, _ bool) bool { return name != "unwanted" })
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(to)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"a", "empty", "hard", "link"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
	if target, _ := os.Readlink(filepath.Join(to, "link")); target != "../elsewhere" {
		t.Errorf("link to %q", target)
	}
	copied, err := os.Stat(filepath.Join(to, "a", "locked.sh"))
	if err != nil {
		t.Fatal(err)
	}
	if copied.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, want 0755: executable as before, and writable for its owner", copied.Mode())
	}
	for _, name := range []string{"hard", "a/locked.sh"} {
		before, _ := os.Stat(filepath.Join(from, name))
		after, _ := os.Stat(filepath.Join(to, name))
		if os.SameFile(before, after) {
			t.Errorf("%s is a hard link to the original", name)
		}
	}
}

// Names need not be text; times and holes stay.
func TestCloneOdd(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	then := time.Date(2020, 2, 3, 4, 5, 6, 7, time.UTC)
	names := []string{"\xff/half\xc3", "new\nline/back\\slash", ".../deep/er/x", "s p a c e/ "}
	for _, name := range names {
		write(t, filepath.Join(from, name), "x", 0o444)
		if err := os.Chtimes(filepath.Join(from, name), then, then); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(from, "\xff"), 0o555); err != nil {
		t.Fatal(err)
	}
	sparse, err := os.Create(filepath.Join(from, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	defer sparse.Close()
	if err := sparse.Truncate(1 << 30); err != nil {
		t.Fatal(err)
	}
	if err := stage.Clone(t.Context(), from, to, everything); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(to, name))
		if err != nil || !info.ModTime().Equal(then) || info.Mode() != 0o644 {
			t.Errorf("%q: %v, %v", name, info, err)
		}
	}
	info, err := os.Stat(filepath.Join(to, "sparse"))
	if err != nil || info.Size() != 1<<30 || info.Sys().(*syscall.Stat_t).Blocks > 16 {
		t.Errorf("got %+v, %v", info.Sys(), err)
	}
	if info, err := os.Stat(filepath.Join(to, "\xff")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("got %v, %v", info, err)
	}
}

// A file that a link leads to is copied, wherever it is.
func TestCopyInFollows(t *testing.T) {
	from, elsewhere, to := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, filepath.Join(elsewhere, "vocab"), "words", 0o444)
	if err := os.Symlink(filepath.Join(elsewhere, "vocab"), filepath.Join(from, "vocab")); err != nil {
		t.Fatal(err)
	}
	if err := stage.CopyIn(t.Context(), filepath.Join(from, "vocab"), to, "vocab"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(to, "vocab")); err != nil || string(text) != "words" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestCloneStops(t *testing.T) {
	from := t.TempDir()
	write(t, filepath.Join(from, "a"), "a", 0o644)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stage.Clone(ctx, from, t.TempDir(), everything); err == nil {
		t.Error("a cancelled copy did not stop")
	}
}

func TestCopyInAndLinkIn(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, filepath.Join(from, "data", "x"), "x", 0o644)
	if err := stage.CopyIn(t.Context(), filepath.Join(from, "data"), to, "in/data"); err != nil {
		t.Fatal(err)
	}
	if err := stage.CopyIn(t.Context(), filepath.Join(from, "data", "x"), to, "in/data"); err != nil {
		t.Fatal(err) // replaces the directory
	}
	if text, err := os.ReadFile(filepath.Join(to, "in", "data")); err != nil || string(text) != "x" {
		t.Errorf("got %q, %v", text, err)
	}
	if err := stage.LinkIn(to, "in/data", "../../elsewhere"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"../out", "/abs", ".guild/opref", "a/../b", ""} {
		if err := stage.CopyIn(t.Context(), filepath.Join(from, "data", "x"), to, path); err == nil {
			t.Errorf("CopyIn to %q went well", path)
		}
		if err := stage.LinkIn(to, path, "x"); err == nil {
			t.Errorf("LinkIn at %q went well", path)
		}
	}
}

func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"same", "written", "removed", "skipped", "mode"} {
		write(t, filepath.Join(dir, "d", name), "text", 0o644)
	}
	skip := func(path string) bool { return strings.HasSuffix(path, "skipped") }
	before, err := stage.TakeFingerprint(dir, skip)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "d", "written"), "TEXT", 0o644)
	write(t, filepath.Join(dir, "d", "skipped"), "TEXT", 0o644)
	write(t, filepath.Join(dir, "d", "new"), "text", 0o644)
	for _, err := range []error{os.Remove(filepath.Join(dir, "d", "removed")), os.Chmod(filepath.Join(dir, "d", "mode"), 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	now, err := stage.TakeFingerprint(dir, skip)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"modified d/mode", "added d/new", "missing d/removed", "modified d/written"}
	if got := before.Changes(now); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := now.Changes(now); got != nil {
		t.Errorf("nothing changed, got %v", got)
	}
}
