package wasm_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// features is the allowed set, in wazero's words.
const features = api.CoreFeaturesV2 &^ api.CoreFeatureSIMD

func compiler() wazero.RuntimeConfig {
	return wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features).WithMemoryLimitPages(256)
}

func interpreter() wazero.RuntimeConfig {
	return wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features).WithMemoryLimitPages(256)
}

// host runs modules, metered or not, in one engine. Its tank is that of the call at work.
type host struct {
	runtime wazero.Runtime
	tank    *wasm.Tank
	yields  int
}

func newHost(t testing.TB, cfg wazero.RuntimeConfig) *host {
	t.Helper()
	// A fuzz target's context ends in the middle of its last input.
	ctx := context.WithoutCancel(t.Context())
	h := &host{runtime: wazero.NewRuntimeWithConfig(ctx, cfg)}
	t.Cleanup(func() { h.runtime.Close(ctx) })
	yield := func(_ context.Context, mod api.Module, _ []uint64) {
		h.yields++
		g := mod.ExportedGlobal(wasm.FuelGlobal).(api.MutableGlobal)
		word, err := h.tank.Yield(g.Get())
		if err != nil {
			panic(err)
		}
		g.Set(word)
	}
	_, err := h.runtime.NewHostModuleBuilder(wasm.YieldModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(yield), nil, nil).Export(wasm.YieldFunc).Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// env has what the modules of the tests import.
	env, err := os.ReadFile(filepath.Join("testdata", "env.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.runtime.InstantiateWithConfig(ctx, env, wazero.NewModuleConfig().WithName("env")); err != nil {
		t.Fatal(err)
	}
	return h
}

// guest is an instance. Metered is nil for a module as it was.
type guest struct {
	*host
	mod     api.Module
	metered *wasm.Metered
}

func (h *host) load(t testing.TB, b []byte) *guest {
	t.Helper()
	mod, err := h.runtime.InstantiateWithConfig(context.WithoutCancel(t.Context()), b, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	return &guest{host: h, mod: mod}
}

const plenty = 1 << 40

func (h *host) loadMetered(t testing.TB, m *wasm.Metered) *guest {
	t.Helper()
	h.tank = m.NewTank(plenty)
	g := h.load(t, m.Bytes)
	g.metered = m
	return g
}

// call returns the results, and the fuel used by a metered guest.
func (g *guest) call(ctx context.Context, budget uint64, name string, args ...uint64) (results []uint64, fuel uint64, err error) {
	if g.metered == nil {
		results, err = g.mod.ExportedFunction(name).Call(ctx, args...)
		return results, 0, err
	}
	word := g.mod.ExportedGlobal(wasm.FuelGlobal).(api.MutableGlobal)
	g.tank = g.metered.NewTank(budget)
	word.Set(g.tank.Start())
	results, err = g.mod.ExportedFunction(name).Call(ctx, args...)
	return results, g.tank.Used(word.Get()), err
}

// functions are the names of the exported functions, and how many parameters each has.
func functions(m *wasm.Module) map[string]int {
	names := map[string]int{}
	for _, ex := range m.Exports {
		if ex.Kind == wasm.KindFunc {
			names[ex.Name] = len(ex.Type.Params)
		}
	}
	return names
}

func modules(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.wasm"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no modules in %s: %v", dir, err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".wasm")] = b
	}
	return out
}

func parse(t testing.TB, b []byte) *wasm.Module {
	t.Helper()
	m, err := wasm.Parse(b, wasm.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func meter(t testing.TB, b []byte) *wasm.Metered {
	t.Helper()
	out, err := wasm.Meter(b, wasm.MeterConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same compares results bit by bit, but takes every NaN for the same, as engines may.
func same(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !(math.IsNaN(math.Float64frombits(a[i])) && math.IsNaN(math.Float64frombits(b[i]))) {
			return false
		}
	}
	return true
}

// state is the memory and all mutable globals, in an order of their own.
func (g *guest) state(names []string) []uint64 {
	var out []uint64
	for _, n := range names {
		out = append(out, g.mod.ExportedGlobal(n).Get())
	}
	if mem := g.mod.ExportedMemory("memory"); mem != nil {
		b, _ := mem.Read(0, mem.Size())
		h := uint64(14695981039346656037)
		for _, c := range b {
			h = (h ^ uint64(c)) * 1099511628211
		}
		out = append(out, uint64(mem.Size()), h)
	}
	return out
}

func containsAll(s string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}
