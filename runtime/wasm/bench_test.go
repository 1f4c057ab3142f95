package wasm_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// goGuest builds the guest in testdata/gojson with the Go toolchain: it has encoding/json and fmt.
func goGuest(tb testing.TB) []byte {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, ".")
	cmd.Dir = filepath.Join("testdata", "gojson")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func BenchmarkParse(b *testing.B) {
	guest := goGuest(b)
	b.SetBytes(int64(len(guest)))
	for b.Loop() {
		if _, err := wasm.Parse(guest, wasm.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMeter(b *testing.B) {
	guest := goGuest(b)
	m := parse(b, guest)
	var out *wasm.Metered
	b.SetBytes(int64(len(guest)))
	for b.Loop() {
		var err error
		if out, err = m.Meter(wasm.MeterConfig{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(out.Bytes))/float64(len(guest)), "size-ratio")
}

// BenchmarkRun prints for each function how much longer it takes metered, and beside it how much longer with the engine's own
// timeout. The ratios are those of the lower quarters of interleaved calls, so that they mean something on a busy machine.
func BenchmarkRun(b *testing.B) {
	suites := []struct {
		name  string
		guest []byte
		calls map[string]uint64
	}{
		{"loops", modules(b, "run")["loops"], map[string]uint64{"fib": 20, "lcg": 100_000, "bytesum": 4, "sieve": 2, "collatz": 2000, "calls": 50_000, "mat": 1}},
		{"go", goGuest(b), map[string]uint64{"unmarshal": 2, "format": 200, "sorted": 3000, "sum": 30, "fib": 18}},
	}
	for _, s := range suites {
		out := meter(b, s.guest)
		guests := []*guest{
			benchHost(b, compiler()).load(b, s.guest),
			benchHost(b, compiler()).loadMetered(b, out),
			benchHost(b, compiler().WithCloseOnContextDone(true)).load(b, s.guest),
		}
		for _, g := range guests {
			if start := g.mod.ExportedFunction("_initialize"); start != nil {
				if _, err := start.Call(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		}
		for f := range functions(parse(b, s.guest)) {
			arg, ok := s.calls[f]
			if !ok {
				continue
			}
			b.Run(s.name+"/"+f, func(b *testing.B) { compare(b, guests, f, arg) })
		}
	}
}

func benchHost(b *testing.B, cfg wazero.RuntimeConfig) *host {
	h := newHost(b, cfg)
	wasi_snapshot_preview1.MustInstantiate(b.Context(), h.runtime)
	return h
}

func compare(b *testing.B, guests []*guest, f string, arg uint64) {
	times := make([][]float64, len(guests))
	var fuel uint64
	for b.Loop() {
		for i, g := range guests {
			start := time.Now()
			_, used, err := g.call(b.Context(), plenty, f, arg)
			if err != nil {
				b.Fatal(err)
			}
			times[i] = append(times[i], float64(time.Since(start)))
			fuel = max(fuel, used)
		}
	}
	var quarter []float64
	for _, t := range times {
		slices.Sort(t)
		quarter = append(quarter, t[len(t)/4])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(quarter[0], "plain-ns")
	b.ReportMetric(quarter[1]/quarter[0], "metered")
	b.ReportMetric(quarter[2]/quarter[0], "ctxdone")
	b.ReportMetric(1000*quarter[0]/float64(fuel), "ps/unit")
}

// The whole of a Go guest works metered, and its fuel is the same in two instances.
func TestGoGuest(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles a Go guest")
	}
	b := goGuest(t)
	m := parse(t, b)
	if got := m.Producers(); !containsAll(got, "Go go1.") {
		t.Errorf("producers %q", got)
	}
	out := meter(t, b)
	var fuels []string
	for range 2 {
		h := newHost(t, interpreter())
		wasi_snapshot_preview1.MustInstantiate(t.Context(), h.runtime)
		g := h.loadMetered(t, out)
		_, start, err := g.call(t.Context(), plenty, "_initialize")
		if err != nil {
			t.Fatal(err)
		}
		got, fuel, err := g.call(t.Context(), plenty, "unmarshal", 1)
		if err != nil || len(got) != 1 || got[0] != 8 {
			t.Fatalf("unmarshal = %v, %v", got, err)
		}
		fuels = append(fuels, fmt.Sprint(start, fuel))
	}
	if fuels[0] != fuels[1] {
		t.Errorf("fuel %s and %s", fuels[0], fuels[1])
	}
}
