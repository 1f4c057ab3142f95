package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Status follows the files that people write and remove by hand.
func TestStatus(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	exit := r.Path("attrs", "exit_status")
	own := strconv.Itoa(os.Getpid())
	put := func(name, text string) func() { return func() { write(t, r.Path(name), text) } }
	remove := func(names ...string) func() {
		return func() {
			for _, name := range names {
				check(t, os.Remove(r.Path(name)))
			}
		}
	}
	for _, step := range []struct {
		name string
		do   func()
		want run.Status
	}{
		{"as it ended", func() {}, run.Completed},
		{"-9 without a line feed", func() { write(t, exit, "-9") }, run.Terminated},
		{"1", func() { write(t, exit, "1") }, run.Error},
		{"zero", func() { write(t, exit, "0\n") }, run.Completed},
		{"pid of an ended run", put("LOCK", own), run.Completed},
		{"no exit status", func() { check(t, os.Remove(exit)) }, run.Running},
		{"null", func() { write(t, exit, "null\n") }, run.Running},
		{"line feed after the pid", put("LOCK", own+"\n"), run.Running},
		{"dead pid", put("LOCK", "999999999"), run.Error},
		{"no pid", put("LOCK", "x"), run.Error},
		{"pid 0", put("LOCK", "0"), run.Error},
		{"negative pid", put("LOCK", "-1"), run.Error},
		{"denied by hand", put("DENIED", ""), run.Denied},
		{"denied, live process", put("LOCK", own), run.Denied},
		{"exit status beats denied", func() { write(t, exit, "0") }, run.Completed},
		{"staged", put("STAGED", ""), run.Staged},
		{"pending", put("PENDING", ""), run.Pending},
		{"remote", put("LOCK.remote", "there"), run.Running},
		{"all away", remove("LOCK.remote", "PENDING", "STAGED", "DENIED", "LOCK"), run.Completed},
		{"corrupt exit status", func() { write(t, exit, "[1") }, run.Error},
		{"exit status that is no number", func() { write(t, exit, "done") }, run.Error},
		{"huge exit status", func() { write(t, exit, "-4294967296") }, run.Terminated},
		{"nothing", func() { check(t, os.Remove(exit)) }, run.Error},
	} {
		step.do()
		if got := r.Status(); got != step.want {
			t.Errorf("%s: status is %s, want %s", step.name, got, step.want)
		}
	}
}

