package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

func TestOpenMakesNothing(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	s := store.Open(home)
	if got := newest(t, s); got != "" {
		t.Errorf("runs of no home: %q", got)
	}
	if runs, err := s.Matching(run.Digest{}); len(runs) > 0 || err != nil {
		t.Errorf("Matching of no home: %v, %v", runs, err)
	}
	if _, err := s.Run("aaa"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := os.Stat(home); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("home was made: %v", err)
	}
}

// The files of a run, byte for byte, as Guild AI's layout prescribes them.
func TestLayout(t *testing.T) {
	home := t.TempDir()
	s := store.Open(home)
	r, err := s.Create("aaa", script("/my proj", "echo.py"))
	check(t, err)
	if want := filepath.Join(home, "runs", "aaa"); r.Dir != want {
		t.Fatalf("directory is %s, want %s", r.Dir, want)
	}
	set := func(name string, v any) { check(t, r.SetAttr(name, v)) }
	set("flags", run.Flags{"x": 1.0, "y": int64(2), "z": "a", "lr": 1e-05, "n": nil, "b": true, "s": "1e3", "t": "1:30", "l": []any{int64(1), "no"}})
	set("cmd", []string{"python3", "echo.py", "--x", "1.0"})
	set("exit_status", -15)
	set("started", int64(1795245337000000))
	set("label", "x=1.0 y=2 z=a")
	set("tags", []string{})
	set("op", map[string]any{"op-cmd": map[string]any{"cmd-args": []string{"${python_exe}", "-um"}, "cmd-env": map[string]string{}}, "deps": []any{}})
	set("comments", []map[string]any{{"body": "first\nsecond", "user": "é", "time": int64(5)}})
	set("vcs_commit", "git:0123*")
	set("sourcecode_digest", nil)
	check(t, r.Mark(store.MarkStaged))
	check(t, r.SetLock(os.Getpid()))
	check(t, r.SetDenied(store.Denial{Hook: "guard", Event: "on_run_begin", Reason: "lr <= 1"}))
	for file, want := range map[string]string{
		"opref":                   "script:'/my proj' '' '' echo.py",
		"LOCK":                    read(t, r.Path("process")),
		"DENIED":                  `{"hook":"guard","event":"on_run_begin","reason":"lr \u003c= 1"}` + "\n",
		"attrs/id":                "aaa\n",
		"attrs/flags":             "b: true\nl:\n- 1\n- 'no'\nlr: 1.0e-05\n'n': null\ns: '1e3'\nt: '1:30'\nx: 1.0\n'y': 2\nz: a\n",
		"attrs/cmd":               "- python3\n- echo.py\n- --x\n- '1.0'\n",
		"attrs/exit_status":       "-15\n",
		"attrs/started":           "1795245337000000\n",
		"attrs/label":             "x=1.0 y=2 z=a\n",
		"attrs/tags":              "[]\n",
		"attrs/op":                "deps: []\nop-cmd:\n  cmd-args:\n  - ${python_exe}\n  - -um\n  cmd-env: {}\n",
		"attrs/comments":          "- body: 'first\n\n    second'\n  time: 5\n  user: \"\\xE9\"\n",
		"attrs/vcs_commit":        "git:0123*\n",
		"attrs/sourcecode_digest": "null\n",
	} {
		if got := read(t, filepath.Join(r.Dir, ".guild", file)); got != want {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
	if got := read(t, r.Path("attrs", "initialized")); !regexp.MustCompile(`^[0-9]{16}\n$`).MatchString(got) {
		t.Errorf("initialized is %q", got)
	}
	entries, err := os.ReadDir(r.Path())
	check(t, err)
	for _, e := range entries {
		switch e.Name() {
		case "DENIED", "LOCK", "PENDING", "STAGED", "process", "attrs", "opref":
		default:
			t.Errorf("unexpected file %s", e.Name())
		}
	}
	names, err := r.AttrNames()
	check(t, err)
	if len(names) != 12 || names[0] != "cmd" || names[11] != "vcs_commit" {
		t.Errorf("attributes are %v", names)
	}
}

func TestCreateErrors(t *testing.T) {
	s := store.Open(t.TempDir())
	newRun(t, s, "aaa", nil)
	check(t, os.WriteFile(filepath.Join(s.Home(), "runs", "file"), nil, 0o644))
	for _, tt := range []struct {
		id     run.ID
		want   string
		exists bool
	}{
		{"aaa", "run aaa already exists", true},
		{"file", "run file already exists", true},
		{"", "run id is empty", false},
		{"../escape", `run id "../escape" has a path separator`, false},
		{"..", `run id ".." begins with "."`, false},
	} {
		_, err := s.Create(tt.id, script("p", "x"))
		if err == nil || err.Error() != tt.want || errors.Is(err, store.ErrExists) != tt.exists {
			t.Errorf("%q: got %v, want %s", tt.id, err, tt.want)
		}
	}
	if _, err := os.Stat(filepath.Join(s.Home(), "escape")); err == nil {
		t.Error("a run was made outside the store")
	}
	for _, id := range []run.ID{"../aaa", "..", ".", "", "/etc", "a/b"} {
		if _, err := s.Run(id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Run(%q): got %v, want ErrNotFound", id, err)
		}
		if s.Delete(id) == nil || s.Purge(id) == nil || s.Restore(id) == nil {
			t.Errorf("%q could be deleted, purged or restored", id)
		}
	}
}

func TestRunDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "out")
	r, err := store.CreateDir(dir, "0123", script("p", "x"), nil)
	check(t, err)
	if r.Status() != run.Pending || r.Dir != dir {
		t.Errorf("run in %s is %s", r.Dir, r.Status())
	}
	if _, err := store.CreateDir(dir, "0124", script("p", "x"), nil); !errors.Is(err, store.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	same, err := store.OpenDir(dir)
	check(t, err)
	if same.ID != "0123" {
		t.Errorf("id is %q", same.ID)
	}
	check(t, same.RemoveAttr("id"))
	if same, err = store.OpenDir(dir); err != nil || same.ID != "out" {
		t.Errorf("got %v, %v", same, err)
	}
	ref, err := same.OpRef()
	if err != nil || ref != script("p", "x") {
		t.Errorf("opref is %v, %v", ref, err)
	}
	if _, err := store.OpenDir(t.TempDir()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	// A store does not mind a run that is not its own.
	check(t, store.Open(t.TempDir()).Record(r))
}

// What lies in runs/ and is no run.
func TestJunk(t *testing.T) {
	s := store.Open(t.TempDir())
	newRun(t, s, "good", nil)
	runs := filepath.Join(s.Home(), "runs")
	elsewhere := t.TempDir()
	other := newRun(t, store.Open(elsewhere), "other", nil)
	check(t, os.MkdirAll(filepath.Join(runs, "half", ".guild", "attrs"), 0o755))
	check(t, os.Mkdir(filepath.Join(runs, "empty"), 0o755))
	check(t, os.Mkdir(filepath.Join(runs, ".hidden"), 0o755))
	write(t, filepath.Join(runs, "file"), "x")
	check(t, os.Symlink(other.Dir, filepath.Join(runs, "link")))
	check(t, os.Symlink("nowhere", filepath.Join(runs, "dangling")))
	check(t, os.Mkdir(filepath.Join(runs, "linked-meta"), 0o755))
	check(t, os.Symlink(other.Path(), filepath.Join(runs, "linked-meta", ".guild")))
	check(t, os.MkdirAll(filepath.Join(runs, "linked-attrs", ".guild"), 0o755))
	write(t, filepath.Join(runs, "linked-attrs", ".guild", "opref"), "script:p '' '' x")
	check(t, os.Symlink(other.Path("attrs"), filepath.Join(runs, "linked-attrs", ".guild", "attrs")))
	check(t, os.MkdirAll(filepath.Join(runs, "dir-opref", ".guild", "opref"), 0o755))
	for range 2 {
		if got := newest(t, s); got != "good" {
			t.Fatalf("runs are %q, want good", got)
		}
	}
	for _, id := range []run.ID{"half", "empty", ".hidden", "file", "link", "dangling", "linked-meta", "linked-attrs", "dir-opref"} {
		if _, err := s.Run(id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Run(%s): got %v, want ErrNotFound", id, err)
		}
	}
	// A half run that was being copied in becomes one without runs/ itself changing.
	write(t, filepath.Join(runs, "half", ".guild", "opref"), "script:p '' '' x")
	if got := newest(t, s); got != "good half" {
		t.Errorf("runs are %q, want good half", got)
	}
	check(t, os.Remove(filepath.Join(runs, "half", ".guild", "opref")))
	if got := newest(t, s); got != "good" {
		t.Errorf("runs are %q, want good", got)
	}
}

// Of a run that was taken back nothing is left, and its id is free.
func TestDiscard(t *testing.T) {
	s := store.Open(t.TempDir())
	_, err := s.Create("aaa", script("/p", "a.py"))
	check(t, err)
	for range 2 {
		r, err := s.Create("bbb", script("/p", "b.py"))
		check(t, err)
		check(t, r.SetAttr("flags", run.Flags{"x": int64(1)}))
		check(t, s.Discard(r))
		check(t, r.Sync())
		if got := newest(t, s); got != "aaa" {
			t.Errorf("got runs %q", got)
		}
	}
	entries, err := os.ReadDir(filepath.Join(s.Home(), "runs"))
	check(t, err)
	if len(entries) != 1 {
		t.Errorf("left: %v", entries)
	}

	dir := filepath.Join(t.TempDir(), "out")
	_, err = store.CreateDir(dir, "ccc", script("/p", "c.py"), nil)
	check(t, err)
	check(t, store.EmptyDir(dir))
	_, err = store.CreateDir(dir, "ccc", script("/p", "c.py"), nil)
	check(t, err)
}
