package lock_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
)

func TestLockVerifyUnlock(t *testing.T) {
	dir := newRun(t)
	before := snapshot(t, dir)
	if _, err := lock.Verify(t.Context(), dir, lock.VerifyOptions{}); !errors.Is(err, lock.ErrNotLocked) {
		t.Errorf("Verify: got %v, want ErrNotLocked", err)
	}
	if err := lock.Unlock(t.Context(), dir); !errors.Is(err, lock.ErrNotLocked) {
		t.Errorf("Unlock: got %v, want ErrNotLocked", err)
	}
	l := create(t, dir)
	if !lock.Locked(dir) {
		t.Error("not locked")
	}
	if _, err := lock.Create(t.Context(), dir, options()); !errors.Is(err, lock.ErrLocked) {
		t.Errorf("Create: got %v, want ErrLocked", err)
	}
	intact(t, dir)
	readOnly(t, dir)
	read, err := lock.Read(dir)
	must(t, err)
	l.Warnings = nil
	if !reflect.DeepEqual(read, l) {
		t.Errorf("Read: got %+v, want %+v", read, l)
	}
	must(t, lock.Unlock(t.Context(), dir))
	differ(t, snapshot(t, dir), before)
	if lock.Locked(dir) {
		t.Error("still locked")
	}
}

// readOnly checks the modes of a locked run.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	writable := map[string]bool{".guild/attrs": true, ".guild/attrs/label": true, ".guild/LOCK.proc": true,
		".guild/state": true, ".guild/state/lr-guard": true}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		rel, _ := filepath.Rel(dir, path)
		if got := info.Mode()&0o222 != 0; got != writable[rel] {
			t.Errorf("%s: mode %v", rel, info.Mode())
		}
		return err
	}))
}

func TestFree(t *testing.T) {
	dir := newRun(t)
	create(t, dir)
	for _, name := range []string{"label", "tags", "comments", "marked", ".tmp-123"} {
		put(t, dir, ".guild/attrs/"+name, "changed", 0o600)
	}
	put(t, dir, ".guild/state/lr-guard", "2", 0o600)
	if os.Getuid() == 0 { // .guild itself is closed to others
		put(t, dir, ".guild/LOCK", "1", 0o644)
		put(t, dir, ".guild/locked.sig", "signature", 0o644)
	}
	intact(t, dir)
}

func TestFreeNamesOfOtherTypes(t *testing.T) {
	dir := newRun(t)
	create(t, dir)
	must(t, os.Remove(filepath.Join(dir, ".guild/attrs/label")))
	must(t, os.Symlink("../output", filepath.Join(dir, ".guild/attrs/label")))
	must(t, os.Mkdir(filepath.Join(dir, ".guild/attrs/tags"), 0o755))
	expect(t, verify(t, dir), "added .guild/attrs/label", "added .guild/attrs/tags")
}