func TestMarks(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	for range 2 {
		check(t, r.Mark(store.MarkStaged))
	}
	if got := r.Status(); got != run.Staged {
		t.Errorf("status is %s", got)
	}
	for range 2 {
		check(t, r.Unmark(store.MarkStaged))
	}
	if r.Mark("../x") == nil || r.Unmark("a/b") == nil || r.Mark("") == nil {
		t.Error("a sentinel can be a path")
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestAttr(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", run.Flags{"x": 1.0})
	if v, ok, err := r.Attr("label"); v != nil || ok || err != nil {
		t.Errorf("absent attribute is %v, %v, %v", v, ok, err)
	}
	check(t, r.SetAttr("label", nil))
	if v, ok, err := r.Attr("label"); v != nil || !ok || err != nil {
		t.Errorf("null attribute is %v, %v, %v", v, ok, err)
	}
	flags, err := r.Flags()
	if err != nil || !reflect.DeepEqual(flags, run.Flags{"x": 1.0}) {
		t.Errorf("flags are %v, %v", flags, err)
	}
	for range 2 {
		check(t, r.RemoveAttr("flags"))
	}
	if flags, err := r.Flags(); err != nil || flags == nil || len(flags) != 0 {
		t.Errorf("absent flags are %v, %v", flags, err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "secret")
	check(t, os.Symlink(secret, r.Path("attrs", "link")))
	check(t, syscall.Mkfifo(r.Path("attrs", "fifo"), 0o644))
	check(t, os.Mkdir(r.Path("attrs", "dir"), 0o755))
	write(t, r.Path("attrs", "syntax"), "a: 1\nb: [\n")
	write(t, r.Path("attrs", "flags"), "[1]\n")
	huge, err := os.Create(r.Path("attrs", "huge"))
	check(t, err)
	check(t, huge.Truncate(16<<20+1))
	huge.Close()
	base := r.Path("attrs")
	for _, tt := range []struct{ name, want string }{
		{"link", `run aaa: attribute "link": open ` + base + `/link: too many levels of symbolic links`},
		{"fifo", `run aaa: attribute "fifo": read ` + base + `/fifo: not a regular file`},
		{"dir", `run aaa: attribute "dir": read ` + base + `/dir: not a regular file`},
		{"syntax", `run aaa: attribute "syntax": line 2: did not find expected node content`},
		{"huge", `run aaa: attribute "huge": read ` + base + `/huge: 16777217 bytes, the limit is 16777216`},
		{"../opref", `attribute "../opref" is not a file name`},
		{"", `attribute "" is not a file name`},
		{".tmp-1", `attribute ".tmp-1" is not a file name`},
	} {
		if _, _, err := r.Attr(tt.name); err == nil || err.Error() != tt.want {
			t.Errorf("%q: got %v, want %s", tt.name, err, tt.want)
		}
	}
	if _, err := r.Flags(); err == nil || err.Error() != `run aaa: attribute "flags": line 1: not a map` {
		t.Errorf("got %v", err)
	}
	// Writing replaces a link, and what it leads to stays.
	check(t, r.SetAttr("link", "new"))
	if got := read(t, secret); got != "secret" {
		t.Errorf("SetAttr wrote through a link: %q", got)
	}
	if r.SetAttr("../../x", 1) == nil || r.RemoveAttr("../opref") == nil {
		t.Error("an attribute can be a path")
	}
	if err := r.SetAttr("bad", struct{}{}); err == nil || err.Error() != `run aaa: attribute "bad": a value of type struct {} cannot be stored` {
		t.Errorf("got %v", err)
	}
	names, err := r.AttrNames()
	check(t, err)
	if got := strings.Join(names, " "); got != "exit_status flags huge id initialized label link started syntax" {
		t.Errorf("attributes are %s", got)
	}
}

func TestOpRefErrors(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	for _, tt := range []struct{ text, want string }{
		{"", `run aaa: malformed opref "": 0 fields, want 4`},
		{"script:p '' x", `run aaa: malformed opref "script:p '' x": 3 fields, want 4`},
		{"script:'p", `run aaa: malformed opref "script:'p": no closing quote`},
	} {
		write(t, r.Path("opref"), tt.text)
		if _, err := r.OpRef(); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	check(t, os.Remove(r.Path("opref")))
	if _, err := r.OpRef(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestDenied(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	if d, err := r.Denied(); d != nil || err != nil {
		t.Errorf("got %v, %v", d, err)
	}
	want := store.Denial{Hook: "h", Event: "on_init", Reason: "no\n\"way\""}
	check(t, r.SetDenied(want))
	if d, err := r.Denied(); err != nil || *d != want {
		t.Errorf("got %v, %v", d, err)
	}
	write(t, r.Path("DENIED"), "")
	if d, err := r.Denied(); err != nil || *d != (store.Denial{}) {
		t.Errorf("empty file: got %v, %v", d, err)
	}
	write(t, r.Path("DENIED"), "{")
	if _, err := r.Denied(); err == nil || err.Error() != "run aaa: malformed DENIED: unexpected end of JSON input" {
		t.Errorf("got %v", err)
	}
	for range 2 {
		check(t, r.ClearDenied())
	}
}

func TestAppendOnly(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			line := []byte(strings.Repeat(strconv.Itoa(i), 500))
			for range 50 {
				if err := r.AppendOnly("hooks/records.jsonl", line); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSuffix(read(t, r.Path("hooks/records.jsonl")), "\n"), "\n")
	if len(lines) != 400 {
		t.Errorf("%d lines, want 400", len(lines))
	}
	for _, line := range lines {
		if len(line) != 500 || strings.Trim(line, line[:1]) != "" {
			t.Fatalf("mixed line %q", line)
		}
	}
	write(t, r.Path("events.jsonl"), `{"a":1}`+"\n"+`{"b":`) // half a line, as a crash leaves it
	check(t, r.AppendOnly("events.jsonl", []byte(`{"c":3}`)))
	if got := read(t, r.Path("events.jsonl")); got != `{"a":1}`+"\n"+`{"b":`+"\n"+`{"c":3}`+"\n" {
		t.Errorf("file is %q", got)
	}
	outside := t.TempDir()
	check(t, os.Symlink(outside, r.Path("out")))
	check(t, syscall.Mkfifo(r.Path("fifo"), 0o644))
	for _, name := range []string{"../x", "/etc/x", "", "a/../../x", "out/x", "fifo", "attrs"} {
		if err := r.AppendOnly(name, []byte("x")); err == nil {
			t.Errorf("a record went to %q", name)
		}
	}
	if err := r.AppendOnly("x", []byte("a\nb")); err == nil {
		t.Error("a record may have two lines")
	}
}

func TestSync(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	check(t, r.Sync()) // everything: one call for the file system
	check(t, r.Sync()) // nothing
	check(t, r.SetAttr("label", "x"))
	check(t, r.AppendOnly("events.jsonl", []byte("{}")))
	check(t, r.RemoveAttr("label")) // written and removed since
	check(t, r.Sync())
	check(t, syscall.Mkfifo(filepath.Join(r.Dir, "fifo"), 0o644))
	check(t, os.Symlink("nowhere", filepath.Join(r.Dir, "link")))
	check(t, r.SyncTree()) // neither waited for nor followed
	check(t, r.SetAttr("label", "x"))
	check(t, os.RemoveAll(r.Dir))
	check(t, r.Sync()) // nothing is left to keep the promise for
}
