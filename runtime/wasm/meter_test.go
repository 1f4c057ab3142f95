package wasm_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

var arguments = []uint64{0, 1, 2, 3, 4, 5, 7, 8, 12, 31, 64, 100}

// A metered module does what the original does, in both engines, with the same fuel in both.
func TestMeteredIsTheSame(t *testing.T) {
	for name, b := range modules(t, "run") {
		t.Run(name, func(t *testing.T) {
			m, out := parse(t, b), meter(t, b)
			again := meter(t, b)
			if !slices.Equal(out.Bytes, again.Bytes) {
				t.Error("two rewritings differ")
			}
			plain := newHost(t, compiler()).load(t, b)
			fast := newHost(t, compiler()).loadMetered(t, out)
			slow := newHost(t, interpreter()).loadMetered(t, out)
			some := arguments
			if name == "loops" {
				some = []uint64{1, 2} // it counts down to 0, through a lot
			}
			for f, params := range functions(m) {
				for _, arg := range some {
					args := slices.Repeat([]uint64{arg}, params)
					want, _, wantErr := plain.call(t.Context(), plenty, f, args...)
					got, fuel, err := fast.call(t.Context(), plenty, f, args...)
					if (err == nil) != (wantErr == nil) || !same(got, want) {
						t.Errorf("%s(%d) = %v, %v, want %v, %v", f, arg, got, err, want, wantErr)
					}
					got, slowFuel, err := slow.call(t.Context(), plenty, f, args...)
					if (err == nil) != (wantErr == nil) || !same(got, want) {
						t.Errorf("%s(%d) = %v, %v when interpreted, want %v, %v", f, arg, got, err, want, wantErr)
					}
					if fuel != slowFuel || f != "twice" && fuel == 0 {
						t.Errorf("%s(%d) uses %d units, %d when interpreted", f, arg, fuel, slowFuel)
					}
				}
			}
			if got, want := fast.state(nil), plain.state(nil); !slices.Equal(got, want) {
				t.Errorf("memory differs")
			}
		})
	}
}

// The budget decides where a call is stopped, not what it computes: with any slice the fuel is the same.
func TestFuelIsExact(t *testing.T) {
	b := modules(t, "run")["loops"]
	g := newHost(t, compiler()).loadMetered(t, meter(t, b))
	for f, arg := range map[string]uint64{"fib": 22, "lcg": 200_000, "sieve": 3, "mat": 2, "calls": 100_000} {
		want, fuel, err := g.call(t.Context(), plenty, f, arg)
		if err != nil {
			t.Fatal(err)
		}
		got, used, err := g.call(t.Context(), fuel, f, arg)
		if err != nil || !same(got, want) || used != fuel {
			t.Errorf("%s with exactly its %d units = %v, %v, used %d", f, fuel, got, err, used)
		}
		if _, used, err = g.call(t.Context(), fuel/2, f, arg); !errors.Is(err, wasm.ErrFuel) || used < fuel/2 || used > fuel/2+100_000 {
			t.Errorf("%s with half of %d units: %v, used %d", f, fuel, err, used)
		}
		g = newHost(t, compiler()).loadMetered(t, meter(t, b))
	}
}

func TestStops(t *testing.T) {
	want := map[string]error{
		"spin": wasm.ErrFuel, "nested": wasm.ErrFuel, "empty": wasm.ErrFuel, "blocks": wasm.ErrFuel, "params": wasm.ErrFuel,
		"double": wasm.ErrFuel, "chain": wasm.ErrFuel, "fill": wasm.ErrFuel, "fills": wasm.ErrFuel,
		"deep": wasm.ErrDepth, "deeploop": wasm.ErrDepth, "indirect": wasm.ErrDepth, "pair": wasm.ErrDepth, "once": wasm.ErrDepth,
	}
	b := modules(t, "stop")["stop"]
	m, out := parse(t, b), meter(t, b)
	for f := range functions(m) {
		var fuels []uint64
		for _, cfg := range []wazero.RuntimeConfig{compiler(), interpreter()} {
			h := newHost(t, cfg)
			g := h.loadMetered(t, out)
			const budget = 3_000_000
			start := time.Now()
			_, fuel, err := g.call(t.Context(), budget, f)
			if !errors.Is(err, want[f]) || want[f] == nil {
				t.Errorf("%s: %v, want %v", f, err, want[f])
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s ended only after %v", f, took)
			}
			if want[f] == wasm.ErrFuel && (fuel < budget || fuel > budget+50_000) {
				t.Errorf("%s used %d of %d units", f, fuel, budget)
			}
			if want[f] == wasm.ErrFuel && h.yields < 2 {
				t.Errorf("%s called the host only %d times", f, h.yields)
			}
			fuels = append(fuels, fuel)
		}
		if fuels[0] != fuels[1] {
			t.Errorf("%s uses %d units, %d when interpreted", f, fuels[0], fuels[1])
		}
	}
}

func TestStopsStartFunction(t *testing.T) {
	out := meter(t, modules(t, "stop")["start"])
	h := newHost(t, compiler())
	h.tank = out.NewTank(3_000_000)
	_, err := h.runtime.InstantiateWithConfig(t.Context(), out.Bytes, wazero.NewModuleConfig())
	if !errors.Is(err, wasm.ErrFuel) {
		t.Errorf("instantiation: %v, want %v", err, wasm.ErrFuel)
	}
}

