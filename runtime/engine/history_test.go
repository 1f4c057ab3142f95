package engine_test

import (
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// What an event costs does not depend on the events before it, or it could not be replayed alone: parameters cost as much
// at every event, although the host knows them from the first on.
func TestFuelHasNoHistory(t *testing.T) {
	both(t, func(t *testing.T, e *engine.Engine) {
		params := map[string]any{"text": strings.Repeat("x", 30_000), "list": []int{1, 2}}
		fresh := func() *engine.Hook {
			return loadIn(t, e, "guests/params", func(s *engine.Spec) { s.Params = params })
		}
		fuel := map[abi.Event]uint64{}
		for _, ev := range []abi.Event{abi.OnRunBegin, abi.OnRunEnd} {
			fuel[ev] = succeed(t, fresh(), call(ev)).Fuel
		}
		if fuel[abi.OnRunBegin] < 16*30_000/8 {
			t.Errorf("a parameter of 30,000 bytes costs %d units", fuel[abi.OnRunBegin])
		}
		h := fresh()
		for i, ev := range []abi.Event{abi.OnRunEnd, abi.OnRunBegin, abi.OnRunBegin, abi.OnRunEnd, abi.OnRunEnd} {
			if got := succeed(t, h, call(ev)).Fuel; got != fuel[ev] {
				t.Errorf("event %d: %s took %d units, %d as the first one", i, ev, got, fuel[ev])
			}
		}
	})
}

// The initialisation can come before the first event, within the same limits, and leaves that event as it is.
func TestInitialise(t *testing.T) {
	both(t, func(t *testing.T, e *engine.Engine) {
		h := loadIn(t, e, "guests/counter-init")
		want := succeed(t, h, call(abi.OnRunBegin)).Fuel
		h = loadIn(t, e, "guests/counter-init")
		for range 2 {
			if err := h.Initialise(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := succeed(t, h, call(abi.OnRunBegin)).Fuel; got != want {
			t.Errorf("the first event took %d units, %d without", got, want)
		}
		for name, want := range map[string]string{
			"evil/init-loop":    `hook "init-loop": during initialisation: used up its 1000000 units of fuel`,
			"evil/start-loop":   `hook "start-loop": during initialisation: used up its 1000000 units of fuel`,
			"guests/init-panic": `hook "init-panic": during initialisation: params are bad`,
		} {
			h := loadIn(t, e, name, func(s *engine.Spec) { s.Fuel = 1_000_000 })
			for range 2 {
				if err := h.Initialise(t.Context(), nil); err == nil || err.Error() != want {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
		}
	})
}
