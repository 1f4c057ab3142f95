package stage_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
)

func TestReadsSeeOwnWrites(t *testing.T) {
	dir := tree(t, map[string]string{"a": "aaa", "b": "bbb", "sub/c": "ccc", "la": "-> a", "lsub": "-> sub"})
	must(t, os.Chmod(filepath.Join(dir, "a"), 0o750))
	tx := writer(t, dir)
	must(t, tx.Write("a", abi.WriteReplace, []byte("new a")))
	must(t, tx.Write("b", abi.WriteAppend, []byte("+1")))
	must(t, tx.Write("b", abi.WriteAppend, []byte("+2")))
	must(t, tx.Remove("sub/c"))
	must(t, tx.Write("x/y/z", abi.WriteAppend, []byte("z")))
	must(t, tx.Write("sub/d", abi.WriteReplace, []byte("d")))

	for path, want := range map[string]string{"a": "new a", "b": "bbb+1+2", "x/y/z": "z", "la": "new a", "lsub/d": "d"} {
		if got := read(t, tx, path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	buf := make([]byte, 3)
	for off, want := range []string{"bbb", "bb+", "b+1", "+1+", "1+2", "+2", "2", "", ""} {
		n, err := tx.ReadAt("b", int64(off), buf)
		if err != nil || string(buf[:n]) != want {
			t.Errorf("b at %d: got %q, %v, want %q", off, buf[:n], err, want)
		}
	}
	for path, want := range map[string]stage.Stat{
		"a":     {Size: 5, Kind: abi.KindFile, Mode: 0o750},
		"b":     {Size: 7, Kind: abi.KindFile, Mode: 0o644},
		"x/y":   {Kind: abi.KindDir, Mode: 0o755},
		"x/y/z": {Size: 1, Kind: abi.KindFile, Mode: 0o644},
	} {
		if got, err := tx.Stat(path); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", path, got, err, want)
		}
	}
	_, err := tx.Stat("sub/c")
	wantError(t, err, abi.NotFound, `stat "sub/c": no such file`)
	_, err = tx.ReadAt("lsub/c", 0, buf)
	wantError(t, err, abi.NotFound, `read "lsub/c": no such file`)
	_, err = tx.ReadAt("a/x", 0, buf)
	wantError(t, err, abi.NotFound, `read "a/x": no such file`)
	_, err = tx.ReadAt("x/y", 0, buf)
	wantError(t, err, abi.Invalid, `read "x/y": it is a directory`)
	wantError(t, tx.Write("x/y", 0, nil), abi.Invalid, `write "x/y": it is a directory`)
	wantError(t, tx.Write("x/y/z/w", 0, nil), abi.Invalid, `write "x/y/z/w": a directory on the way to it is a file`)
	wantError(t, tx.Remove("sub/c"), abi.NotFound, `remove "sub/c": no such file`)
	wantError(t, tx.Remove("absent"), abi.NotFound, `remove "absent": no such file`)

	for glob, want := range map[string][]string{
		"**":     {"a", "b", "sub/d", "x/y/z"},
		"*":      {"a", "b"},
		"sub/*":  {"sub/d"},
		"x/**":   {"x/y/z"},
		"?":      {"a", "b"},
		"[b-z]":  {"b"},
		"**/y/*": {"x/y/z"},
		"no/*":   nil,
	} {
		got, err := tx.List(glob)
		must(t, err)
		wantFiles(t, got, want...)
	}
	if got := content(t, dir, "a"); got != "aaa" {
		t.Errorf("a changed before the commit: %q", got)
	}
	changes, err := tx.Commit()
	must(t, err)
	want := map[string]string{
		".": "d---------", "sub": "d---------", "x": "d---------", "x/y": "d---------",
		"a": "-rwxr-x--- new a", "b": "-rw-r--r-- bbb+1+2", "sub/d": "-rw-r--r-- d", "x/y/z": "-rw-r--r-- z",
		"la": "-> a", "lsub": "-> sub",
	}
	if got := snapshot(t, dir); !equalMaps(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	digest := func(s string) *run.Digest { d := canon.Bytes([]byte(s)); return &d }
	wantChanges := []stage.Change{
		{"a", digest("aaa"), digest("new a")}, {"b", digest("bbb"), digest("bbb+1+2")}, {"sub/c", digest("ccc"), nil},
		{"sub/d", nil, digest("d")}, {"x/y/z", nil, digest("z")},
	}
	if got, want := show(changes), show(wantChanges); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	entries, err := os.ReadDir(filepath.Join(dir, ".guild"))
	if err != nil || len(entries) != 0 {
		t.Errorf("left in .guild: %v, %v", entries, err)
	}
}

func show(changes []stage.Change) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%s %v %v\n", c.Path, c.Before, c.After)
	}
	return b.String()
}

