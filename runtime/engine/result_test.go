package engine_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// What lands in the guest's buffer.
func TestGiven(t *testing.T) {
	const doc = `{"run": {"flags": {"a.b": 1.0, "q\"": 2, "z": null, "a": "<é>"}, "op": "train", "list": [1, {"x": 1e-05}]}}`
	tests := []struct {
		name   string
		values []any
		want   string
	}{
		{"event_get", []any{"run.op"}, `"train"`},
		{"event_get", []any{`run.flags."a.b"`}, `1.0`},
		{"event_get", []any{`run.flags."q\""`}, `2`},
		{"event_get", []any{`"run"."op"`}, `"train"`},
		{"event_get", []any{"run.flags.z"}, `null`},
		{"event_get", []any{"run.list.1"}, `{"x":1e-05}`},
		{"event_get", []any{"run.list.0"}, `1`},
		{"event_get", []any{"run.flags"}, `{"a":"<é>","a.b":1.0,"q\"":2,"z":null}`},
		{"event_get", []any{""}, `{"run":{"flags":{"a":"<é>","a.b":1.0,"q\"":2,"z":null},"list":[1,{"x":1e-05}],"op":"train"}}`},
		{"param_get", []any{"lr"}, `0.1`},
		{"param_get", []any{""}, `{"lr":0.1}`},
		{"stage_list", []any{"**"}, "a.txt\x00src/b\x00"},
		{"stage_list", []any{"*.md"}, ""},
		{"stage_read", []any{"a.txt", 1}, "ello"},
		{"stage_read", []any{"a.txt", 5}, ""},
		{"state_get", []any{0, "k"}, ""},
	}
	c := newCaller(t, withParams)
	for _, test := range tests {
		c.prepare(abi.OnRunBegin)
		c.event.Document = []byte(doc)
		c.state.values["k"] = []byte{}
		data, args := arguments(engine.HostArguments()[test.name], test.values...)
		letters := engine.HostArguments()[test.name]
		at := strings.Index(strings.ReplaceAll(letters, "s", "ss"), "b")
		args[at], args[at+1] = image+100_000, 1000
		for len(args) < 6 {
			args = append(args, 0)
		}
		got, _ := c.call(t, test.name, data, append(args, image+100_000, 200)...)
		if out := c.out(); int(got) != len(test.want) || out[:got] != test.want || strings.Trim(out[got:], "\x00") != "" {
			t.Errorf("%s(%q): got %d %q, want %q", test.name, test.values, got, out, test.want)
		}
		// A buffer that is too small stays as it was, and the length is the same. stage_read fills what there is.
		if len(test.want) > 1 && test.name != "stage_read" {
			args[at+1] = int64(len(test.want) - 1)
			got, _ = c.call(t, test.name, data, append(args, image+100_000, 200)...)
			if strings.Trim(c.out(), "\x00") != "" || int(got) != len(test.want) {
				t.Errorf("%s(%q) with a short buffer: got %d %q", test.name, test.values, got, c.out())
			}
		}
	}
}

func TestStat(t *testing.T) {
	c := newCaller(t)
	c.prepare(abi.OnRunBegin)
	c.call(t, "stage_stat", "a.txt", image, 5, image+100, 0, 0, 0, image+100, 24)
	want := binary.LittleEndian.AppendUint64(nil, 5)
	want = binary.LittleEndian.AppendUint32(want, abi.KindFile)
	want = binary.LittleEndian.AppendUint32(want, 0o644)
	want = binary.LittleEndian.AppendUint64(want, 0)
	if c.out() != string(want) {
		t.Errorf("got %x, want %x", c.out(), want)
	}
}

