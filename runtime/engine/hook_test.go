package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// both runs a test on the compiler and on the interpreter.
func both(t *testing.T, test func(t *testing.T, e *engine.Engine)) {
	t.Run("compiler", func(t *testing.T) { test(t, newEngine(t, engine.Config{})) })
	t.Run("interpreter", func(t *testing.T) { test(t, newEngine(t, engine.Config{Interpreter: true})) })
}

// Guests that fail if anything of an event is left at the next.
func TestEveryEventFindsTheInstanceFresh(t *testing.T) {
	both(t, func(t *testing.T, e *engine.Engine) {
		for _, name := range []string{"counter", "counter-init", "grow", "grow-max", "table", "drop", "start"} {
			h := loadIn(t, e, "guests/"+name)
			var fuel uint64
			for i := range 5 {
				res := succeed(t, h, call(abi.OnRunBegin))
				if fuel != 0 && res.Fuel != fuel {
					t.Errorf("%s: event %d took %d units, the one before %d", name, i, res.Fuel, fuel)
				}
				fuel = res.Fuel
			}
		}
	})
}

// After a trap there is a new instance, which is as the first one was after its initialisation.
func TestInitialisationSurvivesTraps(t *testing.T) {
	both(t, func(t *testing.T, e *engine.Engine) {
		h := loadIn(t, e, "guests/init-trap")
		for range 3 {
			fails(t, h, call(abi.OnRunBegin), engine.KindTrap, `hook "init-trap": on_run_begin: trapped: unreachable`)
			fails(t, h, call(abi.OnRunBegin), engine.KindTrap, `hook "init-trap": on_run_begin: trapped: unreachable`)
			succeed(t, h, call(abi.OnRunEnd))
			succeed(t, h, call(abi.OnRunEnd))
		}
	})
}

func TestFailures(t *testing.T) {
	both(t, func(t *testing.T, e *engine.Engine) {
		tests := []struct{ name, kind, message string }{
			{"status", engine.KindStatus, `hook "status": on_run_begin: returned 3, want 0`},
			{"trap", engine.KindTrap, `hook "trap": on_run_begin: trapped: unreachable`},
			{"divide", engine.KindTrap, `hook "divide": on_run_begin: trapped: integer divide by zero`},
			{"panic", engine.KindPanic, `hook "panic": on_run_begin: lr is \x1b[31mnot\x1b[0m a number at check.rs:7`},
			{"exit", engine.KindPanic, `hook "exit": on_run_begin: panic: boom`},
			{"out-of-memory", engine.KindMemory, `hook "out-of-memory": on_run_begin: ran out of its 1 MiB of memory`},
		}
		for _, test := range tests {
			h := loadIn(t, e, "guests/"+test.name, func(s *engine.Spec) { s.Memory = 1 << 20 })
			for range 2 {
				f := fails(t, h, call(abi.OnRunBegin), test.kind, test.message)
				switch test.name {
				case "trap":
					if !strings.Contains(f.Detail, "check") {
						t.Errorf("no name of a function in %q", f.Detail)
					}
				case "exit":
					if got := logged(f.Result); got != "panic: boom\n\ngoroutine 1 [running]" || f.Result.Logs[0].Level != abi.LevelDebug {
						t.Errorf("logged %q", got)
					}
					if !strings.HasPrefix(f.Detail, "panic: boom\n\ngoroutine 1 [running]") {
						t.Errorf("detail %q", f.Detail)
					}
				}
			}
		}
	})
}

// During initialisation all but six functions answer STATE.
func TestInitialisation(t *testing.T) {
	h := load(t, "guests/init", func(s *engine.Spec) { s.Params = map[string]any{"a": 1} })
	state := fmt.Sprintf("%08x", uint32(0xfffffff5))
	want := []string{
		"00000000", // log
		"00000000", // panic_message
		"00000001", // now
		"00000000", // random
		"00000007", // param_get
		state,      // event_get
		fmt.Sprintf("%08x", len("event_get: cannot be called during initialisation")),
	}
	for len(want) < 25 {
		want = append(want, state)
	}
	for i := range 3 {
		got := succeed(t, h, call(abi.OnRunBegin)).Logs
		if i == 0 {
			if got[0].Message != "hi" {
				t.Errorf("initialisation logged %q", got[0].Message)
			}
			got = got[1:]
		}
		if lines := strings.Fields(got[0].Message); !reflect.DeepEqual(lines, want) {
			t.Errorf("got  %q\nwant %q", lines, want)
		}
	}
}

// What a guest says in vain during initialisation is not lost, and the next event tries again.
func TestInitialisationFails(t *testing.T) {
	h := load(t, "guests/init-panic")
	for range 2 {
		f := fails(t, h, call(abi.OnRunBegin), engine.KindPanic, `hook "init-panic": on_run_begin: during initialisation: params are bad`)
		if got := logged(f.Result); got != "params" {
			t.Errorf("logged %q", got)
		}
	}
}

