package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	extism "github.com/extism/go-sdk"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// callsPerEvent is how often the guests bench and relay call the host in one event.
const callsPerEvent = 1000

// The key is the one that the guests have in them; the value is JSON, and has 80 bytes with its quotes.
const key = "k2345678901234567890123456789012345678901234567890123456789012345678901234567890"

var (
	value    = `"` + strings.Repeat("v", 78) + `"`
	asked    = []byte(`{"` + key + `": ` + value + `}`)
	errWrong = errors.New("the wrong answer")
)

func callTable(ctx context.Context, g *guests, rounds int) (*table, error) {
	module, err := g.file("testdata", "guests", "bench")
	if err != nil {
		return nil, err
	}
	empty, err := emptyCall(ctx, module)
	if err != nil {
		return nil, err
	}
	e := engine.New(engine.Config{})
	defer e.Close(ctx)
	h, err := loadHook(ctx, e, "bench", module)
	if err != nil {
		return nil, err
	}
	const base = "wazero's own call of an empty host function"
	run := func(event abi.Event) func(int) error {
		call := engine.Call{Event: event, Document: asked, Time: eventTime}
		return func(n int) error { return deliver(ctx, h, call, n) }
	}
	return measure([]bench{
		{name: base, per: callsPerEvent, run: func(n int) error { return empty.times(ctx, n) }},
		{name: "now", per: callsPerEvent, run: run(abi.OnRunEnd), base: base},
		{name: "event_get, a key and a value of 80 bytes", per: callsPerEvent, run: run(abi.OnRunBegin), base: base, aim: ratioAtMost(2)},
	}, 3*rounds)
}

// emptyCall is the same guest, unmetered, on a host whose functions do nothing but return what makes the guest go on.
func emptyCall(ctx context.Context, module []byte) (*bare, error) {
	b := &bare{runtime: wazero.NewRuntime(ctx), host: &bareHost{}}
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	_, err := b.runtime.NewHostModuleBuilder(abi.Module).
		NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, _ api.Module, s []uint64) { s[0] = 80 }),
		[]api.ValueType{i32, i32, i32, i32}, []api.ValueType{i32}).Export("event_get").
		NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, _ api.Module, s []uint64) { s[0] = 1 }),
		nil, []api.ValueType{i64}).Export("now").
		Instantiate(ctx)
	if err != nil {
		return nil, err
	}
	if b.code, err = b.runtime.CompileModule(ctx, module); err != nil {
		return nil, err
	}
	return b, b.instantiate(ctx, abi.OnRunBegin)
}

func echoTable(ctx context.Context, g *guests, rounds int) (*table, error) {
	e := engine.New(engine.Config{})
	defer e.Close(ctx)
	const base = "Extism's go-sdk, one call of a plug-in"
	benches := []bench{}
	plugin, err := extismBenches(ctx, base)
	if err != nil {
		return nil, err
	}
	benches = append(benches, plugin...)
	module, err := g.file("testdata", "bench", "hooks", "guests", "relay")
	if err != nil {
		return nil, err
	}
	relay, err := loadHook(ctx, e, "relay", module)
	if err != nil {
		return nil, err
	}
	for _, c := range []struct {
		name  string
		event abi.Event
		per   int
		aim   aim
	}{
		{"event_get and state_put", abi.OnRunEnd, callsPerEvent, timesFaster(100)},
		{"event_get and env_set", abi.OnRunBegin, callsPerEvent, timesFaster(100)},
		{"event_get and answer, which must be JSON", abi.OnFlagsDetect, callsPerEvent, timesFaster(100)},
		{"one event with one event_get and answer, and the exact restore", abi.BatchStrategy, 1, aim{}},
	} {
		kept := &lastValue{}
		call := engine.Call{Event: c.event, Document: asked, Time: eventTime, State: func(int32) engine.State { return kept }}
		if err := echoes(ctx, relay, call, kept); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		benches = append(benches, bench{name: c.name, per: c.per, base: base, aim: c.aim, run: func(n int) error { return deliver(ctx, relay, call, n) }})
	}
	return measure(benches, 2*rounds)
}

// echoes makes sure that the event hands the value back.
func echoes(ctx context.Context, h *engine.Hook, c engine.Call, kept *lastValue) error {
	res, err := h.Call(ctx, c)
	if err != nil {
		return err
	}
	got := append(kept.value, res.Answer...)
	for _, v := range res.Env {
		got = append(got, v.Value...)
	}
	if string(got) != value {
		return fmt.Errorf("%w: %q", errWrong, got)
	}
	return nil
}

// lastValue is state that keeps one value.
type lastValue struct{ value []byte }

func (v *lastValue) Get(string) ([]byte, int64, error) { return v.value, 1, nil }
func (v *lastValue) Put(_ string, value []byte, _ int64) (int64, error) {
	v.value = value
	return 1, nil
}
func (v *lastValue) Append(string, []byte) (int64, error) { return 0, abi.Unsupported }

// extismBenches echoes with Extism: its guest reads and writes eight bytes at a time, because that is what there is.
func extismBenches(ctx context.Context, echo string) ([]bench, error) {
	manifest := extism.Manifest{Wasm: []extism.Wasm{extism.WasmFile{Path: "guests/extism.wasm"}}}
	plugin, err := extism.NewPlugin(ctx, manifest, extism.PluginConfig{}, nil)
	if err != nil {
		return nil, err
	}
	in := []byte(value)
	run := func(function string, want []byte) func(int) error {
		return func(n int) error {
			for range n {
				if _, out, err := plugin.CallWithContext(ctx, function, in); err != nil {
					return err
				} else if !bytes.Equal(out, want) {
					return fmt.Errorf("%w: %q", errWrong, out)
				}
			}
			return nil
		}
	}
	return []bench{
		{name: echo, run: run("echo", in)},
		{name: "the same with a guest that returns at once", run: run("noop", nil), base: echo},
	}, nil
}
