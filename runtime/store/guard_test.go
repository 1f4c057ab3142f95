package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/guild-run/guild/runtime/store"
)

// In a locked run only what people say about it, and what hooks remember, can be written.
func TestLockedRun(t *testing.T) {
	s := store.Open(t.TempDir())
	r, err := s.Create("aaa", script("/p", "train.py"))
	check(t, err)
	check(t, r.SetAttr("flags", map[string]any{"lr": 0.1}))
	check(t, r.Unmark(store.MarkPending))
	check(t, os.WriteFile(r.Path("locked"), nil, 0o444))
	for name, do := range map[string]func() error{
		"flags":         func() error { return r.SetAttr("flags", 1) },
		"new attribute": func() error { return r.SetAttr("other", 1) },
		"no flags":      func() error { return r.RemoveAttr("flags") },
		"pending":       func() error { return r.Mark(store.MarkPending) },
		"pid":           func() error { return r.SetLock(os.Getpid()) },
		"denied":        func() error { return r.SetDenied(store.Denial{Hook: "h"}) },
		"records":       func() error { return r.AppendOnly("hooks/records.jsonl", []byte("{}")) },
		"events":        func() error { return r.AppendOnly("events.jsonl", []byte("{}")) },
	} {
		if err := do(); !errors.Is(err, store.ErrLocked) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	err = r.SetAttr("flags", 1)
	if want := "run aaa: attrs/flags: run is locked"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for name, do := range map[string]func() error{
		"label":    func() error { return r.SetAttr("label", "x") },
		"tags":     func() error { return r.SetAttr("tags", []string{"x"}) },
		"comments": func() error { return r.SetAttr("comments", []any{}) },
		"marked":   func() error { return r.SetAttr("marked", true) },
		"no label": func() error { return r.RemoveAttr("label") },
		"nothing":  func() error { return r.RemoveAttr("nosuch") },
		"state":    func() error { return r.AppendOnly("state/records.jsonl", []byte("{}")) },
		"no pid":   func() error { return r.ClearLock() },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	check(t, os.Remove(r.Path("locked")))
	check(t, r.SetAttr("flags", 1))
}

func TestAdopt(t *testing.T) {
	s := store.Open(filepath.Join(t.TempDir(), "home"))
	build := func() string {
		t.Helper()
		dir, err := s.TempDir()
		check(t, err)
		check(t, os.MkdirAll(filepath.Join(dir, ".guild", "attrs"), 0o755))
		check(t, os.WriteFile(filepath.Join(dir, ".guild", "opref"), []byte("script:/p '' '' train.py"), 0o444))
		return dir
	}
	dir := build()
	if got := newest(t, s); got != "" {
		t.Errorf("a run that is being built is listed: %q", got)
	}
	check(t, os.Chmod(dir, 0o555))
	r, err := s.Adopt(dir, "bbb")
	check(t, err)
	if got := newest(t, s); got != "bbb" {
		t.Errorf("got %q", got)
	}
	if info, err := os.Stat(r.Dir); err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if _, err := s.Adopt(build(), "bbb"); !errors.Is(err, store.ErrExists) {
		t.Errorf("taken: got %v", err)
	}
	empty, err := s.TempDir()
	check(t, err)
	if _, err := s.Adopt(empty, "ccc"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no run: got %v", err)
	}
	if _, err := s.Adopt(build(), "../x"); err == nil {
		t.Error("bad id: no error")
	}
	check(t, os.Chmod(r.Dir, 0o755))
}
