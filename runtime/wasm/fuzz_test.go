package wasm_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
)

func seeds(f *testing.F) {
	for _, dir := range []string{"run", "stop", "refused"} {
		for _, b := range modules(f, dir) {
			f.Add(b)
		}
	}
}

// Parse never panics, and says where. What it accepts it can meter, and what it refuses it does not.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wasm.Parse(b, wasm.DefaultLimits())
		if err != nil {
			var e *wasm.Error
			if !errors.As(err, &e) || e.Text == "" || e.Offset > len(b) {
				t.Fatalf("error %#v", err)
			}
			return
		}
		_ = m.Producers()
		out, err := m.Meter(wasm.MeterConfig{})
		if err != nil {
			var e *wasm.Error
			if !errors.As(err, &e) || e.Kind != wasm.OverLimit {
				t.Fatalf("metering: %v", err)
			}
			return
		}
		lim := wasm.DefaultLimits()
		lim.Module, lim.Body, lim.Joins = 1<<30, 1<<30, 1<<30
		lim.Functions *= 2
		_, err = wasm.Parse(out.Bytes, lim)
		var e *wasm.Error
		if !errors.As(err, &e) || e.Kind != wasm.Reserved {
			t.Fatalf("the metered module: %v", err)
		}
	})
}

// The engine accepts a metered module if and only if it accepts the original.
func FuzzAccepted(f *testing.F) {
	seeds(f)
	ctx := context.Background()
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := wasm.Parse(b, wasm.DefaultLimits()); err != nil {
			return
		}
		// Metering drops custom sections, some of which the engine does not take.
		b = withoutCustom(b)
		out, err := wasm.Meter(b, wasm.MeterConfig{})
		if err != nil {
			return
		}
		r := wazero.NewRuntimeWithConfig(ctx, interpreter())
		defer r.Close(ctx)
		_, plain := r.CompileModule(ctx, b)
		_, metered := r.CompileModule(ctx, out.Bytes)
		if (plain == nil) != (metered == nil) {
			t.Fatalf("original: %v\nmetered: %v", plain, metered)
		}
	})
}

// withoutCustom drops the custom sections of a module that was parsed.
func withoutCustom(b []byte) []byte {
	out := slices.Clone(b[:8])
	for rest := b[8:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		end := 1 + n + int(size)
		if rest[0] != 0 {
			out = append(out, rest[:end]...)
		}
		rest = rest[end:]
	}
	return out
}

// A program computes the same whether metered or not and in each engine, and pays for all it executes.
func FuzzProgram(f *testing.F) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := make([]byte, 50+r.IntN(400))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 4096 {
			return
		}
		b := (&program{src: src}).module()
		out := meter(t, b)
		plain := newHost(t, interpreter()).load(t, b)
		guests := []*guest{newHost(t, compiler()).loadMetered(t, out), newHost(t, interpreter()).loadMetered(t, out)}
		for _, name := range []string{"0", "1", "2"} {
			before := plain.state([]string{"marks"})[0]
			want, _, err := plain.call(t.Context(), 0, name, 5, 77)
			if err != nil {
				t.Fatal(err)
			}
			marks := uint64(uint32(plain.state([]string{"marks"})[0] - before))
			var fuels []uint64
			for _, g := range guests {
				got, fuel, err := g.call(t.Context(), plenty, name, 5, 77)
				if err != nil || !same(got, want) {
					t.Errorf("%s = %v, %v, want %v", name, got, err, want)
				}
				if !slices.Equal(g.state([]string{"marks"}), plain.state([]string{"marks"})) {
					t.Errorf("%s: state differs", name)
				}
				fuels = append(fuels, fuel)
			}
			if fuels[0] != fuels[1] {
				t.Errorf("%s uses %d units, %d when interpreted", name, fuels[0], fuels[1])
			}
			if fuels[0] < marks*markCost {
				t.Errorf("%s uses %d units for %d marks", name, fuels[0], marks)
			}
			if over := marks*1000 + 10_000; fuels[0] > over {
				t.Errorf("%s uses %d units for %d marks: too many", name, fuels[0], marks)
			}
			// It can be stopped anywhere, and says how far it came. (A new instance may use less than one that has run: its
			// globals are as they were.) What open calls reserve may be used beyond the budget.
			budget := fuels[0] / 2
			used, err := guests[0].anew(t, out, name, budget)
			switch {
			case errors.Is(err, wasm.ErrFuel) && used >= budget:
			case err == nil && used <= budget+overdraft:
			default:
				t.Errorf("%s with %d of its %d units: %v after %d", name, budget, fuels[0], err, used)
			}
		}
	})
}

// overdraft is more than a program of so few calls can use beyond its budget: 1024 units for each that is open.
const overdraft = 64 << 10

// anew calls a function of a new instance with a budget.
func (g *guest) anew(t *testing.T, out *wasm.Metered, name string, budget uint64) (uint64, error) {
	g = g.loadMetered(t, out)
	_, fuel, err := g.call(t.Context(), budget, name, 5, 77)
	return fuel, err
}
