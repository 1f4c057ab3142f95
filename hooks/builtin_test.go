package hooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/hooks"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// bench calls events of a built-in hook, with real files and real state.
type bench struct {
	t     *testing.T
	hook  *engine.Hook
	name  string
	dir   string // the stage
	store *store.Store
	runs  map[int32]*store.Run // scope -> run that keeps its state
	now   time.Time
	grant []string
}

// newBench loads a hook with parameters (JSON) and the grants that its description asks for.
func newBench(t *testing.T, name, params string) *bench {
	t.Helper()
	module, ok := hooks.Module(name)
	if !ok {
		t.Fatalf("no hook %q", name)
	}
	b := &bench{t: t, name: name, dir: t.TempDir(), runs: map[int32]*store.Run{}, now: time.Unix(1_800_000_000, 0)}
	info, err := engine.Inspect(module)
	if err != nil {
		t.Fatal(err)
	}
	spec := engine.Spec{Name: name, Module: module, Grants: info.Section.Allow}
	if err := json.Unmarshal([]byte(params), &spec.Params); err != nil {
		t.Fatal(err)
	}
	for _, g := range info.Section.Allow {
		if glob, ok := strings.CutPrefix(string(g), "stage.write:"); ok {
			b.grant = append(b.grant, glob)
		}
	}
	e := engine.New(engine.Config{})
	t.Cleanup(func() { _ = e.Close(context.Background()) })
	if b.hook, err = e.Load(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	b.store = store.Open(t.TempDir())
	for _, scope := range []int32{abi.ScopeRun, abi.ScopeBatch} {
		b.newRun(scope)
	}
	return b
}

// newRun begins another run, or batch: one without state.
func (b *bench) newRun(scope int32) {
	b.t.Helper()
	dir := b.t.TempDir()
	b.runs[scope] = &store.Run{ID: "run", Dir: dir}
}

// try calls an event. What the hook did to files and state is kept if it returned well.
func (b *bench) try(event abi.Event, document string) (*engine.Result, error) {
	b.t.Helper()
	area, err := stage.Open(b.dir)
	if err != nil {
		b.t.Fatal(err)
	}
	defer area.Close()
	info, _ := abi.Lookup(event)
	tx := area.Begin(stage.TxOptions{Write: b.grant, Remove: info.Has(abi.MayRemoveStage), ReadOnly: !info.Has(abi.MayWriteStage)})
	defer tx.Discard()
	states := map[int32]*store.State{}
	call := engine.Call{
		Event: event, Document: []byte(document), Time: b.now, Stage: staged{tx},
		State: func(scope int32) engine.State {
			if states[scope] == nil && scope == abi.ScopeProject {
				states[scope] = b.store.ProjectState("/project", b.name)
			} else if states[scope] == nil {
				states[scope] = b.runs[scope].State(scope, b.name)
			}
			return states[scope]
		},
	}
	res, err := b.hook.Call(b.t.Context(), call)
	for _, st := range states {
		if err == nil && !res.Denied {
			if err := st.Commit(); err != nil {
				b.t.Fatal(err)
			}
		} else {
			st.Discard()
		}
	}
	if err == nil && !res.Denied {
		if _, err := tx.Commit(); err != nil {
			b.t.Fatal(err)
		}
	}
	return res, err
}

// call is try of what must not fail.
func (b *bench) call(event abi.Event, document string) *engine.Result {
	b.t.Helper()
	res, err := b.try(event, document)
	if err != nil {
		b.t.Fatalf("%s: %v", event, err)
	}
	return res
}

// failure is why an event failed, which it must.
func (b *bench) failure(event abi.Event, document string) string {
	b.t.Helper()
	_, err := b.try(event, document)
	var f *engine.Failure
	if !errors.As(err, &f) {
		b.t.Fatalf("%s: got %v, want a failure", event, err)
	}
	return f.Message
}

// logged is all that an event logged, one line for each record: the level's first letter and the text.
func logged(res *engine.Result) string {
	var lines []string
	for _, l := range res.Logs {
		lines = append(lines, "diwe"[l.Level+1:l.Level+2]+" "+l.Message)
	}
	return strings.Join(lines, "\n")
}

type staged struct{ *stage.Tx }

func (s staged) Stat(path string) (engine.Stat, error) {
	st, err := s.Tx.Stat(path)
	return engine.Stat(st), err
}

// builtins are the hooks that are not for a language.
func builtins() []string {
	return slices.DeleteFunc(hooks.Names(), func(name string) bool { return hooks.Extensions(name) != nil })
}

// TestDescriptions: what a hook says of itself is what it does, and every parameter is explained.
func TestDescriptions(t *testing.T) {
	for _, name := range builtins() {
		module, _ := hooks.Module(name)
		info, err := engine.Inspect(module)
		if err != nil {
			t.Fatal(err)
		}
		s := info.Section
		if s == nil || s.Name != name || s.Description == "" || s.Version == "" {
			t.Errorf("%s describes itself as %+v", name, s)
			continue
		}
		if !slices.Equal(s.Events, info.Events) {
			t.Errorf("%s says it has the events %q, and has %q", name, s.Events, info.Events)
		}
		var grants []abi.Grant
		for _, g := range s.Allow {
			kind, _, _ := strings.Cut(string(g), ":")
			grants = append(grants, abi.Grant(kind))
		}
		slices.Sort(grants)
		if want := slices.Sorted(slices.Values(info.Grants)); !slices.Equal(slices.Compact(grants), want) {
			t.Errorf("%s says it asks for %q, and asks for %q", name, s.Allow, want)
		}
		if len(info.WASI) > 0 {
			t.Errorf("%s imports %q of WASI", name, info.WASI)
		}
		for param, about := range s.Params {
			if about.Help == "" || about.Type == "" {
				t.Errorf("%s: parameter %s has type %q and help %q", name, param, about.Type, about.Help)
			}
		}
		t.Logf("%s: %d bytes", name, len(module))
	}
}

// TestParameters: every hook refuses what it does not know.
func TestParameters(t *testing.T) {
	for _, name := range builtins() {
		res := newBench(t, name, `{"no_such_parameter": 1}`).call(abi.OnInit, "{}")
		if !res.Denied || !strings.HasPrefix(res.Reason, `unknown parameter "no_such_parameter" (`) {
			t.Errorf("%s: denied %v: %s", name, res.Denied, res.Reason)
		}
		res = newBench(t, name, `{}`).call(abi.OnInit, "{}")
		if res.Denied != (name == "early-stop") { // which has nothing to do without a rule
			t.Errorf("%s: of its defaults: denied %v: %s", name, res.Denied, res.Reason)
		}
	}
}