// One seed and one time give one memory and one result, on both engines, whatever came before.
func TestDeterminism(t *testing.T) {
	type outcome struct {
		log    string
		fuel   uint64
		memory []byte
	}
	play := func(e *engine.Engine, before int, seed byte) outcome {
		h := loadIn(t, e, "guests/random")
		for i := range before {
			c := call(abi.OnRunBegin)
			c.Seed, c.Time = [32]byte{99, byte(i)}, time.Unix(int64(i), 0)
			succeed(t, h, c)
		}
		c := call(abi.OnRunBegin)
		c.Seed = [32]byte{seed}
		res := succeed(t, h, c)
		return outcome{logged(res), res.Fuel, h.Memory()}
	}
	compiled, interpreted := newEngine(t, engine.Config{}), newEngine(t, engine.Config{Interpreter: true})
	want := play(compiled, 0, 1)
	for i, got := range []outcome{play(compiled, 0, 1), play(compiled, 3, 1), play(interpreted, 0, 1), play(interpreted, 2, 1)} {
		if got.log != want.log || got.fuel != want.fuel || !bytes.Equal(got.memory, want.memory) {
			t.Errorf("%d: got %q %d, want %q %d", i, got.log, got.fuel, want.log, want.fuel)
		}
	}
	// The first 16 digits are from initialisation and do not depend on the event; then its time, 1; then what the event drew.
	other := play(compiled, 0, 2)
	if other.log[:32] != want.log[:32] || other.log[32:64] == want.log[32:64] || other.log[64:] != want.log[64:] {
		t.Errorf("got %q with another seed, and %q", other.log, want.log)
	}
	if want.log[64:80] != want.log[80:] {
		t.Errorf("the clock moved: %q", want.log[64:])
	}
}

func TestEcho(t *testing.T) {
	for _, v := range []any{"x", int64(7), 1.5, true, nil, []any{"a", int64(1)}, map[string]any{"b": int64(1), "a": "é<"}} {
		h := load(t, "guests/echo", func(s *engine.Spec) { s.Params = map[string]any{"echo": v} })
		res := succeed(t, h, call(abi.OnFlagsDetect))
		t.Logf("%v: %s", v, res.Answer)
		if len(res.Answer) == 0 {
			t.Errorf("no answer for %v", v)
		}
	}
}

func TestHas(t *testing.T) {
	h := load(t, "guests/deny")
	for _, info := range abi.Events {
		if want := info.Event == abi.OnRunBegin || info.Event == abi.OnRunEnd; h.Has(info.Event) != want {
			t.Errorf("%s: got %t", info.Event, !want)
		}
	}
	if res := succeed(t, h, call(abi.OnInit)); !reflect.DeepEqual(res, &engine.Result{}) {
		t.Errorf("an event without a handler: got %+v", res)
	}
	if h.Name() != "deny" {
		t.Errorf("got name %q", h.Name())
	}
}

// Several hooks of one engine, each called by several goroutines.
func TestParallel(t *testing.T) {
	e := newEngine(t, engine.Config{})
	var wg sync.WaitGroup
	for _, name := range []string{"counter", "counter", "grow", "random", "trap", "deny", "table"} {
		h := loadIn(t, e, "guests/"+name)
		for range 4 {
			wg.Go(func() {
				for range 50 {
					_, err := h.Call(context.Background(), call(abi.OnRunBegin))
					if (err != nil) != (name == "trap") {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
	}
	for range 8 {
		wg.Go(func() { loadIn(t, e, "guests/noop") })
	}
	wg.Wait()
}

func TestClosedEngine(t *testing.T) {
	e := engine.New(engine.Config{})
	h := loadIn(t, e, "guests/noop")
	succeed(t, h, call(abi.OnRunBegin))
	for range 2 {
		if err := e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var f *engine.Failure
	if _, err := h.Call(t.Context(), call(abi.OnRunBegin)); !errors.As(err, &f) || f.Error() != `hook "noop": on_run_begin: the engine is closed` {
		t.Errorf("got %v", err)
	}
	_, err := e.Load(t.Context(), engine.Spec{Name: "x", Module: guest(t, "guests/noop")})
	checkLoadError(t, err, `hook "x": the engine is closed`, "")
}

// The tables of the engine have the functions and the signatures of the tables of the ABI.
func TestTablesAgree(t *testing.T) {
	letters := engine.HostArguments()
	for _, f := range abi.Functions {
		var params []abi.ValueType
		for _, c := range letters[f.Name] {
			switch c {
			case 's', 'b':
				params = append(params, abi.I32, abi.I32)
			case 'l':
				params = append(params, abi.I64)
			default:
				params = append(params, abi.I32)
			}
		}
		if !reflect.DeepEqual(params, append([]abi.ValueType(nil), f.Params...)) {
			t.Errorf("%s has parameters %v, the ABI says %v", f.Name, params, f.Params)
		}
	}
	names := map[string]bool{}
	for _, name := range engine.WASINames() {
		names[name] = true
	}
	for _, f := range abi.WASIFunctions {
		if !names[f.Name] {
			t.Errorf("%s is missing", f.Name)
		}
	}
	if len(letters) != len(abi.Functions) || len(names) != len(abi.WASIFunctions) {
		t.Errorf("got %d and %d functions, want %d and %d", len(letters), len(names), len(abi.Functions), len(abi.WASIFunctions))
	}
}

func TestEscape(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"plain\ttext\n", 100, "plain\ttext\n"},
		{"\x00\x1b\r\x7f", 100, `\x00\x1b\r\x7f`},
		{"é\u009b\u202e\u200b\ufeff", 100, `é\u009b\u202e\u200b\ufeff`},
		{"\U000e0041", 100, `\U000e0041`},
		{"a\xffb\xe9", 100, `a\xffb\xe9`},
		{"ééé", 5, "éé"},
		{"aé", 2, "a"},
		{"ab\x1b", 5, "ab"},
		{"日本", 4, "日"},
	}
	for _, test := range tests {
		if got := engine.Escape([]byte(test.text), test.limit); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}
