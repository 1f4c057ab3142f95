package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/store"
)

func TestState(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	st := r.State(abi.ScopeRun, "guard")
	defer st.Discard()
	put := func(key, value string, expected, want int64) {
		t.Helper()
		got, err := st.Put(key, []byte(value), expected)
		if want < 0 {
			if !errors.Is(err, abi.Errno(want)) {
				t.Errorf("put %.10q: got %v, want %v", key, err, abi.Errno(want))
			}
		} else if err != nil || got != want {
			t.Errorf("put %.10q: got %d, %v, want %d", key, got, err, want)
		}
	}
	get := func(key, want string, version int64) {
		t.Helper()
		got, v, err := st.Get(key)
		if err != nil || string(got) != want || v != version {
			t.Errorf("get %q: got %q, %d, %v, want %q, %d", key, got, v, err, want, version)
		}
	}
	if _, _, err := st.Get("a"); !errors.Is(err, abi.NotFound) || err.Error() != `state of hook guard: no key "a": NOT_FOUND` {
		t.Errorf("got %v", err)
	}
	put("a", "1", abi.VersionAbsent, 1)
	get("a", "1", 1) // sees its own
	put("a", "2", abi.VersionAbsent, int64(abi.Conflict))
	put("a", "2", 7, int64(abi.Conflict))
	put("a", "2", 1, 2)
	put("a", "\x00\xff", abi.VersionAny, 3)
	put("", "x", abi.VersionAny, int64(abi.Invalid))
	put("\xff", "x", abi.VersionAny, int64(abi.Invalid))
	put("a", "x", -2, int64(abi.Invalid))
	put(strings.Repeat("k", abi.MaxName+1), "x", abi.VersionAny, int64(abi.TooBig))
	put("big", strings.Repeat("x", abi.MaxData+1), abi.VersionAny, int64(abi.TooBig))
	if v, err := st.Append("log", []byte("one")); v != 1 || err != nil {
		t.Errorf("append: %d, %v", v, err)
	}
	if v, err := st.Append("log", []byte("two")); v != 2 || err != nil {
		t.Errorf("append: %d, %v", v, err)
	}
	check(t, st.Commit())
	get("a", "\x00\xff", 3)
	get("log", "one\ntwo\n", 2)
	put("a", "lost", 3, 4)
	st.Discard()
	get("a", "\x00\xff", 3)
	// All but 4 + 2 bytes of the limit.
	put("big", strings.Repeat("x", abi.MaxStateBytes-8-2), abi.VersionAny, 1)
	put("b", "1", abi.VersionAny, int64(abi.Limit))
	st.Discard()
	for i := range abi.MaxStateKeys - 2 {
		put("k"+strconv.Itoa(i), "", abi.VersionAny, 1)
	}
	put("one too many", "", abi.VersionAny, int64(abi.Limit))
	st.Discard()
	if got := read(t, r.Path("state", "guard")); got != `{"format":1,"keys":{"a":{"version":3,"base64":"AP8="},"log":{"version":2,"text":"one\ntwo\n"}}}`+"\n" {
		t.Errorf("file is %s", got)
	}
}

