package wasm_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
)

// Functions that are not counted as open calls do not let a circle of calls become deeper than is allowed.
func TestDepthOfLightFunctions(t *testing.T) {
	b := modules(t, "stop")["light"]
	var ends []uint64
	for _, cfg := range []wazero.RuntimeConfig{compiler(), interpreter()} {
		g := newHost(t, cfg).loadMetered(t, meter(t, b))
		_, fuel, err := g.call(t.Context(), plenty, "round")
		if !errors.Is(err, wasm.ErrDepth) {
			t.Errorf("round: %v, want %v", err, wasm.ErrDepth)
		}
		rounds := g.mod.ExportedGlobal("marks").Get()
		if frames := rounds * 5; frames < wasm.DefaultMaxDepth-10 || frames > wasm.DefaultMaxDepth+10 {
			t.Errorf("%d functions were open at the end, want about %d", frames, wasm.DefaultMaxDepth)
		}
		ends = append(ends, rounds, fuel)
	}
	if !slices.Equal(ends[:2], ends[2:]) {
		t.Errorf("ends differ: %v", ends)
	}
}

// Code without a loop calls the host too: none of it runs for long without.
func TestStraightCodeYields(t *testing.T) {
	leaf := slices.Repeat([]byte{0x41, 0, 0x1a}, 40_000) // drop a constant: 40,000 units
	calls := slices.Repeat([]byte{0x10, 0}, 2_000)       // of the leaf
	deep := append([]byte{0x10, 2}, leaf[:3*20_000]...)  // calls itself, with much to do on the way back
	b := straight(0, leaf, calls, deep)
	for f, want := range map[string]error{"1": wasm.ErrFuel, "2": wasm.ErrDepth} {
		for _, cfg := range []wazero.RuntimeConfig{compiler(), interpreter()} {
			h := newHost(t, cfg)
			const budget = 5_000_000
			_, fuel, err := h.loadMetered(t, meter(t, b)).call(t.Context(), budget, f)
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", f, err, want)
			}
			if want == wasm.ErrFuel && (fuel < budget || fuel > budget+100_000 || h.yields < budget/wasm.YieldEvery) {
				t.Errorf("%s used %d of %d units, and called the host %d times", f, fuel, budget, h.yields)
			}
		}
	}
}

// A call of a function costs the same whether the function pays or its callers do, which they can where there is no other way in.
func TestCallersPay(t *testing.T) {
	leaf := slices.Repeat([]byte{0x41, 0, 0x1a}, 100) // 100 units, and one for entering
	calls := slices.Repeat([]byte{0x10, 0}, 50)
	for _, exported := range []int{0, 1} {
		b := straight(exported, leaf, calls)
		_, fuel, err := newHost(t, compiler()).loadMetered(t, meter(t, b)).call(t.Context(), plenty, "1")
		if want := uint64(1 + 50*(2+101)); err != nil || fuel != want {
			t.Errorf("exported from %d: %d units, %v, want %d", exported, fuel, err, want)
		}
	}
}

// straight is a module of functions with the given code. From one on they are exported, by their numbers.
func straight(exported int, bodies ...[]byte) []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, content []byte) {
		out = append(binary.AppendUvarint(append(out, id), uint64(len(content))), content...)
	}
	n := byte(len(bodies))
	functions, exports, code := []byte{n}, []byte{n - byte(exported)}, []byte{n}
	for i, b := range bodies {
		functions = append(functions, 0)
		if i >= exported {
			exports = append(exports, 1, byte('0'+i), 0, byte(i))
		}
		code = binary.AppendUvarint(code, uint64(len(b)+2))
		code = append(append(append(code, 0), b...), 0x0b)
	}
	section(1, []byte{1, 0x60, 0, 0})
	section(3, functions)
	section(7, exports)
	section(10, code)
	return out
}