// MaxDepth is exact: a recursion of n calls needs n, whatever the fuel.
func TestMaxDepth(t *testing.T) {
	b := modules(t, "run")["calls"]
	for _, depth := range []uint32{1, 2, 5, 100, 1800} {
		out, err := wasm.Meter(b, wasm.MeterConfig{MaxDepth: depth})
		if err != nil {
			t.Fatal(err)
		}
		for _, cfg := range []wazero.RuntimeConfig{compiler(), interpreter()} {
			g := newHost(t, cfg).loadMetered(t, out)
			if _, _, err := g.call(t.Context(), plenty, "fact", uint64(depth)); err != nil {
				t.Errorf("%d calls with a limit of %d: %v", depth, depth, err)
			}
			if _, _, err := g.call(t.Context(), plenty, "fact", uint64(depth)+1); !errors.Is(err, wasm.ErrDepth) {
				t.Errorf("%d calls with a limit of %d: %v, want %v", depth+1, depth, err, wasm.ErrDepth)
			}
		}
	}
}

func TestChargesBySize(t *testing.T) {
	b := modules(t, "run")["bulk"]
	g := newHost(t, compiler()).loadMetered(t, meter(t, b))
	for _, tt := range []struct {
		name        string
		small, more uint64
		least, most uint64 // units for the difference
	}{
		{"fill", 8, 8 + 8000, 2000, 2000},
		{"copy", 8, 8 + 8000, 2000, 2000},
		{"grow", 0, 1, 8192, 8192},
		{"grow", 0, 1000, 0, 0}, // does not succeed
		{"tgrow", 0, 10, 10, 10},
		{"tgrow", 0, 4_000_000_000, 0, 0},
		{"tfill", 0, 3, 3, 3},
	} {
		_, small, err := g.call(t.Context(), plenty, tt.name, tt.small)
		if err != nil {
			t.Fatal(err)
		}
		_, more, err := g.call(t.Context(), plenty, tt.name, tt.more)
		if err != nil {
			t.Fatal(err)
		}
		if d := more - small; d < tt.least || d > tt.most {
			t.Errorf("%s(%d) takes %d units more than %s(%d), want %d to %d", tt.name, tt.more, d, tt.name, tt.small, tt.least, tt.most)
		}
	}
}

// A table cannot grow without bound even if it says so.
func TestTablesAreBounded(t *testing.T) {
	b := modules(t, "run")["bulk"]
	lim := wasm.DefaultLimits()
	lim.TableSize = 10
	m, err := wasm.Parse(b, lim)
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.Meter(wasm.MeterConfig{})
	if err != nil {
		t.Fatal(err)
	}
	g := newHost(t, compiler()).loadMetered(t, out)
	if got, _, err := g.call(t.Context(), plenty, "tgrow", 8); err != nil || got[0] != 210 {
		t.Errorf("growing to 10 = %v, %v", got, err)
	}
	if got, _, err := g.call(t.Context(), plenty, "tgrow", 1); err != nil || int32(got[0]) != -90 {
		t.Errorf("growing over 10 = %v, %v", got, err)
	}
}

// Setting memory and globals back restores an instance exactly.
func TestRestore(t *testing.T) {
	b := modules(t, "run")["globals"]
	out := meter(t, b)
	if !out.Restorable || len(out.Globals) != 4 {
		t.Fatalf("restorable %v, globals %v", out.Restorable, out.Globals)
	}
	g := newHost(t, compiler()).loadMetered(t, out)
	mem, _ := g.mod.Memory().Read(0, g.mod.Memory().Size())
	saved := slices.Clone(mem)
	words := g.state(out.Globals)
	first, _, _ := g.call(t.Context(), plenty, "step", 3)
	second, _, _ := g.call(t.Context(), plenty, "step", 3)
	if same(first, second) {
		t.Fatal("nothing to restore")
	}
	g.mod.Memory().Write(0, saved)
	for i, name := range out.Globals {
		g.mod.ExportedGlobal(name).(api.MutableGlobal).Set(words[i])
	}
	if !slices.Equal(g.state(out.Globals), words) {
		t.Error("state is not what it was")
	}
	if again, _, _ := g.call(t.Context(), plenty, "step", 3); !same(first, again) {
		t.Errorf("after restoring %v, want %v", again, first)
	}
	for name, want := range map[string]bool{"globals": true, "loops": true, "bulk": false, "calls": false} {
		if got := meter(t, modules(t, "run")[name]).Restorable; got != want {
			t.Errorf("%s: restorable %v, want %v", name, got, want)
		}
	}
}

// Names survive, for stack traces.
func TestNames(t *testing.T) {
	out := meter(t, modules(t, "stop")["stop"])
	g := newHost(t, compiler()).loadMetered(t, out)
	_, _, err := g.call(t.Context(), 1000, "deep")
	if err == nil || !containsAll(err.Error(), "guild_meter.yield", ".deep()") {
		t.Errorf("trace without names: %v", err)
	}
	m := parse(t, modules(t, "stop")["stop"])
	if _, ok := m.Custom("name"); !ok {
		t.Error("no name section")
	}
}

// What was metered is not metered again.
func TestReserved(t *testing.T) {
	out := meter(t, modules(t, "run")["loops"])
	_, err := wasm.Meter(out.Bytes, wasm.MeterConfig{})
	var e *wasm.Error
	if !errors.As(err, &e) || e.Kind != wasm.Reserved {
		t.Errorf("metering twice: %v", err)
	}
}
