package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

func keyOf(flags run.Flags) run.Digest { return canon.RunKey(script("/proj", "echo.py"), flags) }

func matching(t testing.TB, s *store.Store, flags run.Flags) string {
	t.Helper()
	runs, err := s.Matching(keyOf(flags))
	if err != nil {
		t.Fatal(err)
	}
	return ids(runs)
}

// setStarted starts a run at a second of its own and records it.
func setStarted(t testing.TB, s *store.Store, r *store.Run, second int64) {
	t.Helper()
	check(t, r.SetAttr(store.AttrStarted, second*1_000_000))
	check(t, s.Record(r))
}

func TestNewest(t *testing.T) {
	s := store.Open(t.TempDir())
	long := run.ID(strings.Repeat("ü", 64))
	hex := run.ID("00112233445566778899aabbccddeeff")
	upper := run.ID("00112233445566778899AABBCCDDEEFF")
	for i, id := range []run.ID{"b", long, hex, upper, "a:b", "1"} {
		setStarted(t, s, newRun(t, s, id, nil), int64(100-i))
	}
	for _, id := range []run.ID{"undated-b", "undated-a"} {
		r := newRun(t, s, id, nil)
		check(t, r.RemoveAttr(store.AttrStarted))
		check(t, r.RemoveAttr(store.AttrInitialized))
		check(t, s.Record(r))
	}
	pending, err := s.Create("pending", script("p", "x")) // counts from when it was made
	check(t, err)
	want := fmt.Sprintf("pending b %s %s %s a:b 1 undated-a undated-b", long, hex, upper)
	if got := newest(t, s); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	runs, total, err := s.Newest(2)
	if err != nil || total != 9 || ids(runs) != "pending b" {
		t.Errorf("got %s of %d, %v", ids(runs), total, err)
	}
	if runs[0].Dir != pending.Dir {
		t.Errorf("directory is %s, want %s", runs[0].Dir, pending.Dir)
	}
	if runs, total, err := s.Newest(100); err != nil || total != 9 || len(runs) != 9 {
		t.Errorf("got %d of %d, %v", len(runs), total, err)
	}
	// A start written by another tool, or by hand, is seen in what is shown.
	check(t, runs[1].SetAttr(store.AttrStarted, int64(1)))
	if runs, _, _ := s.Newest(2); ids(runs) != "pending "+string(long) {
		t.Errorf("got %s", ids(runs))
	}
}

func TestNewestMatchesSort(t *testing.T) {
	s := store.Open(t.TempDir())
	var all []int
	for i := range 60 {
		at := (i*37)%53 + 1
		all = append(all, at*1000+i)
		setStarted(t, s, newRun(t, s, run.ID("r"+strconv.Itoa(1000+i)), nil), int64(at))
	}
	slices.SortFunc(all, func(a, b int) int {
		if a/1000 != b/1000 {
			return b/1000 - a/1000
		}
		return a - b
	})
	for n := 1; n <= 60; n++ {
		runs, _, err := s.Newest(n)
		check(t, err)
		var want []string
		for _, a := range all[:n] {
			want = append(want, "r"+strconv.Itoa(1000+a%1000))
		}
		if ids(runs) != strings.Join(want, " ") {
			t.Fatalf("Newest(%d) is %s, want %s", n, ids(runs), strings.Join(want, " "))
		}
	}
}

func TestMatching(t *testing.T) {
	s := store.Open(t.TempDir())
	one, two := run.Flags{"x": 1.0}, run.Flags{"x": int64(2)}
	a := newRun(t, s, "a", one)
	newRun(t, s, "b", two)
	setStarted(t, s, newRun(t, s, "c", run.Flags{"x": int64(1)}), 5) // 1 is 1.0
	for _, step := range []struct {
		name     string
		do       func()
		one, two string
	}{
		{"as made", func() {}, "a c", "b"},
		{"restarted with other flags", func() { check(t, a.SetAttr("flags", two)); check(t, s.Record(a)) }, "c", "a b"},
		{"flags edited by hand", func() { write(t, a.Path("attrs", "flags"), "x: 1") }, "a c", "b"},
		{"opref edited by hand", func() { write(t, a.Path("opref"), "script:p '' '' x") }, "c", "b"},
		{"flags corrupt", func() { write(t, filepath.Join(s.Home(), "runs/b/.guild/attrs/flags"), "x: [") }, "c", ""},
		{"flags gone", func() { check(t, os.Remove(filepath.Join(s.Home(), "runs/b/.guild/attrs/flags"))) }, "c", ""},
		{"flags again", func() { write(t, filepath.Join(s.Home(), "runs/b/.guild/attrs/flags"), "x: 2\n") }, "c", "b"},
		{"no longer a run", func() { check(t, os.Remove(filepath.Join(s.Home(), "runs/c/.guild/opref"))) }, "", "b"},
		{"index gone", func() { check(t, os.Remove(s.IndexPath())) }, "", "b"},
	} {
		step.do()
		for range 2 {
			if got, want := matching(t, s, one)+"|"+matching(t, s, two), step.one+"|"+step.two; sorted(got) != sorted(want) {
				t.Errorf("%s: got %s, want %s", step.name, got, want)
			}
		}
	}
}

