package lock_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/guild-run/guild/runtime/lock"
)

// The states a killed command can leave, made by hand: each is locked, and then changed to what it was between two steps.
func TestRecover(t *testing.T) {
	type paths func(elem string) string
	half := func(t *testing.T, p paths) { // some modes are given back, some not
		must(t, os.Chmod(p("."), 0o755))
		must(t, os.Chmod(p("train.py"), 0o644))
		must(t, os.Chmod(p("out"), 0o755))
	}
	open := func(t *testing.T, p paths) {
		must(t, os.Chmod(p(".guild"), 0o755))
		must(t, os.WriteFile(p(".guild/state/.locked.door"), nil, 0o444))
	}
	for _, c := range []struct {
		name   string
		do     func(t *testing.T, p paths, intent []byte)
		locked bool // committed as a lock
	}{
		{"intent, nothing done", func(t *testing.T, p paths, intent []byte) {
			must(t, lock.Unlock(t.Context(), p(".")))
			must(t, os.WriteFile(p(".guild/locked.intent"), intent, 0o600))
		}, false},
		{"intent, half done", func(t *testing.T, p paths, intent []byte) {
			open(t, p)
			half(t, p)
			must(t, os.WriteFile(p(".guild/locked.intent"), intent, 0o600))
			must(t, os.Remove(p(".guild/locked")))
			must(t, os.Rename(p(".guild/locked.meta"), p(".guild/.tmp-locked.meta")))
		}, false},
		{"intent, all but committed", func(t *testing.T, p paths, intent []byte) {
			open(t, p)
			must(t, os.WriteFile(p(".guild/locked.intent"), intent, 0o600))
			must(t, os.Rename(p(".guild/locked"), p(".guild/.tmp-locked")))
		}, false},
		{"locked, intent left", func(t *testing.T, p paths, intent []byte) {
			open(t, p)
			must(t, os.WriteFile(p(".guild/locked.intent"), intent, 0o600))
		}, true},
		{"locked, .guild open", func(t *testing.T, p paths, _ []byte) { open(t, p) }, true},
		{"undo, nothing done", func(t *testing.T, p paths, _ []byte) {
			open(t, p)
			must(t, os.Rename(p(".guild/locked"), p(".guild/locked.undo")))
		}, false},
		{"undo, half done", func(t *testing.T, p paths, _ []byte) {
			open(t, p)
			half(t, p)
			must(t, os.Rename(p(".guild/locked"), p(".guild/locked.undo")))
		}, false},
		{"undo, all but removed", func(t *testing.T, p paths, _ []byte) {
			open(t, p)
			sums, err := os.ReadFile(p(".guild/locked"))
			must(t, err)
			must(t, lock.Unlock(t.Context(), p(".")))
			must(t, os.WriteFile(p(".guild/locked.undo"), sums, 0o444))
		}, false},
	} {
		for _, then := range []string{"lock", "unlock"} {
			t.Run(c.name+", then "+then, func(t *testing.T) {
				dir := newRun(t)
				before := snapshot(t, dir)
				entries, err := lock.Examine(dir)
				must(t, err)
				create(t, dir)
				c.do(t, func(elem string) string { return filepath.Join(dir, elem) }, lock.EncodeIntent(entries))
				if lock.Locked(dir) != c.locked {
					t.Fatalf("locked: %v", lock.Locked(dir))
				}
				if c.locked {
					intact(t, dir)
				}
				if then == "lock" {
					create(t, dir)
					intact(t, dir)
					readOnly(t, dir)
				} else if err := lock.Unlock(t.Context(), dir); err != nil {
					t.Fatal(err)
				}
				if then == "lock" {
					must(t, lock.Unlock(t.Context(), dir))
				}
				differ(t, snapshot(t, dir), before)
			})
		}
	}
}

func TestForce(t *testing.T) {
	dir := newRun(t)
	if err := lock.Force(t.Context(), dir); err == nil {
		t.Error("no error without a lock")
	}
	create(t, dir)
	rewrite(".guild/locked.meta", "nonsense")(t, dir)
	err := lock.Unlock(t.Context(), dir)
	want := "unlock " + dir + ": lock is damaged: .guild/locked.meta:1: ends too early"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	must(t, os.Chmod(filepath.Join(dir, "out/deep/er"), 0))
	must(t, os.Chmod(filepath.Join(dir, "out"), 0))
	must(t, lock.Force(t.Context(), dir))
	for _, name := range []string{".", ".guild", "train.py", "out/deep/er/x"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&0o200 == 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	create(t, dir)
	intact(t, dir)
}

// A lock that was altered gives back permission to write, and no other bits.
func TestUnlockAltered(t *testing.T) {
	dir := newRun(t)
	create(t, dir)
	replace(".guild/locked.meta", "f\t0755\t10\t-\trun.sh", "f\t6777\t10\t-\trun.sh")(t, dir)
	must(t, lock.Unlock(t.Context(), dir))
	info, err := os.Stat(filepath.Join(dir, "run.sh"))
	must(t, err)
	if info.Mode() != 0o777 {
		t.Errorf("got %v", info.Mode())
	}
}

func TestIntent(t *testing.T) {
	entries := []lock.Entry{
		{Path: ".", Type: lock.Dir, Mode: 0o755}, {Path: "a\tb\n\xff", Type: lock.File, Mode: 0o4755},
		{Path: "kept", Type: lock.File, Mode: 0o644, Kept: true}, {Path: "ro", Type: lock.File, Mode: 0o444},
	}
	data := lock.EncodeIntent(entries)
	got, err := lock.DecodeIntent(data)
	must(t, err)
	if len(got) != 2 || got[0] != entries[0] || got[1] != entries[1] {
		t.Errorf("got %+v", got)
	}
	for n := range data {
		if _, err := lock.DecodeIntent(data[:n]); err == nil {
			t.Errorf("%d bytes of %d: no error", n, len(data))
		}
		changed := append([]byte(nil), data...)
		changed[n] ^= 1
		if _, err := lock.DecodeIntent(changed); err == nil {
			t.Errorf("byte %d changed: no error", n)
		}
	}
}