func TestStateScopes(t *testing.T) {
	s := store.Open(t.TempDir())
	r := newRun(t, s, "aaa", nil)
	states := map[string]*store.State{
		"run":             r.State(abi.ScopeRun, "h"),
		"other hook":      r.State(abi.ScopeRun, "h2"),
		"odd name":        r.State(abi.ScopeRun, "../h"),
		"batch":           r.State(abi.ScopeBatch, "h"),
		"project":         s.ProjectState("/p", "h"),
		"another project": s.ProjectState("/q", "h"),
	}
	for name, st := range states {
		if _, err := st.Put("k", []byte(name), abi.VersionAbsent); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		check(t, st.Commit())
	}
	for name, st := range states {
		if got, _, err := st.Get("k"); err != nil || string(got) != name {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		st.Discard()
	}
	if _, err := r.State(abi.ScopeProject, "h").Put("k", nil, -1); !errors.Is(err, abi.Unsupported) {
		t.Errorf("got %v, want UNSUPPORTED", err)
	}
	for hook, want := range map[string]string{"lr-guard": "lr-guard", "a.b_C": "a.b_C", "../x": "%2E.%2Fx", ".": "%2E", "a~": "a%7E", "é": "%C3%A9"} {
		if got := store.FileName(hook); got != want {
			t.Errorf("file of %q is %q, want %q", hook, got, want)
		}
	}
	if a, b := store.FileName(""), store.FileName(strings.Repeat("x", 500)); a == b || len(b) != 65 {
		t.Errorf("files are %q and %q", a, b)
	}
}

func TestStateErrors(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	check(t, os.Mkdir(r.Path("state"), 0o755))
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "malformed state file: unexpected end of JSON input"},
		{"half", `{"format":1,"keys":{"a":`, "malformed state file: unexpected end of JSON input"},
		{"format", `{"format":2}`, "state file has format 2, want 1"},
		{"version", `{"format":1,"keys":{"a":{"text":""}}}`, `malformed state file: key "a" has version 0`},
	} {
		write(t, r.Path("state", tt.name), tt.text)
		_, _, err := r.State(abi.ScopeRun, tt.name).Get("a")
		if want := "state of hook " + tt.name + ": " + tt.want + ": IO"; err == nil || err.Error() != want || !errors.Is(err, abi.IO) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Nothing that is appended is lost: 8 users of 200 appends each, one transaction a piece.
func TestStateConcurrent(t *testing.T) {
	const users, count = 8, 200
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	t.Run("goroutines", func(t *testing.T) {
		var wg sync.WaitGroup
		for i := range users {
			wg.Go(func() {
				if err := appendAll(r.State(abi.ScopeRun, "hook"), "g", strconv.Itoa(i), count); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		checkAppended(t, r, "g", users, count)
	})
	t.Run("processes", func(t *testing.T) {
		var cmds []*exec.Cmd
		for i := range users {
			cmd := spawn(t, "append", r.Dir, "p", strconv.Itoa(i), strconv.Itoa(count))
			check(t, cmd.Start())
			cmds = append(cmds, cmd)
		}
		for _, cmd := range cmds {
			check(t, cmd.Wait())
		}
		checkAppended(t, r, "p", users, count)
	})
	// No temporary file is left.
	left, err := filepath.Glob(r.Path("state", ".tmp-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func checkAppended(t *testing.T, r *store.Run, key string, users, count int) {
	t.Helper()
	st := r.State(abi.ScopeRun, "hook")
	defer st.Discard()
	value, version, err := st.Get(key)
	check(t, err)
	if version != int64(users*count) {
		t.Errorf("version is %d, want %d", version, users*count)
	}
	next := map[string]int{}
	for line := range bytes.Lines(value) {
		user, n, _ := strings.Cut(strings.TrimSpace(string(line)), "-")
		if n != strconv.Itoa(next[user]) {
			t.Fatalf("user %s appended %s, want %d", user, n, next[user])
		}
		next[user]++
	}
	if len(next) != users {
		t.Errorf("records of %d users, want %d", len(next), users)
	}
}

// Counting with compare and set: who loses reads again.
func TestStateCompareAndSet(t *testing.T) {
	r := newRun(t, store.Open(t.TempDir()), "aaa", nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			st := r.State(abi.ScopeRun, "hook")
			for range 50 {
				value, version, err := st.Get("n")
				if err != nil && !errors.Is(err, abi.NotFound) {
					t.Error(err)
				}
				n, _ := strconv.Atoi(string(value))
				if _, err := st.Put("n", fmt.Append(nil, n+1), version); err != nil {
					t.Error(err) // within the transaction nobody else can come between
				}
				if err := st.Commit(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	st := r.State(abi.ScopeRun, "hook")
	defer st.Discard()
	if value, _, err := st.Get("n"); err != nil || string(value) != "200" {
		t.Errorf("counted %q, %v", value, err)
	}
}

func FuzzState(f *testing.F) {
	f.Add([]byte(`{"format":1,"keys":{"a":{"version":3,"base64":"AP8="},"b":{"version":1,"text":"x"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := store.DecodeValues(data)
		if err == nil && v == nil {
			t.Error("neither values nor an error")
		}
	})
}