func sorted(lists string) string {
	a, b, _ := strings.Cut(lists, "|")
	x, y := strings.Fields(a), strings.Fields(b)
	slices.Sort(x)
	slices.Sort(y)
	return strings.Join(x, " ") + "|" + strings.Join(y, " ")
}

// The index is kept current by what guild itself does: no query after it lists runs/ again.
func TestIndexFollows(t *testing.T) {
	s := store.Open(t.TempDir())
	newRun(t, s, "a", nil)
	newest(t, s)
	if s.Scans() {
		t.Skip("this file system has coarse times")
	}
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"create", func() { newRun(t, s, "b", nil) }, "b a"},
		{"record", func() { setStarted(t, s, must(s.Run("a"))(t), time.Now().Unix()+9) }, "a b"},
		{"delete", func() { check(t, s.Delete("a")) }, "b"},
		{"restore", func() { check(t, s.Restore("a")) }, "a b"},
		{"delete again", func() { check(t, s.Delete("b")) }, "a"},
		{"create again", func() { newRun(t, s, "b", nil) }, "a b"},
	}
	for _, step := range steps {
		step.do()
		if s.Scans() {
			t.Errorf("%s: the index is not current", step.name)
		}
		if got := newest(t, s); got != step.want {
			t.Errorf("%s: got %s, want %s", step.name, got, step.want)
		}
	}
	check(t, s.Age())
	if !s.Scans() {
		t.Error("an index that was only advanced is trusted for ever")
	}
	newest(t, s)
	check(t, s.Coarsen())
	if !s.Scans() {
		t.Error("an index of a directory that just changed is trusted")
	}
}

func must(r *store.Run, err error) func(testing.TB) *store.Run {
	return func(t testing.TB) *store.Run { check(t, err); return r }
}

