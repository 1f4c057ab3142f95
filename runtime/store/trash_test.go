package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

func TestTrash(t *testing.T) {
	s := store.Open(t.TempDir())
	r := newRun(t, s, "a", run.Flags{"x": int64(1)})
	newRun(t, s, "b", nil)
	check(t, s.Delete("a"))
	if got := newest(t, s); got != "b" {
		t.Errorf("runs are %s", got)
	}
	if got := newest(t, s.Deleted()); got != "a" {
		t.Errorf("deleted runs are %s", got)
	}
	if _, err := s.Run("a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if err := s.Delete("a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if err := s.Deleted().Delete("a"); err == nil || err.Error() != "run a is deleted already" {
		t.Errorf("got %v", err)
	}
	check(t, s.Restore("a"))
	if got := newest(t, s); got != "b a" {
		t.Errorf("runs are %s", got)
	}
	if flags, err := r.Flags(); err != nil || !flags.Equal(run.Flags{"x": int64(1)}) {
		t.Errorf("flags are %v, %v", flags, err)
	}
	if got := matching(t, s, run.Flags{"x": int64(1)}); got != "a" {
		t.Errorf("Matching: %s", got)
	}
	if err := s.Restore("a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// A deleted run is never destroyed by another of its id.
func TestTrashKeepsOlder(t *testing.T) {
	s := store.Open(t.TempDir())
	for _, id := range []run.ID{"a", run.ID(strings.Repeat("ü", 64))} {
		for i := range 3 {
			newRun(t, s, id, run.Flags{"i": int64(i)})
			check(t, s.Delete(id))
		}
	}
	runs, total, err := s.Deleted().Newest(0)
	check(t, err)
	if total != 6 {
		t.Errorf("%d deleted runs, want 6", total)
	}
	renamed := regexp.MustCompile(`^(a|ü+)_[0-9a-f]{4}$`)
	n := 0
	for _, r := range runs {
		if _, err := run.ParseID(string(r.ID)); err != nil {
			t.Error(err)
		}
		if renamed.MatchString(string(r.ID)) {
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d renamed runs in %s, want 4", n, ids(runs))
	}
	newRun(t, s, "a", nil)
	if err := s.Restore("a"); !errors.Is(err, store.ErrExists) || err.Error() != "run a already exists" {
		t.Errorf("got %v, want ErrExists", err)
	}
}

func TestPurge(t *testing.T) {
	s := store.Open(t.TempDir())
	if err := s.Purge("a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	r := newRun(t, s, "a", nil)
	outside := t.TempDir()
	write(t, filepath.Join(outside, "precious"), "x")
	check(t, os.Symlink(outside, filepath.Join(r.Dir, "link")))
	check(t, os.Chmod(outside, 0o500))
	makeReadOnly(t, r.Dir)
	check(t, s.Delete("a"))
	// What a killed purge left.
	left := filepath.Join(s.Home(), "trash", "runs", ".tmp-purge-1")
	check(t, os.MkdirAll(filepath.Join(left, "sub"), 0o500))
	check(t, s.Purge("a"))
	if got := newest(t, s.Deleted()); got != "" {
		t.Errorf("deleted runs are %s", got)
	}
	entries, err := os.ReadDir(filepath.Join(s.Home(), "trash", "runs"))
	if err != nil || len(entries) > 0 {
		t.Errorf("left in the trash: %v, %v", entries, err)
	}
	info, err := os.Stat(outside)
	check(t, err)
	if info.Mode().Perm() != 0o500 || !exists(filepath.Join(outside, "precious")) {
		t.Error("purge followed a link out of the run")
	}
}

func makeReadOnly(t testing.TB, dir string) {
	t.Helper()
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Chmod(path, info.Mode().Perm()&^0o222)
	}))
}

func TestSelect(t *testing.T) {
	s := store.Open(t.TempDir())
	if runs, err := s.Select([]string{":"}); err != nil || len(runs) != 0 {
		t.Errorf("all of none: %v, %v", runs, err)
	}
	for i, id := range []run.ID{"aaa", "aab", "b", "bb", "10", "2", "a:b"} {
		setStarted(t, s, newRun(t, s, id, nil), int64(100-i))
	}
	for _, tt := range []struct{ specs, want, err string }{
		{"", "", ""},
		{"1", "aaa", ""}, {"2", "aab", ""}, {"7", "a:b", ""}, {"10", "10", ""}, {"01", "aaa", ""},
		{"2:3", "aab b", ""}, {":2", "aaa aab", ""}, {"6:", "2 a:b", ""}, {"6:99", "2 a:b", ""}, {":", "aaa aab b bb 10 2 a:b", ""},
		{"aab", "aab", ""}, {"b", "b", ""}, {"bb", "bb", ""}, {"a:b", "a:b", ""}, {"a:", "a:b", ""},
		{"3 1 b 1:2", "b aaa aab", ""},
		{"8", "", `no run matches "8"`}, {"0", "", `no run matches "0"`}, {"-1", "", `no run matches "-1"`}, {"8:9", "", `no run matches "8:9"`}, {"3:2", "", `no run matches "3:2"`}, {"1:0", "", `no run matches "1:0"`},
		{"99999999999999999999", "", `no run matches "99999999999999999999"`}, {"1:99999999999999999999", "aaa aab b bb 10 2 a:b", ""},
		{"zzz", "", `no run matches "zzz"`}, {"../runs/aaa", "", `no run matches "../runs/aaa"`},
		{"aa", "", `"aa" matches 2 runs: aaa, aab`},
		{"a", "", `"a" matches 3 runs: a:b, aaa, aab`},
		{"1 zzz", "", `no run matches "zzz"`},
	} {
		runs, err := s.Select(strings.Fields(tt.specs))
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s: got %v, %v, want %s", tt.specs, ids(runs), err, tt.err)
			}
			var many *store.AmbiguousError
			if strings.Contains(tt.err, " matches ") && !strings.HasPrefix(tt.err, "no") && !errors.As(err, &many) || strings.HasPrefix(tt.err, "no") && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %T", tt.specs, err)
			}
			continue
		}
		if err != nil || ids(runs) != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.specs, ids(runs), err, tt.want)
		}
	}
	if _, err := s.Select([]string{""}); err == nil || err.Error() != `no run matches ""` {
		t.Errorf("empty specification: %v", err)
	}
	check(t, s.Delete("b"))
	if runs, err := s.Deleted().Select([]string{"1"}); err != nil || ids(runs) != "b" {
		t.Errorf("deleted: %v, %v", ids(runs), err)
	}
	many := &store.AmbiguousError{Spec: "r", IDs: make([]run.ID, 10)}
	for i := range many.IDs {
		many.IDs[i] = run.ID("r" + string(rune('0'+i)))
	}
	if got := many.Error(); got != `"r" matches 10 runs: r0, r1, r2, r3, r4, r5, r6, r7 and 2 more` {
		t.Errorf("got %s", got)
	}
}
