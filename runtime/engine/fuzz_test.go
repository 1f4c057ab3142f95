package engine_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// FuzzHost calls any function with any arguments and any data. It must never trap, and what comes out must be as promised.
func FuzzHost(f *testing.F) {
	for i, g := range good {
		data, args := arguments(engine.HostArguments()[g.name], g.values...)
		for len(args) < 6 {
			args = append(args, 0)
		}
		f.Add(uint8(i), uint8(i), data, args[0], args[1], args[2], args[3], args[4], args[5])
	}
	f.Add(uint8(0), uint8(9), "", int64(-1), int64(1)<<31, int64(memorySize), int64(1<<63-1), int64(-5), int64(7))
	c := newCaller(f, withParams)
	w := newWASICaller(f)
	f.Fuzz(func(t *testing.T, function, event uint8, data string, a0, a1, a2, a3, a4, a5 int64) {
		if len(data) > 1<<20 {
			t.Skip()
		}
		c.prepare(abi.Events[int(event)%len(abi.Events)].Event)
		c.event.SetFlag, c.event.SetAttr = judge, judge
		c.event.Document = []byte(data)
		who, n := c, int(function)%(len(c.names)+len(w.names))
		if n >= len(c.names) {
			who, n = w, n-len(c.names)
			who.prepare(abi.OnRunBegin)
		}
		request := binary.LittleEndian.AppendUint64(nil, uint64(n))
		for _, a := range []int64{a0, a1, a2, a3, a4, a5, 0, 0} {
			request = binary.LittleEndian.AppendUint64(request, uint64(a))
		}
		who.state.values["call"], who.state.values["image"] = request, []byte(data)
		res, err := who.hook.Call(context.Background(), who.event)
		var failure *engine.Failure
		if errors.As(err, &failure) {
			exits := who == w && w.names[n] == "proc_exit"
			if failure.Kind != engine.KindStatus && !exits {
				t.Fatalf("%s: %v\n%s", who.names[n], err, failure.Detail)
			}
			res = failure.Result
		}
		checkResult(t, res)
	})
}

func checkResult(t *testing.T, res *engine.Result) {
	if !utf8.ValidString(res.Reason) || len(res.Reason) > abi.MaxReason {
		t.Errorf("reason %q", res.Reason)
	}
	for _, r := range res.Logs {
		if engine.Escape([]byte(r.Message), len(r.Message)) != r.Message || len(r.Message) > abi.MaxLogRecord {
			t.Errorf("log %q", r.Message)
		}
	}
	texts := []json.RawMessage{res.Plan, res.Answer}
	for _, s := range append(res.Flags, res.Attrs...) {
		texts = append(texts, s.JSON)
	}
	for _, e := range res.Emitted {
		texts = append(texts, e.Data)
	}
	for _, text := range texts {
		if text != nil && !json.Valid(text) {
			t.Errorf("JSON %q", text)
		}
	}
}

// FuzzSection reads any section guild.hook.
func FuzzSection(f *testing.F) {
	f.Add([]byte(`{"name": "lr-guard", "version": "1.0.0", "events": ["on_init"], "params": {"a": {"type": "float", "default": 1}}, "allow": ["lock"]}`))
	f.Add([]byte(`{"params": {"a": null}, "events": [1]}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := engine.ParseSection(text)
		if (s == nil) == (err == nil) {
			t.Errorf("got %v, %v", s, err)
		}
		if err == nil && !json.Valid(text) {
			t.Errorf("accepted %q", text)
		}
	})
}

// FuzzDocument asks any document for any path, twice.
func FuzzDocument(f *testing.F) {
	f.Add(`{"a": {"b.c": [1, {"d": null}]}}`, `a."b.c".1.d`)
	f.Add(`[1e400, "\ud800"]`, "0")
	f.Add(`{"": 1}`, `""`)
	f.Add(`[0 ]]`, "0")
	f.Fuzz(func(t *testing.T, doc, path string) {
		first, err1 := engine.Ask(doc, path)
		again, err2 := engine.Ask(doc, path)
		if string(first) != string(again) || (err1 == nil) != (err2 == nil) {
			t.Errorf("got %q, %v, then %q, %v", first, err1, again, err2)
		}
		if err1 == nil && !json.Valid(first) {
			t.Errorf("got %q", first)
		}
		if err1 == nil && !json.Valid([]byte(doc)) {
			t.Errorf("accepted %q", doc)
		}
	})
}
