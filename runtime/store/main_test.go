package store_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// childVerb makes the test binary act as another process that uses the store.
const childVerb = "GUILD_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if verb := os.Getenv(childVerb); verb != "" {
		if err := child(strings.Split(verb, "|")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(args []string) error {
	switch args[0] {
	case "hold": // hold HOME NAME: claims, says so, and holds until it is killed
		if _, err := store.Open(args[1]).Claim(context.Background(), args[2], nil); err != nil {
			return err
		}
		fmt.Println("held")
		time.Sleep(time.Minute)
		return nil
	case "append": // append RUNDIR KEY TEXT COUNT
		r, err := store.OpenDir(args[1])
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(args[4])
		return appendAll(r.State(abi.ScopeRun, "hook"), args[2], args[3], n)
	case "create": // create HOME PREFIX COUNT
		s := store.Open(args[1])
		n, _ := strconv.Atoi(args[3])
		for i := range n {
			r, err := s.Create(run.ID(args[2]+strconv.Itoa(i)), script("p", "x.py"))
			if err != nil {
				return err
			}
			if err := finish(s, r, run.Flags{"i": int64(i)}); err != nil {
				return err
			}
		}
		return nil
	case "newest": // newest HOME
		runs, total, err := store.Open(args[1]).Newest(5)
		fmt.Println(total, ids(runs))
		return err
	case "readonly": // readonly HOME: reads a store that it cannot write
		return readOnly(store.Open(args[1]))
	case "trash": // trash HOME ID
		return trash(store.Open(args[1]), run.ID(args[2]))
	}
	return fmt.Errorf("no such verb %q", args[0])
}

// spawn starts the test binary as another process.
func spawn(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVerb+"="+strings.Join(args, "|"))
	cmd.Stderr = os.Stderr
	return cmd
}

func appendAll(st *store.State, key, text string, n int) error {
	for i := range n {
		if _, err := st.Append(key, fmt.Appendf(nil, "%s-%d", text, i)); err != nil {
			return err
		}
		if err := st.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func script(dir, op string) run.OpRef {
	return run.OpRef{Type: run.TypeScript, Package: dir, Op: op}
}

// finish writes what a run that completed has.
func finish(s *store.Store, r *store.Run, flags run.Flags) error {
	now := time.Now().UnixMicro()
	for _, a := range []struct {
		name string
		v    any
	}{{store.AttrFlags, flags}, {store.AttrStarted, now}, {store.AttrExitStatus, 0}} {
		if err := r.SetAttr(a.name, a.v); err != nil {
			return err
		}
	}
	if err := r.Unmark(store.MarkPending); err != nil {
		return err
	}
	return s.Record(r)
}

func ids(runs []*store.Run) string {
	var out []string
	for _, r := range runs {
		out = append(out, string(r.ID))
	}
	return strings.Join(out, " ")
}

// newRun makes a completed run.
func newRun(t testing.TB, s *store.Store, id run.ID, flags run.Flags) *store.Run {
	t.Helper()
	r, err := s.Create(id, script("/proj", "echo.py"))
	if err != nil {
		t.Fatal(err)
	}
	if err := finish(s, r, flags); err != nil {
		t.Fatal(err)
	}
	return r
}

func newest(t testing.TB, s *store.Store) string {
	t.Helper()
	runs, total, err := s.Newest(0)
	if err != nil {
		t.Fatal(err)
	}
	if total != len(runs) {
		t.Errorf("Newest(0) returned %d runs of %d", len(runs), total)
	}
	return ids(runs)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