func TestChain(t *testing.T) {
	dir := newRun(t)
	var prev run.Digest
	for range 3 {
		l := create(t, dir)
		if l.Prev != prev {
			t.Errorf("got prev %v, want %v", l.Prev, prev)
		}
		prev = l.Root
		intact(t, dir)
		must(t, lock.Unlock(t.Context(), dir))
	}
	put(t, dir, lock.LogFile, "nonsense\n", 0o644)
	_, err := lock.Create(t.Context(), dir, options())
	if want := "lock " + dir + `: .guild/locked.log:1: malformed digest "nonsense"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRecorded(t *testing.T) {
	dir := newRun(t)
	root := run.Digest{1}
	up := []lock.Upstream{{Run: "b", Path: "in"}, {Run: "a", Path: "x\ty", Root: root}}
	at := time.Date(2026, 11, 21, 10, 0, 0, 123456789, time.FixedZone("", 3600))
	l, err := lock.Create(t.Context(), dir, lock.Options{Run: "r", Op: "a b\n", Upstream: up, Created: at})
	must(t, err)
	if want := []lock.Upstream{up[1], up[0]}; !reflect.DeepEqual(l.Upstream, want) {
		t.Errorf("got %v, want %v", l.Upstream, want)
	}
	if want := time.Date(2026, 11, 21, 9, 0, 0, 123456000, time.UTC); !l.Created.Equal(want) {
		t.Errorf("got %v, want %v", l.Created, want)
	}
	if l.Hooks.IsZero() || l.Op != "a b\n" || l.Files != 13 || l.Bytes != 70_094 {
		t.Errorf("got %v %q %d %d", l.Hooks, l.Op, l.Files, l.Bytes)
	}
	intact(t, dir)
	r, err := lock.Verify(t.Context(), dir, lock.VerifyOptions{Root: l.Root})
	must(t, err)
	expect(t, r)
	r, err = lock.Verify(t.Context(), dir, lock.VerifyOptions{Root: root})
	must(t, err)
	expect(t, r, "lock .guild/locked")
}

// A root depends on everything in the lock.
func TestRoot(t *testing.T) {
	base := func() *lock.Lock {
		return &lock.Lock{Run: "r", Op: "o", Upstream: []lock.Upstream{{Run: "u", Path: "p"}}, Entries: []lock.Entry{
			{Path: ".", Type: lock.Dir, Mode: 0o755},
			{Path: "a", Type: lock.File, Mode: 0o644, Size: 1, Digest: run.Digest{1}},
			{Path: "b", Type: lock.Symlink, Target: "t"},
		}}
	}
	seen := map[run.Digest]string{}
	for name, change := range map[string]func(l *lock.Lock){
		"nothing":  func(*lock.Lock) {},
		"run":      func(l *lock.Lock) { l.Run, l.Op = "ro", "" },
		"op":       func(l *lock.Lock) { l.Op = "p" },
		"created":  func(l *lock.Lock) { l.Created = time.Unix(1, 0) },
		"prev":     func(l *lock.Lock) { l.Prev[31] = 1 },
		"upstream": func(l *lock.Lock) { l.Upstream[0].Root[0] = 1 },
		"path":     func(l *lock.Lock) { l.Entries[1].Path = "aa" },
		"mode":     func(l *lock.Lock) { l.Entries[1].Mode = 0o645 },
		"kept":     func(l *lock.Lock) { l.Entries[1].Kept = true },
		"size":     func(l *lock.Lock) { l.Entries[1].Size = 2 },
		"digest":   func(l *lock.Lock) { l.Entries[1].Digest[9] = 1 },
		"target":   func(l *lock.Lock) { l.Entries[2].Target = "u" },
		"type":     func(l *lock.Lock) { l.Entries[2] = lock.Entry{Path: "b", Type: lock.Pipe} },
		"fewer":    func(l *lock.Lock) { l.Entries = l.Entries[:2] },
		"framing":  func(l *lock.Lock) { l.Entries[2] = lock.Entry{Path: "bt", Type: lock.Symlink} },
	} {
		l := base()
		change(l)
		l.Seal()
		if other, ok := seen[l.Root]; ok {
			t.Errorf("%s and %s have the same root", name, other)
		}
		seen[l.Root] = name
	}
}

func TestCancel(t *testing.T) {
	dir := newRun(t)
	put(t, dir, "large", strings.Repeat("x", 3<<20), 0o644)
	before := snapshot(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := lock.Create(ctx, dir, options())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	differ(t, snapshot(t, dir), before)
	for n := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(n)*300*time.Microsecond, cancel)
		_, err := lock.Create(ctx, dir, options())
		cancel()
		switch {
		case err == nil:
			intact(t, dir)
			must(t, lock.Unlock(t.Context(), dir))
		case !errors.Is(err, context.Canceled):
			t.Errorf("got %v, want Canceled", err)
		}
		differ(t, snapshot(t, dir), before)
	}
	create(t, dir)
	if _, err := lock.Verify(ctx, dir, lock.VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	if err := lock.Unlock(ctx, dir); !errors.Is(err, context.Canceled) || !lock.Locked(dir) {
		t.Errorf("got %v, want Canceled", err)
	}
}

func TestBusy(t *testing.T) {
	dir := newRun(t)
	before := snapshot(t, dir)
	f, err := os.OpenFile(filepath.Join(dir, "out/log.txt"), os.O_WRONLY, 0)
	must(t, err)
	_, err = lock.Create(t.Context(), dir, options())
	want := "lock " + dir + `: "out/log.txt": file is still open for writing`
	if !errors.Is(err, lock.ErrBusy) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	differ(t, snapshot(t, dir), before)
	time.AfterFunc(30*time.Millisecond, func() { f.Close() })
	create(t, dir)
}

func TestProgress(t *testing.T) {
	dir := newRun(t)
	var got lock.Progress
	o := options()
	o.Progress = func(p lock.Progress) { got = p }
	l, err := lock.Create(t.Context(), dir, o)
	must(t, err)
	want := lock.Progress{Files: l.Files, TotalFiles: l.Files, Bytes: l.Bytes, TotalBytes: l.Bytes}
	if got != want {
		t.Errorf("lock: got %+v, want %+v", got, want)
	}
	for _, quick := range []bool{false, true} {
		got = lock.Progress{}
		_, err = lock.Verify(t.Context(), dir, lock.VerifyOptions{Progress: o.Progress, Quick: quick})
		must(t, err)
		if got != want {
			t.Errorf("verify, quick %v: got %+v, want %+v", quick, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	dir := newRun(t)
	must(t, os.Link(filepath.Join(dir, "train.py"), filepath.Join(dir, "same.py")))
	must(t, os.Link(filepath.Join(dir, "out/log.txt"), filepath.Join(dir, "../outside")))
	l := create(t, dir)
	want := []lock.Warning{
		{Path: "out/log.txt", Kind: lock.HardLink, Text: "1 of its 2 names are outside the run"},
		{Path: "pipe", Kind: lock.Special, Text: "fifo: its content is not covered"},
		{Path: "sock", Kind: lock.Special, Text: "socket: its content is not covered"},
	}
	if !reflect.DeepEqual(l.Warnings, want) {
		t.Errorf("got %v, want %v", l.Warnings, want)
	}
	if r := verify(t, dir); !r.Intact() || !reflect.DeepEqual(r.Warnings, want) {
		t.Errorf("got %v %v, want %v", r.Differences, r.Warnings, want)
	}
	must(t, lock.Unlock(t.Context(), dir))
}

func TestNotARun(t *testing.T) {
	dir := tempDir(t)
	_, err := lock.Create(t.Context(), dir, options())
	if want := "lock " + dir + ": open " + dir + "/.guild: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	must(t, os.Mkdir(filepath.Join(dir, "x"), 0o755))
	must(t, os.Symlink("x", filepath.Join(dir, ".guild")))
	if _, err := lock.Create(t.Context(), dir, options()); err == nil {
		t.Error(".guild is a link: no error")
	}
}

// What is in the place of a file of the lock, and is none, is in the way: a lock that lists it would not hold.
func TestOccupied(t *testing.T) {
	for _, name := range []string{lock.SumsFile, lock.MetaFile, lock.SigFile, ".guild/locked.intent", ".guild/locked.undo"} {
		dir := newRun(t)
		must(t, os.Mkdir(filepath.Join(dir, name), 0o755))
		before := snapshot(t, dir)
		_, err := lock.Create(t.Context(), dir, options())
		if want := "lock " + dir + ": " + name + " is there, and is no file but a directory"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		differ(t, snapshot(t, dir), before)
		must(t, os.Remove(filepath.Join(dir, name)))
		create(t, dir)
		intact(t, dir)
	}
}
