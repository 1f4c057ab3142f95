package lock_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
)

// sample is a lock with one of everything.
func sample() *lock.Lock {
	l := &lock.Lock{
		Prev: run.Digest{7}, Run: "0123456789abcdef", Op: "tr\tain\\", Created: time.Date(2026, 11, 21, 9, 0, 0, 123000, time.UTC),
		Upstream: []lock.Upstream{{Run: "up", Path: "in", Root: run.Digest{9}}, {Run: "open", Path: "x y"}},
		Entries: []lock.Entry{
			{Path: ".", Type: lock.Dir, Mode: 0o755},
			{Path: ".guild", Type: lock.Dir, Mode: 0o755},
			{Path: ".guild/attrs", Type: lock.Dir, Mode: 0o755, Kept: true},
			{Path: ".guild/hooks/a", Type: lock.File, Mode: 0o644, Size: 3, Digest: run.Digest{1}},
			{Path: "a\nb\\c", Type: lock.File, Mode: 0o4755, Size: 1 << 40, Digest: run.Digest{2}},
			{Path: "\xff\r", Type: lock.File, Mode: 0o600, Digest: run.Digest{3}},
			{Path: "link", Type: lock.Symlink, Target: "no\twhere \x00\xfe"},
			{Path: "ünï", Type: lock.Pipe, Mode: 0o644, Kept: true},
			{Path: "sock", Type: lock.Socket, Mode: 0o755, Kept: true},
			{Path: "tty", Type: lock.Char, Kept: true},
			{Path: "disk", Type: lock.Block, Kept: true},
		},
	}
	l.Seal()
	return l
}

// Whatever is read is written the same: a lock has one form.
func FuzzDecode(f *testing.F) {
	empty := &lock.Lock{Entries: []lock.Entry{{Path: ".", Type: lock.Dir}, {Path: ".guild", Type: lock.Dir}}}
	empty.Seal()
	for _, l := range []*lock.Lock{sample(), empty} {
		sums, meta := l.Encode()
		f.Add(sums, meta)
	}
	f.Add([]byte("x"), []byte("guild lock 1\nrun\tx\nop\t\\\\\n"))
	f.Fuzz(func(t *testing.T, sums, meta []byte) {
		l, problem := lock.Decode(sums, meta)
		if l == nil {
			if problem == nil {
				t.Fatal("neither a lock nor an error")
			}
			return
		}
		if problem != nil { // repaired, it must be one that is read
			l.Seal()
			again, err := lock.Decode(l.Encode())
			if err != nil || again.Root != l.Root {
				t.Fatalf("sealed again: %v", err)
			}
			return
		}
		gotSums, gotMeta := l.Encode()
		if !bytes.Equal(gotSums, sums) || !bytes.Equal(gotMeta, meta) {
			t.Fatalf("got\n%q\n%q\nwant\n%q\n%q", gotSums, gotMeta, sums, meta)
		}
	})
}

// Any text is one field, and comes back.
func FuzzField(f *testing.F) {
	for _, s := range []string{"", "a b", "\\", "\\x41", "\t\n\x00", "\xff", "ü", "\uFFFD", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := lock.AppendField(s)
		if bytes.ContainsAny(text, "\t\n\r\x00\x1b") {
			t.Fatalf("%q is written %q", s, text)
		}
		if got, err := lock.ParseField(string(text)); err != nil || got != s {
			t.Fatalf("%q comes back as %q, %v", s, got, err)
		}
		if v, err := lock.ParseField(s); err == nil && string(lock.AppendField(v)) != s {
			t.Fatalf("%q is read as %q, which is written otherwise", s, v)
		}
	})
}

func FuzzIntent(f *testing.F) {
	f.Add(lock.EncodeIntent(sample().Entries))
	f.Add([]byte("guild lock intent 1\nend\t"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := lock.DecodeIntent(data)
		if err != nil {
			return
		}
		for _, e := range entries {
			if e.Path == "" || e.Path[0] == '/' || bytes.Contains([]byte("/"+e.Path+"/"), []byte("/../")) {
				t.Fatalf("path %q", e.Path)
			}
		}
	})
}

// Every change of a single byte of either file is noticed, as is every cut.
func TestEveryByteCounts(t *testing.T) {
	sums, meta := sample().Encode()
	if _, err := lock.Decode(sums, meta); err != nil {
		t.Fatal(err)
	}
	for which, data := range [][]byte{sums, meta} {
		try := func(changed []byte, what string, at int) {
			files := [][]byte{sums, meta}
			files[which] = changed
			if _, err := lock.Decode(files[0], files[1]); err == nil {
				t.Errorf("file %d, byte %d of %d %s: not noticed", which, at, len(data), what)
			}
		}
		for i := range data {
			for _, bit := range []byte{1, 2, 32, 128} {
				changed := bytes.Clone(data)
				changed[i] ^= bit
				try(changed, "changed", i)
			}
			try(data[:i], "cut", i)
			try(append(bytes.Clone(data[:i]), data[i+1:]...), "removed", i)
			try(append(append(bytes.Clone(data[:i]), data[i]), data[i:]...), "doubled", i)
		}
	}
}

// The same through Verify, for a part of the bytes of a real lock.
func TestVerifyNoticesEveryByte(t *testing.T) {
	dir := newRun(t)
	create(t, dir)
	for _, name := range []string{lock.SumsFile, lock.MetaFile} {
		b := read(t, dir, name)
		for i := range b {
			if i%7 != 0 {
				continue
			}
			changed := bytes.Clone(b)
			changed[i] ^= 1
			rewrite(name, string(changed))(t, dir)
			r := verify(t, dir)
			found := false
			for _, d := range r.Differences {
				found = found || d.Kind == lock.LockFile
			}
			if !found {
				t.Errorf("%s: byte %d changed: %v", name, i, r.Differences)
			}
		}
		rewrite(name, string(b))(t, dir)
		intact(t, dir)
	}
}
