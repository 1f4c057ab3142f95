package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// leaks are the places in which a guest can leave something for the next event. Memory and numbers in globals are brought back;
// whatever else a module can change cannot be read from outside, and the engine makes a new instance for each event
// of a module with code that changes it.
var leaks = []struct {
	guest    string
	restored bool // by bringing back, in the same instance
}{
	{"memory", true},
	{"memory-grow", true},
	{"memory-grow-max", false}, // wazero asks for no new memory at the declared maximum, so there is no way to make it smaller
	{"host", true},
	{"global", true},
	{"global-export", true},
	{"global-ref", false},
	{"data", false},
	{"elem", false},
	{"table", false},
	{"table-fill", false},
	{"table-grow", false},
}

// A guest that leaves a mark wherever it can finds none, at any event, after failures of all kinds too.
func TestNothingIsLeftAnywhere(t *testing.T) {
	both(t, func(t *testing.T, e *engine.Engine) {
		for _, leak := range leaks {
			t.Run(leak.guest, func(t *testing.T) {
				name := "leak-" + leak.guest
				h := loadIn(t, e, "guests/"+name, func(s *engine.Spec) { s.Fuel, s.Timeout = 300_000, time.Minute })
				c := call(abi.OnRunBegin)
				c.Document = []byte(`{"run": {"op": "train"}}`)
				var fuel uint64
				look := func() {
					t.Helper()
					res := succeed(t, h, c)
					if fuel != 0 && res.Fuel != fuel {
						t.Errorf("it took %d units, before it took %d", res.Fuel, fuel)
					}
					fuel = res.Fuel
				}
				look()
				first := h.Instance()
				look()
				look()
				if kept := h.Instance() == first; kept != leak.restored {
					t.Errorf("the instance is the same: %t, want %t", kept, leak.restored)
				}
				failing := func(event abi.Event, kind, message string) {
					t.Helper()
					fails(t, h, call(event), kind, fmt.Sprintf("hook %q: %s: %s", name, event, message))
					if h.Instance() != nil {
						t.Error("an instance that failed is kept")
					}
					look()
				}
				for range 2 {
					failing(abi.OnStepBegin, engine.KindStatus, "returned 7, want 0")
					failing(abi.OnStepEnd, engine.KindTrap, "trapped: unreachable")
					failing(abi.OnRunEnd, engine.KindFuel, "used up its 300000 units of fuel")
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					if _, err := h.Call(ctx, call(abi.OnRunEnd)); !errors.Is(err, context.Canceled) {
						t.Errorf("got %v", err)
					}
					look()
				}
				if h.Restorable() != (leak.restored || leak.guest == "memory-grow-max") {
					t.Errorf("restorable: %t", h.Restorable())
				}
			})
		}
	})
}

// Two hooks of one module, in one engine or two, have nothing in common (class 19): each counts for itself, and the state that
// one asks for is never that of the other.
func TestHooksOfOneModuleShareNothing(t *testing.T) {
	both(t, func(t *testing.T, e *engine.Engine) {
		module := guest(t, "guests/counter-init")
		var hooks []*engine.Hook
		for i := range 4 {
			hooks = append(hooks, loadIn(t, e, "guests/counter-init", func(s *engine.Spec) { s.Name = fmt.Sprint("h", i); s.Module = module }))
		}
		var wg sync.WaitGroup
		for _, h := range hooks {
			wg.Go(func() {
				for range 20 {
					if _, err := h.Call(context.Background(), call(abi.OnRunBegin)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for i, h := range hooks {
			for j, other := range hooks {
				if i != j && h.Instance() == other.Instance() {
					t.Errorf("hooks %d and %d have one instance", i, j)
				}
			}
		}
		// One that ends takes nothing with it.
		fails(t, loadIn(t, e, "evil/stale"), call(abi.OnRunBegin), engine.KindTrap, `hook "stale": on_run_begin: trapped: unreachable`)
		for _, h := range hooks {
			succeed(t, h, call(abi.OnRunBegin))
		}
	})
}

// Guests in Go and Rust, which keep their runtimes in memory: see the count in the trace of TestConformance, which is 0 in every line.
func TestConformanceCountsAreZero(t *testing.T) {
	for line := range strings.Lines(string(kitFile(t, "trace.txt"))) {
		if strings.HasPrefix(line, "begin ") && !strings.HasSuffix(line, " 0\n") {
			t.Errorf("got %s", line)
		}
	}
}