func TestDiscardAndEnd(t *testing.T) {
	dir := tree(t, map[string]string{"a": "aaa"})
	before := snapshot(t, dir)
	tx := writer(t, dir)
	must(t, tx.Write("a", abi.WriteReplace, []byte("new")))
	must(t, tx.Write("b", abi.WriteReplace, []byte("new")))
	must(t, tx.Remove("b"))
	if _, err := tx.Stat("b"); !errors.Is(err, abi.NotFound) {
		t.Errorf("got %v", err)
	}
	tx.Discard()
	if got := snapshot(t, dir); !equalMaps(got, before) {
		t.Errorf("got %q", got)
	}
	wantError(t, tx.Write("a", 0, nil), abi.State, "write: the transaction has ended")
	wantError(t, tx.Remove("a"), abi.State, "remove: the transaction has ended")
	_, err := tx.List("*")
	wantError(t, err, abi.State, "list: the transaction has ended")
	_, err = tx.Commit()
	wantError(t, err, abi.State, "commit: the transaction has ended")
	if _, err := os.Lstat(filepath.Join(dir, ".guild")); err == nil {
		t.Error("a discarded transaction made .guild")
	}
}

func TestGrants(t *testing.T) {
	dir := tree(t, map[string]string{"src/a": "a", "out": "o", ".guild/x": ""})
	s := open(t, dir)
	tx := s.Begin(stage.TxOptions{Write: []string{"src/**", "*.log"}})
	must(t, tx.Write("src/a", 0, nil))
	must(t, tx.Write("src/deep/er", 0, nil))
	must(t, tx.Write("x.log", 0, nil))
	for _, path := range []string{"src", "out", "srcs/a", "sub/x.log", "../src/a", ".guild/x"} {
		wantError(t, tx.Write(path, 0, nil), abi.Denied, `write "`+path+`": no grant covers it`)
	}
	wantError(t, tx.Write("src/../out", 0, nil), abi.Invalid, `write "src/../out": path has a ".." segment`)
	wantError(t, tx.Remove("src/a"), abi.ReadOnly, `remove "src/a": the stage cannot be changed so in this event`)
	tx.Discard()

	tx = s.Begin(stage.TxOptions{ReadOnly: true, Write: []string{"**"}, Remove: true})
	wantError(t, tx.Write("src/a", 0, nil), abi.ReadOnly, `write "src/a": the stage cannot be changed so in this event`)
	wantError(t, tx.Remove("src/a"), abi.ReadOnly, `remove "src/a": the stage cannot be changed so in this event`)
	tx.Discard()

	tx = s.Begin(stage.TxOptions{})
	wantError(t, tx.Write("src/a", 0, nil), abi.Denied, `write "src/a": no grant covers it`)
	tx.Discard()
}

func TestLimits(t *testing.T) {
	dir := tree(t, nil)
	tx := writer(t, dir)
	big := make([]byte, abi.MaxData+1)
	wantError(t, tx.Write("a", 0, big), abi.TooBig, `write "a": data has 1048577 bytes, the limit is 1048576`)
	wantError(t, tx.Write("a", 2, nil), abi.Invalid, `write "a": mode 2 is not known`)
	for range abi.MaxStageBytes / abi.MaxData {
		must(t, tx.Write("a", 0, big[1:]))
	}
	wantError(t, tx.Write("b", 0, []byte("x")), abi.Limit, `write "b": the event has written 67108864 bytes, the limit is 67108864`)

	tx = writer(t, dir)
	for i := range abi.MaxStageFiles {
		must(t, tx.Write(fmt.Sprint("d/", i), 0, nil))
	}
	wantError(t, tx.Write("b", 0, nil), abi.Limit, `write "b": the event has changed 10000 files, the limit`)
	must(t, tx.Write("d/0", 0, []byte("again")))

	_, err := tx.List(strings.Repeat("a", 1025))
	wantError(t, err, abi.TooBig, `list "`+strings.Repeat("a", 32)+`…": glob has 1025 bytes, the limit is 1024`)
	_, err = tx.List("a/{b,c}")
	wantError(t, err, abi.Invalid, `list "a/{b,c}": braces are not supported`)
}

func TestFileBecomesDirectory(t *testing.T) {
	dir := tree(t, map[string]string{"a": "a"})
	tx := writer(t, dir)
	must(t, tx.Remove("a"))
	must(t, tx.Write("a/b", 0, []byte("b")))
	if st, err := tx.Stat("a"); err != nil || st.Kind != abi.KindDir {
		t.Errorf("got %+v, %v", st, err)
	}
	wantError(t, tx.Write("a", 0, nil), abi.Invalid, `write "a": it is a directory`)
	_, err := tx.Commit()
	must(t, err)
	if got := content(t, dir, "a/b"); got != "b" {
		t.Errorf("got %q", got)
	}
}

func TestUnchangedIsNoChange(t *testing.T) {
	dir := tree(t, map[string]string{"a": "aaa", "b": "bbb"})
	info, err := os.Stat(filepath.Join(dir, "a"))
	must(t, err)
	tx := writer(t, dir)
	must(t, tx.Write("a", abi.WriteReplace, []byte("aaa")))
	must(t, tx.Write("b", abi.WriteAppend, nil))
	changes, err := tx.Commit()
	if err != nil || len(changes) != 0 {
		t.Errorf("got %v, %v", changes, err)
	}
	if now, err := os.Stat(filepath.Join(dir, "a")); err != nil || !os.SameFile(info, now) {
		t.Error("the file was replaced")
	}
}