func TestErrorMessage(t *testing.T) {
	c := newCaller(t)
	c.prepare(abi.OnRunBegin)
	// The guest itself asked for a value "image" that is not there.
	read := func() string {
		n, _ := c.call(t, "error_message", "", image+9000, 200, 0, 0, 0, 0, image+9000, 200)
		return c.out()[:n]
	}
	if got := read(); got != "" {
		t.Errorf("got %q before any error", got)
	}
	c.event.State = func(scope int32) engine.State { return failingState{c.state} }
	if got, want := read(), `state_get: disk on fire \x1b[0m: IO`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// failingState cannot read images.
type failingState struct{ *memState }

func (s failingState) Get(key string) ([]byte, int64, error) {
	if key == "image" {
		return nil, 0, fmt.Errorf("disk on fire \x1b[0m: %w", abi.IO)
	}
	return s.memState.Get(key)
}

func TestErrorsOfInterfaces(t *testing.T) {
	c := newCaller(t)
	for _, test := range []struct {
		err  error
		want abi.Errno
	}{
		{errors.New("gone"), abi.IO},
		{fmt.Errorf("a symlink: %w", abi.Denied), abi.Denied},
		{fmt.Errorf("nonsense: %w", abi.Errno(3)), abi.IO},
		{abi.Limit, abi.Limit},
	} {
		for _, g := range good {
			if !strings.HasPrefix(g.name, "stage_") {
				continue
			}
			c.prepare(g.event)
			c.event.Stage = &memStage{err: test.err}
			data, args := arguments(engine.HostArguments()[g.name], g.values...)
			if got, _ := c.call(t, g.name, data, args...); got != int32(test.want) {
				t.Errorf("%s: got %d, want %s", g.name, got, test.want)
			}
			c.event.Stage = nil
			if got, _ := c.call(t, g.name, data, args...); got != int32(abi.Unsupported) {
				t.Errorf("%s without a stage: got %d", g.name, got)
			}
		}
	}
	c.prepare(abi.OnRunBegin)
	c.event.Document = []byte(`{"run":`)
	if got, _ := c.call(t, "event_get", "run", image, 3, 0, 0); got != int32(abi.IO) {
		t.Errorf("event_get of a malformed document: got %d", got)
	}
}

func TestEffects(t *testing.T) {
	c := newCaller(t)
	tests := []struct {
		name   string
		event  abi.Event
		values []any
		want   engine.Result
	}{
		{"flag_set", abi.OnFlagsComposed, []any{"lr", " [ 1 , 2.0 ] "}, engine.Result{Flags: []engine.Set{{Name: "lr", JSON: raw("[1,2.0]")}}}},
		{"env_set", abi.OnRunBegin, []any{"A", "b c"}, engine.Result{Env: []engine.EnvVar{{Name: "A", Value: "b c"}}}},
		{"attr_set", abi.OnRunStaged, []any{"label", ` "x" `}, engine.Result{Attrs: []engine.Set{{Name: "label", JSON: raw(`"x"`)}}}},
		{"attr_set", abi.OnRunStaged, []any{"tags", `["x", "y"]`}, engine.Result{Attrs: []engine.Set{{Name: "tags", JSON: raw(`["x","y"]`)}}}},
		{"plan_set", abi.OnBatchPlan, []any{"[]"}, engine.Result{Plan: raw("[]")}},
		{"answer", abi.OnFlagsDetect, []any{"{}"}, engine.Result{Answer: raw("{}")}},
		{"lock_request", abi.OnRunEnd, nil, engine.Result{LockRequested: true}},
		{"emit", abi.OnRunProgress, []any{"a.b", "1"}, engine.Result{Emitted: []engine.Emitted{{Topic: "a.b", Data: raw("1")}}}},
		{"stop", abi.OnRunProgress, []any{"enough"}, engine.Result{Stopped: true, Reason: "enough"}},
		{"deny", abi.OnRunBegin, []any{strings.Repeat("é", 3000)}, engine.Result{Denied: true, Reason: strings.Repeat("é", 2048)}},
		{"log", abi.OnRunBegin, []any{1, "a\nb\x00"}, engine.Result{Logs: []engine.LogRecord{{Level: 1, Message: "a\nb\\x00"}}}},
	}
	for _, test := range tests {
		c.prepare(test.event)
		var live []engine.LogRecord
		c.event.Log = func(r engine.LogRecord) { live = append(live, r) }
		data, args := arguments(engine.HostArguments()[test.name], test.values...)
		status, got := c.call(t, test.name, data, args...)
		if status != 0 || got.Fuel == 0 || got.Duration == 0 {
			t.Errorf("%s: got %d, %+v", test.name, status, got)
		}
		got.Fuel, got.Duration = 0, 0
		if !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, *got, test.want)
		}
		if !reflect.DeepEqual(live, got.Logs) {
			t.Errorf("%s: logged %v while it ran", test.name, live)
		}
	}
}

