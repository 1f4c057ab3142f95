package lock_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock"
)

func quick(t testing.TB, dir string) *lock.Report {
	t.Helper()
	r, err := lock.Verify(context.Background(), dir, lock.VerifyOptions{Quick: true})
	must(t, err)
	return r
}

// settled locks a run such that a quick verification need not read anything.
func settled(t testing.TB, dir string) {
	t.Helper()
	create(t, dir)
	if !lock.FineTimes(dir) {
		time.Sleep(2100 * time.Millisecond)
		intact(t, dir)
	}
}

func TestQuick(t *testing.T) {
	dir := newRun(t)
	settled(t, dir)
	read := func(want int) {
		t.Helper()
		r := quick(t, dir)
		expect(t, r)
		if got := r.Files - r.Unread; got != want {
			t.Errorf("read %d of %d files, want %d", got, r.Files, want)
		}
	}
	all := verify(t, dir)
	if all.Unread != 0 {
		t.Errorf("a full verification left out %d files", all.Unread)
	}
	read(0)
	now := time.Now()
	must(t, os.Chtimes(filepath.Join(dir, "train.py"), now, now)) // touched: read, and found to be the same
	read(1)
	if lock.FineTimes(dir) {
		read(0) // which was noted
	}
	must(t, lock.ClearStamps(dir))
	read(all.Files)
	for _, path := range []string{".guild/state/.locked.stat"} {
		rewrite(path, "nonsense\n")(t, dir)
	}
	read(all.Files)
	must(t, os.WriteFile(filepath.Join(dir, ".guild/attrs/label"), []byte("other\n"), 0o644))
	must(t, lock.Unlock(t.Context(), dir))
	if _, err := os.Stat(filepath.Join(dir, ".guild/state/.locked.stat")); err == nil {
		t.Error("unlocking left the stamps")
	}
}

// A quick verification finds what a full one finds, whatever the stamps are.
func TestQuickTampering(t *testing.T) {
	locked := newRun(t)
	create(t, locked)
	for _, c := range tamperings {
		t.Run(c.name, func(t *testing.T) {
			dir := copyRun(t, locked)
			intact(t, dir) // new stamps
			c.do(t, dir)
			expect(t, quick(t, dir), c.want...)
		})
	}
}

// The same size and the same modification time do not hide a change: the kernel keeps the time of the change.
func TestQuickBackdated(t *testing.T) {
	dir := newRun(t)
	settled(t, dir)
	path := filepath.Join(dir, "train.py")
	info, err := os.Stat(path)
	must(t, err)
	rewrite("train.py", "print(2)\n")(t, dir)
	must(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
	expect(t, quick(t, dir), "modified train.py")

	dir = newRun(t)
	settled(t, dir)
	path = filepath.Join(dir, "train.py")
	in(t, path, func() { // another file of the same content
		must(t, os.WriteFile(path+".new", []byte("print(1)\n"), 0o444))
		must(t, os.Rename(path+".new", path))
	})
	r := quick(t, dir)
	expect(t, r)
	if got := r.Files - r.Unread; got != 1 {
		t.Errorf("read %d files, want 1", got)
	}
}

// The stamps of another lock, a part of them, or altered ones, are none.
func TestStamps(t *testing.T) {
	dir := newRun(t)
	l := create(t, dir)
	must(t, lock.RoundStamps(l, func(b []byte) []byte { return b }))
	var n int
	must(t, lock.RoundStamps(l, func(b []byte) []byte { n = len(b); return b }))
	for i := range n {
		if lock.RoundStamps(l, func(b []byte) []byte { return b[:i] }) == nil {
			t.Errorf("%d bytes of %d: no error", i, n)
		}
		if lock.RoundStamps(l, func(b []byte) []byte { b[i] ^= 1; return b }) == nil {
			t.Errorf("byte %d changed: no error", i)
		}
	}
	if lock.RoundStamps(l, func(b []byte) []byte { return bytes.Replace(b, []byte("-\n"), nil, 1) }) == nil {
		t.Error("a line less: no error")
	}
}

// Where the stamps would go is nobody's way out of the run.
func TestStampsElsewhere(t *testing.T) {
	dir := newRun(t)
	outside := filepath.Join(tempDir(t), "victim")
	must(t, os.WriteFile(outside, []byte("precious"), 0o644))
	state := filepath.Join(dir, ".guild/state")
	must(t, os.Symlink(outside, filepath.Join(state, ".locked.stat")))
	must(t, os.Link(outside, filepath.Join(state, ".tmp-.locked.stat")))
	create(t, dir)
	intact(t, dir)
	expect(t, quick(t, dir))
	if b, err := os.ReadFile(outside); err != nil || string(b) != "precious" {
		t.Errorf("got %q, %v", b, err)
	}
}

func BenchmarkQuick(b *testing.B) {
	dir := benchRun(b, 20_000, 64)
	create(b, dir)
	verify(b, dir)
	for b.Loop() {
		if r := quick(b, dir); r.Unread != 20_001 {
			b.Fatalf("%d files were not read", r.Unread)
		}
	}
}
