package engine_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// Modules that load, misbehave, and fail with one text in both engines.
func TestEvil(t *testing.T) {
	const outOfFuel = "used up its 5000000 units of fuel"
	tests := []struct {
		name          string
		event         abi.Event
		kind, message string
	}{
		{"loop", abi.OnRunBegin, engine.KindFuel, outOfFuel},
		{"recursion", abi.OnRunBegin, engine.KindFuel, outOfFuel},
		{"bulk", abi.OnRunBegin, engine.KindFuel, outOfFuel},
		{"host-loop", abi.OnRunBegin, engine.KindFuel, outOfFuel},
		{"init-loop", abi.OnRunBegin, engine.KindFuel, "during initialisation: " + outOfFuel},
		{"start-loop", abi.OnRunBegin, engine.KindFuel, "during initialisation: " + outOfFuel},
		{"start-deny", abi.OnRunBegin, engine.KindTrap, "during initialisation: trapped: unreachable"},
		{"memory-data", abi.OnRunBegin, engine.KindTrap, "during initialisation: trapped: data[0]: out of bounds memory access"},
		{"deep", abi.OnRunBegin, engine.KindStack, "nested its calls too deeply"},
		{"memory-bomb", abi.OnRunBegin, engine.KindMemory, "ran out of its 64 MiB of memory"},
		{"memory-fill", abi.OnRunBegin, engine.KindMemory, "ran out of its 64 MiB of memory"},
		{"table-endless", abi.OnRunBegin, engine.KindFuel, outOfFuel},
		{"log-endless", abi.OnRunBegin, engine.KindFuel, outOfFuel},
		{"output-endless", abi.OnRunBegin, engine.KindFuel, outOfFuel},
		{"emit-big", abi.OnRunBegin, engine.KindStatus, "returned 6409, want 0"},
		{"writes", abi.OnRunStaged, engine.KindStatus, "returned 6409, want 0"},
		{"emits", abi.OnRunBegin, engine.KindStatus, "returned 102409, want 0"},
		{"stale", abi.OnRunBegin, engine.KindTrap, "trapped: unreachable"},
	}
	for _, test := range tests {
		for _, interpreter := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				e := newEngine(t, engine.Config{Interpreter: interpreter})
				h := loadIn(t, e, "evil/"+test.name, func(s *engine.Spec) {
					s.Timeout = time.Minute
					if test.kind == engine.KindFuel {
						s.Fuel = 5_000_000
					}
				})
				c := call(test.event)
				c.Stage = &memStage{}
				want := `hook "` + test.name + `": ` + string(test.event) + ": " + test.message
				fails(t, h, c, test.kind, want)
				fails(t, h, c, test.kind, want)
			})
		}
	}
}

func TestTableCannotGrowWithoutEnd(t *testing.T) {
	succeed(t, load(t, "evil/table-grow"), call(abi.OnRunBegin))
}

func TestFloods(t *testing.T) {
	tests := []struct {
		name             string
		records, dropped int
	}{
		{"log-flood", abi.MaxLogRecords, 10_000 - abi.MaxLogRecords},
		{"log-big", 8, 12},
		// 20 times 50 000 line ends and one long line. Those of 15 000 letters count with 8 KiB.
		{"output-flood", abi.MaxLogRecords, 20*50_000 + 1 - abi.MaxLogRecords},
	}
	for _, test := range tests {
		res := succeed(t, load(t, "evil/"+test.name), call(abi.OnRunBegin))
		bytes := 0
		for _, r := range res.Logs {
			if bytes += len(r.Message); len(r.Message) > abi.MaxLogRecord {
				t.Errorf("%s: a record of %d bytes", test.name, len(r.Message))
			}
		}
		if len(res.Logs) != test.records || res.Dropped != test.dropped || bytes > abi.MaxLogBytes {
			t.Errorf("%s: got %d records with %d bytes, %d dropped", test.name, len(res.Logs), bytes, res.Dropped)
		}
	}
}

func TestTerminalText(t *testing.T) {
	res := succeed(t, load(t, "evil/terminal"), call(abi.OnRunBegin))
	want := `\x1b]0;owned\x07\x1b[2J\rguild: ok` + "\n" + `\u009b1m\u202eelif\x7f`
	if res.Reason != want || logged(res) != want || res.Logs[0].Level != abi.LevelError {
		t.Errorf("got %q, %q, want %q", res.Reason, logged(res), want)
	}
}

func TestDenialsThatCannotBeReadCount(t *testing.T) {
	h := load(t, "evil/deny-badly")
	if res := succeed(t, h, call(abi.OnRunBegin)); !res.Denied || res.Reason != "(the hook's reason could not be read)" {
		t.Errorf("got %+v", res)
	}
	if res := succeed(t, h, call(abi.OnRunStaged)); !res.Denied || res.Reason != "clear at last" {
		t.Errorf("got %+v", res)
	}
}