// What a handler set is discarded when it fails or denies; its log is not.
func TestTransaction(t *testing.T) {
	h := load(t, "guests/effects")
	res := succeed(t, h, call(abi.OnRunBegin))
	want := &engine.Result{
		Env:     []engine.EnvVar{{Name: "NAME", Value: "value"}},
		Attrs:   []engine.Set{{Name: "label", JSON: raw(`"a b"`)}},
		Emitted: []engine.Emitted{{Topic: "topic", Data: raw(`"a b"`)}},
		Logs:    []engine.LogRecord{{Message: "value"}},
		Fuel:    res.Fuel, Duration: res.Duration,
	}
	if !reflect.DeepEqual(res, want) {
		t.Errorf("got %+v, want %+v", res, want)
	}

	f := fails(t, h, call(abi.OnRunEnd), engine.KindStatus, `hook "effects": on_run_end: returned 9, want 0`)
	want = &engine.Result{Logs: want.Logs, Fuel: f.Result.Fuel, Duration: f.Result.Duration}
	if !reflect.DeepEqual(f.Result, want) || f.Result.Fuel == 0 {
		t.Errorf("got %+v, want %+v", f.Result, want)
	}

	res = succeed(t, h, call(abi.OnRunStaged))
	want = &engine.Result{Denied: true, Reason: "value", Logs: want.Logs, Fuel: res.Fuel, Duration: res.Duration}
	if !reflect.DeepEqual(res, want) {
		t.Errorf("got %+v, want %+v", res, want)
	}
}

func TestVerdicts(t *testing.T) {
	h := load(t, "guests/deny")
	if res := succeed(t, h, call(abi.OnRunBegin)); !res.Denied || res.Reason != "lr 2 is over the limit" {
		t.Errorf("got %+v", res)
	}
	fails(t, h, call(abi.OnRunEnd), engine.KindStatus, `hook "deny": on_run_end: returned -6, want 0`)
	f := fails(t, load(t, "guests/deny-trap"), call(abi.OnRunBegin), engine.KindTrap, `hook "deny-trap": on_run_begin: trapped: unreachable`)
	if !f.Result.Denied || f.Result.Reason != "no" {
		t.Errorf("got %+v", f.Result)
	}
}

// The guest sees what it set itself, and an unchanged stage is not listed twice.
func TestGuestSeesItsOwnChanges(t *testing.T) {
	h := load(t, "guests/sees")
	c := call(abi.OnFlagsComposed)
	c.Document = []byte(`{"run": {"flags": {"lr": 1}}}`)
	c.Stage = &memStage{}
	res := succeed(t, h, c)
	if got, want := logged(res), "1\n0.5\n{\"lr\":0.5}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c = call(abi.OnRunStaged)
	stage := &memStage{files: map[string][]byte{"a": nil}}
	c.Stage = stage
	if got, want := logged(succeed(t, h, c)), `a\x00`+"\n"+`a\x00b\x00`; got != want || stage.lists != 2 {
		t.Errorf("got %q, want %q, with %d lists", got, want, stage.lists)
	}
}
