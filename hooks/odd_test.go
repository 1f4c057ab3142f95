package hooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/hooks"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// oddValues are what a parameter may be given by mistake or on purpose.
var oddValues = []string{
	`null`, `true`, `""`, `" "`, `"größe"`, `"a\nb"`, `"\u0000"`, `"../x.json"`, `"\"quoted\".json"`, `0`, `-1`, `1.5`, `1e308`, `5e-324`, `2147483648`, `4294967296`,
	`9223372036854775807`, `-9223372036854775808`, `18446744073709551616`, `".nan"`, `[]`, `[""]`, `["["]`, `["a.b","\""]`, `[null]`, `{}`, `{"":{}}`,
	`{"lr":"int"}`, `{"lr":[]}`, `{"lr":{"min":1e999}}`, `{"größe":{"max":-1e308}}`,
}

// oddDocuments are events about little, and about what is strange.
var oddDocuments = []string{
	`{}`,
	`{"run":{"id":"","op":"","status":"","flags":{},"flags_set":[],"scalars":{},"output_tail":""},"batch":{"trials":[]}}`,
	`{"run":{"id":"größe 'x'","op":"ö\"p+","is_batch":true,"status":"error","exit_status":-9,"duration":1e300,"random_seed":4294967295,"flags_set":["lr"],"output_tail":"\u0000\n\n",
		"flags":{"":0,"a.b":null,"größe":9223372036854775807,"lr":".nan","list":[1,[2]],"map":{"port":"x"}},"scalars":{"":{"last":null,"min":null,"max":null,"step":0},"a.b":{"last":-0.0,"step":9223372036854775807},"loss":{"last":1e308,"min":-1e308,"max":1e308,"count":1,"step":1}},
		"step":"","step_result":{"skipped":true},"stop_reason":"\u001b[31m"},
	  "needed":{"matches":[]},"project":{"vcs":{"changed":["modified ö","untracked a b"],"commit":""}},
	  "batch":{"id":"b","count":-1,"index":0,"replicate":0,"replicates":0,"condition":"","conditions":[""],"random_seed":0,"trials":[
		{"index":0,"id":"größe","flags":{"a.b":1,"lr":1e308},"status":"completed","duration":0,"scalars":{"loss":{"last":null},"":{"last":1}}},
		{"index":1,"flags":{"lr":-1e308},"condition":"../x","skipped":"stopped"},
		{"index":2,"flags":{},"condition":"\u0000","status":"completed","duration":1e300,"scalars":{"loss":{"last":1e308}},"error":"a\nb"}]}}`,
}

// oddEngine keeps compiled modules between loads.
func oddEngine(t *testing.T) *engine.Engine {
	t.Helper()
	e := engine.New(engine.Config{CacheDir: t.TempDir()})
	t.Cleanup(func() { _ = e.Close(context.Background()) })
	return e
}

// TestOddParameters: whatever a parameter is, it is refused in one line that names it, or every event comes to its end, whatever it is
// about.
func TestOddParameters(t *testing.T) {
	e := oddEngine(t)
	for _, name := range builtins() {
		d := describe(t, name)
		for _, param := range slices.Sorted(maps.Keys(d.Params)) {
			for _, value := range oddValues {
				params := map[string]any{}
				if name == "early-stop" { // which must have a rule
					params["scalar"], params["nan"] = "loss", true
				}
				if err := json.Unmarshal(fmt.Appendf(nil, `{%q:%s}`, param, value), &params); err != nil {
					continue // no value of Go's either
				}
				o := newOdd(t, e, name, params)
				res, err := o.call(abi.OnInit, oddDocuments[0])
				if err != nil {
					t.Errorf("%s: %s=%s: %v", name, param, value, err)
					continue
				}
				if res.Denied {
					if strings.Contains(res.Reason, "\n") || !strings.Contains(res.Reason, param) && !strings.Contains(res.Reason, "no run could go on") {
						t.Errorf("%s: %s=%s: %s", name, param, value, res.Reason)
					}
					continue
				}
				o.all(d.Events, fmt.Sprintf("%s: %s=%s", name, param, value))
			}
		}
		newOdd(t, e, name, nil).all(d.Events, name)
	}
}

// odd calls events of a hook whose files and state nobody looks at.
type odd struct {
	t    *testing.T
	hook *engine.Hook
	dir  string
	run  *store.Run
}

func newOdd(t *testing.T, e *engine.Engine, name string, params map[string]any) *odd {
	t.Helper()
	module, _ := hooks.Module(name)
	info, err := engine.Inspect(module)
	if err != nil {
		t.Fatal(err)
	}
	o := &odd{t: t, dir: t.TempDir(), run: &store.Run{ID: "run", Dir: t.TempDir()}}
	if o.hook, err = e.Load(t.Context(), engine.Spec{Name: name, Module: module, Grants: info.Section.Allow, Params: params}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *odd) call(event abi.Event, document string) (*engine.Result, error) {
	area, err := stage.Open(o.dir)
	if err != nil {
		o.t.Fatal(err)
	}
	defer area.Close()
	info, _ := abi.Lookup(event)
	tx := area.Begin(stage.TxOptions{Write: []string{"**"}, Remove: info.Has(abi.MayRemoveStage), ReadOnly: !info.Has(abi.MayWriteStage)})
	defer tx.Discard()
	state := o.run.State(abi.ScopeRun, "odd")
	defer state.Discard()
	return o.hook.Call(o.t.Context(), engine.Call{
		Event: event, Document: []byte(document), Stage: staged{tx},
		State: func(int32) engine.State { return state },
	})
}

// excused are the failures that are the host's to tell: what is not granted, globs (of which hooks know nothing), and an operation that
// has no name, as none has.
var excused = []string{"no stage.write grant covers ", "malformed glob ", `malformed key ""`}

// all calls all events with every document.
func (o *odd) all(events []abi.Event, what string) {
	for i, document := range oddDocuments {
		for _, event := range events {
			_, err := o.call(event, document)
			var f *engine.Failure
			if errors.As(err, &f) && slices.ContainsFunc(excused, func(e string) bool { return strings.Contains(f.Message, e) }) {
				continue
			}
			if err != nil {
				o.t.Errorf("%s: document %d: %s: %v", what, i, event, err)
			}
		}
	}
}