func TestNothingIsLeftOfAnInstanceThatTrapped(t *testing.T) {
	h := load(t, "evil/stale")
	for range 3 {
		fails(t, h, call(abi.OnRunBegin), engine.KindTrap, `hook "stale": on_run_begin: trapped: unreachable`)
		succeed(t, h, call(abi.OnRunEnd))
	}
}

func TestDeadline(t *testing.T) {
	for _, name := range []string{"loop", "recursion", "bulk", "host-loop", "init-loop", "start-loop"} {
		h := load(t, "evil/"+name, func(s *engine.Spec) { s.Fuel = 1 << 40; s.Timeout = 20 * time.Millisecond })
		began := time.Now()
		_, err := h.Call(t.Context(), call(abi.OnRunBegin))
		took := time.Since(began)
		var f *engine.Failure
		if !errors.As(err, &f) || f.Kind != engine.KindDeadline || !strings.HasSuffix(f.Message, "took longer than 20ms") {
			t.Errorf("%s: got %v", name, err)
		}
		if took > time.Second {
			t.Errorf("%s: took %s", name, took)
		}
	}
}

func TestCancel(t *testing.T) {
	h := load(t, "evil/loop", func(s *engine.Spec) { s.Fuel = 1 << 40; s.Timeout = time.Hour })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := h.Call(ctx, call(abi.OnRunBegin))
	var f *engine.Failure
	if !errors.As(err, &f) || f.Kind != engine.KindDeadline || f.Message != "was interrupted" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := h.Call(ctx, call(abi.OnRunBegin)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A guest that is busy must not keep Go's garbage collector waiting (class 10).
func TestBusyGuestLetsTheCollectorIn(t *testing.T) {
	h := load(t, "evil/loop", func(s *engine.Spec) { s.Fuel = 1 << 40; s.Timeout = 300 * time.Millisecond })
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Call(context.Background(), call(abi.OnRunBegin))
	}()
	time.Sleep(50 * time.Millisecond)
	began := time.Now()
	runtime.GC()
	took := time.Since(began)
	select {
	case <-done:
		t.Errorf("the collector had to wait for the guest: %s", took)
	default:
	}
	<-done
}

// A compile bomb is refused by the static limits, or compiles in bounded time (class 11).
func TestCompileBombs(t *testing.T) {
	tests := []struct{ name, message string }{
		{"long", `hook "x": function 0: body has 200004 bytes, the limit is 131072`},
		{"locals", `hook "x": function 0: has 100000 locals, the limit is 2000`},
	}
	bodies := map[string][]byte{
		"long":   append(append([]byte{0}, bytesOf(200_000, 0x01)...), 0x41, 0, 0x0b),
		"locals": {1, 0xa0, 0x8d, 0x06, 0x7f, 0x41, 0, 0x0b},
	}
	for _, test := range tests {
		_, err := newEngine(t, engine.Config{}).Load(t.Context(), engine.Spec{Name: "x", Module: moduleWith(bodies[test.name])})
		checkLoadError(t, err, test.message, "")
	}
	// As many loops as may be, in each other, with as many locals as that leaves.
	body := []byte{1, 0xfa, 0x01, 0x7e}
	for range 60 {
		body = append(body, 0x03, 0x40)
	}
	body = append(append(body, bytesOf(60, 0x0b)...), 0x41, 0, 0x0b)
	began := time.Now()
	_, err := newEngine(t, engine.Config{}).Load(t.Context(), engine.Spec{Name: "x", Module: moduleWith(body)})
	if err != nil {
		t.Log(err) // refused is good as well
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s to compile", took)
	}
}

func TestCompileIsWatched(t *testing.T) {
	e := newEngine(t, engine.Config{})
	e.SetPatience(time.Nanosecond)
	_, err := e.Load(t.Context(), engine.Spec{Name: "x", Module: guest(t, "guests/call"), Grants: allGrants})
	checkLoadError(t, err, `hook "x": the module takes longer than 1ns to compile`, "")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = newEngine(t, engine.Config{}).Load(ctx, engine.Spec{Name: "x", Module: guest(t, "guests/call"), Grants: allGrants})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func bytesOf(n int, b byte) []byte { return []byte(strings.Repeat(string([]byte{b}), n)) }

// moduleWith makes a module whose handler of on_run_begin has this body.
func moduleWith(body []byte) []byte {
	sized := func(b []byte) []byte {
		var out []byte
		for n := len(b); ; n >>= 7 {
			if n < 0x80 {
				return append(append(out, byte(n)), b...)
			}
			out = append(out, byte(n&0x7f|0x80))
		}
	}
	out := []byte("\x00asm\x01\x00\x00\x00" + "\x01\x05\x01\x60\x00\x01\x7f" + "\x03\x02\x01\x00" + "\x05\x03\x01\x00\x01")
	exports := "\x02" + "\x06memory\x02\x00" + "\x0con_run_begin\x00\x00"
	out = append(append(out, 7), sized([]byte(exports))...)
	return append(append(out, 10), sized(append([]byte{1}, sized(body)...))...)
}