// Whichever of the renames fails, all is as it was.
func TestCommitIsAllOrNothing(t *testing.T) {
	for _, pristine := range []bool{false, true} {
		for fails := 1; fails <= 5; fails++ {
			dir := tree(t, map[string]string{"a": "aaa", "b": "bbb", "sub/c": "ccc", "d": "ddd"})
			must(t, os.Chmod(filepath.Join(dir, "b"), 0o711))
			before := snapshot(t, dir)
			s := open(t, dir)
			tx := s.Begin(stage.TxOptions{Write: []string{"**"}, Remove: true, KeepPristine: pristine})
			must(t, tx.Write("a", abi.WriteReplace, []byte("new")))
			must(t, tx.Write("b", abi.WriteAppend, []byte("new")))
			must(t, tx.Remove("sub/c"))
			must(t, tx.Remove("d"))
			must(t, tx.Write("new/dir/e", abi.WriteReplace, []byte("new")))
			renames, rename := 0, tx.Rename()
			tx.SetRename(func(from, to string) error {
				if renames++; renames == fails {
					return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.ENOSPC}
				}
				return rename(from, to)
			})
			_, err := tx.Commit()
			path := []string{"d", "sub/c", "a", "b", "new/dir/e"}[fails-1]
			verb := []string{"remove", "remove", "write", "write", "write"}[fails-1]
			wantError(t, err, abi.IO, verb+` "`+path+`": no space left on device`)
			if renames != fails {
				t.Errorf("%d renames, want %d", renames, fails)
			}
			if got := snapshot(t, dir); !equalMaps(got, before) {
				t.Errorf("rename %d fails: got %q", fails, got)
			}
			// What the failed commit noted for Restore must not harm what comes to stand there later.
			fill(t, dir, map[string]string{"new/dir/e": "the process's own"})
			must(t, s.Restore())
			if got := content(t, dir, "new/dir/e"); got != "the process's own" {
				t.Errorf("got %q", got)
			}
		}
	}
}

func TestCommitFindsChangesFromElsewhere(t *testing.T) {
	for name, tc := range map[string]struct {
		meanwhile func(dir string) error
		want      string
	}{
		"removed":       {func(dir string) error { return os.Remove(dir + "/b") }, `write "b": no such file`},
		"made":          {func(dir string) error { return os.WriteFile(dir+"/c", nil, 0o600) }, `write "c": it was not there when the hook looked`},
		"linked":        {func(dir string) error { return os.Link(dir+"/b", dir+"/x") }, `write "b": it has another name: hard links are not written to`},
		"a FIFO":        {func(dir string) error { return errors.Join(os.Remove(dir+"/b"), syscall.Mkfifo(dir+"/b", 0o600)) }, `write "b": it is a device, FIFO or socket`},
		"a directory":   {func(dir string) error { return errors.Join(os.Remove(dir+"/b"), os.Mkdir(dir+"/b", 0o700)) }, `write "b": it is a directory`},
		"no directory":  {func(dir string) error { return os.WriteFile(dir+"/sub", nil, 0o600) }, `write "sub/d": a directory on the way to it is a file`},
		".guild a link": {func(dir string) error { return os.Symlink("/tmp", dir+"/.guild") }, `commit: it is a symbolic link`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, map[string]string{"a": "aaa", "b": "bbb"})
			tx := writer(t, dir)
			for _, path := range []string{"a", "b", "c", "sub/d"} {
				must(t, tx.Write(path, 0, []byte("new")))
			}
			must(t, tc.meanwhile(dir))
			before := snapshot(t, dir)
			within(t, "commit", func() {
				if _, err := tx.Commit(); err == nil || err.Error() != tc.want {
					t.Errorf("got %v, want %s", err, tc.want)
				}
			})
			if got := snapshot(t, dir); !equalMaps(got, before) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestAppendToALargeFile(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<17) // 2 MiB
	dir := tree(t, map[string]string{"log": large})
	tx := writer(t, dir)
	must(t, tx.Write("log", abi.WriteAppend, []byte("end")))
	buf := make([]byte, 8)
	n, err := tx.ReadAt("log", int64(len(large))-3, buf)
	if err != nil || string(buf[:n]) != "defend" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	_, err = tx.Commit()
	must(t, err)
	if got := content(t, dir, "log"); got != large+"end" {
		t.Errorf("got %d bytes", len(got))
	}
}

// A process may be writing to a file while a hook reads it: the hook sees the size that it saw first.
func TestGrowingFile(t *testing.T) {
	dir := tree(t, map[string]string{"log": "one"})
	tx := writer(t, dir)
	if st, err := tx.Stat("log"); err != nil || st.Size != 3 {
		t.Fatalf("got %+v, %v", st, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "log"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	f.WriteString("two")
	f.Close()
	if got := read(t, tx, "log"); got != "one" {
		t.Errorf("got %q", got)
	}
	if got := read(t, writer(t, dir), "log"); got != "onetwo" {
		t.Errorf("got %q", got)
	}
}