// Whatever happened to the index or to runs/, the answer is that of the runs.
func TestIndexRepaired(t *testing.T) {
	flip := func(at int) func(*testing.T, *store.Store) {
		return func(t *testing.T, s *store.Store) {
			data := []byte(read(t, s.IndexPath()))
			data[at] ^= 0x10
			write(t, s.IndexPath(), string(data))
		}
	}
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, s *store.Store)
		want string
	}{
		{"untouched", func(*testing.T, *store.Store) {}, "c b a"},
		{"deleted", func(t *testing.T, s *store.Store) { check(t, os.Remove(s.IndexPath())) }, "c b a"},
		{"directory deleted", func(t *testing.T, s *store.Store) { check(t, os.RemoveAll(filepath.Dir(s.IndexPath()))) }, "c b a"},
		{"emptied", func(t *testing.T, s *store.Store) { write(t, s.IndexPath(), "") }, "c b a"},
		{"text", func(t *testing.T, s *store.Store) { write(t, s.IndexPath(), strings.Repeat("text ", 100)) }, "c b a"},
		{"magic", flip(0), "c b a"}, {"size", flip(8), "c b a"}, {"header checksum", flip(60), "c b a"},
		{"checksum", flip(64), "c b a"}, {"kind", flip(68), "c b a"}, {"slots", flip(69), "c b a"}, {"id", flip(130), "c b a"}, {"key", flip(90), "c b a"}, {"time", flip(105), "c b a"},
		{"cut off", func(t *testing.T, s *store.Store) { check(t, os.Truncate(s.IndexPath(), 200)) }, "c b a"},
		{"half a record after the end", func(t *testing.T, s *store.Store) {
			write(t, s.IndexPath(), read(t, s.IndexPath())+"half a record of a writer that died")
		}, "c b a"},
		{"a directory in its place", func(t *testing.T, s *store.Store) {
			check(t, os.Remove(s.IndexPath()))
			check(t, os.Mkdir(s.IndexPath(), 0o755))
		}, "c b a"},
		{"a FIFO in its place", func(t *testing.T, s *store.Store) {
			check(t, os.Remove(s.IndexPath()))
			check(t, exec.Command("mkfifo", s.IndexPath()).Run())
		}, "c b a"},
		{"of another store", func(t *testing.T, s *store.Store) {
			other := store.Open(t.TempDir())
			newRun(t, other, "z", nil)
			newest(t, other)
			write(t, s.IndexPath(), read(t, other.IndexPath()))
		}, "c b a"},
		{"claims deleted", func(t *testing.T, s *store.Store) { check(t, os.RemoveAll(filepath.Join(s.Home(), "locks"))) }, "c b a"},
		{"run removed", func(t *testing.T, s *store.Store) {
			check(t, os.RemoveAll(filepath.Join(s.Home(), "runs", "b")))
		}, "c a"},
		{"run renamed", func(t *testing.T, s *store.Store) {
			check(t, os.Rename(filepath.Join(s.Home(), "runs", "b"), filepath.Join(s.Home(), "runs", "d")))
		}, "c d a"},
		{"run copied in", func(t *testing.T, s *store.Store) {
			check(t, os.CopyFS(filepath.Join(s.Home(), "runs", "d"), os.DirFS(filepath.Join(s.Home(), "runs", "b"))))
		}, "c b d a"},
		{"run replaced", func(t *testing.T, s *store.Store) {
			check(t, os.RemoveAll(filepath.Join(s.Home(), "runs", "a")))
			other := store.Open(t.TempDir())
			setStarted(t, other, newRun(t, other, "a", nil), 1<<32)
			check(t, os.CopyFS(filepath.Join(s.Home(), "runs", "a"), os.DirFS(filepath.Join(other.Home(), "runs", "a"))))
		}, "a c b"},
		{"runs replaced by a link to another disk", func(t *testing.T, s *store.Store) {
			elsewhere := filepath.Join(t.TempDir(), "runs")
			check(t, os.CopyFS(elsewhere, os.DirFS(filepath.Join(s.Home(), "runs"))))
			check(t, os.RemoveAll(filepath.Join(s.Home(), "runs")))
			check(t, os.RemoveAll(filepath.Join(elsewhere, "c")))
			check(t, os.Symlink(elsewhere, filepath.Join(s.Home(), "runs")))
		}, "b a"},
		{"runs removed", func(t *testing.T, s *store.Store) { check(t, os.RemoveAll(filepath.Join(s.Home(), "runs"))) }, ""},
		{"home copied", func(t *testing.T, s *store.Store) {
			moved := filepath.Join(t.TempDir(), "home")
			check(t, os.CopyFS(moved, os.DirFS(s.Home())))
			*s = *store.Open(moved)
		}, "c b a"},
		{"built anew", func(t *testing.T, s *store.Store) { check(t, s.Reindex()) }, "c b a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := store.Open(t.TempDir())
			for i, id := range []run.ID{"a", "b", "c"} {
				setStarted(t, s, newRun(t, s, id, run.Flags{"i": int64(i)}), int64(1000+i))
			}
			newest(t, s)
			tt.do(t, s)
			for range 2 {
				if got := newest(t, s); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
			if strings.Contains(tt.want, "c") {
				if got := matching(t, s, run.Flags{"i": int64(2)}); got != "c" {
					t.Errorf("Matching: got %q, want c", got)
				}
			}
		})
	}
}

// Several processes make runs at once and none is lost from the index.
func TestIndexConcurrent(t *testing.T) {
	s := store.Open(t.TempDir())
	newRun(t, s, "first", nil)
	newest(t, s)
	var cmds []*exec.Cmd
	for i := range 4 {
		cmd := spawn(t, "create", s.Home(), string(rune('a'+i)), "25")
		check(t, cmd.Start())
		cmds = append(cmds, cmd)
	}
	for range 20 {
		newest(t, s)
	}
	for _, cmd := range cmds {
		check(t, cmd.Wait())
	}
	before := newest(t, s)
	if n := len(strings.Fields(before)); n != 101 {
		t.Errorf("%d runs, want 101", n)
	}
	check(t, os.Remove(s.IndexPath()))
	if got := newest(t, s); got != before {
		t.Errorf("the index had %s\nthe runs are %s", before, got)
	}
}

func FuzzIndex(f *testing.F) {
	s := store.Open(f.TempDir())
	for _, id := range []run.ID{"a", "00112233445566778899aabbccddeeff", run.ID(strings.Repeat("x", 128))} {
		newRun(f, s, id, nil)
	}
	newest(f, s)
	f.Add([]byte(read(f, s.IndexPath())))
	f.Add([]byte("GUILDIX1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		store.ParseIndex(data)
		// Checksums keep most of what a fuzzer tries out, so the checks behind them get it with sound ones.
		store.ParseIndex(store.Reseal(data))
	})
}
