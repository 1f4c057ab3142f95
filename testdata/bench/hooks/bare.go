package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/wasm"
)

// bare is a guest on wazero with the least that it needs to run: no restoring, no limits, no checks. It shows what
// metering costs, because the metered and the original module can both run on it.
type bare struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
	host    *bareHost
	mod     api.Module
	handler api.Function
	used    uint64 // bytes of memory
	memory  []byte // of all instances, one after the other: growing costs nothing, as it must not be what is compared

	metered *wasm.Metered // nil for the original
	fuel    api.MutableGlobal
	tank    *wasm.Tank
}

// bareHost answers what guests ask.
type bareHost struct {
	document map[string]any
	source   string // of any staged file
	known    map[string][]byte
}

func newBareHost(document, source string) (*bareHost, error) {
	h := &bareHost{source: source, known: map[string][]byte{}}
	return h, json.Unmarshal([]byte(document), &h.document)
}

// compileBare compiles a module, or its metered form, and links it.
func compileBare(ctx context.Context, config wazero.RuntimeConfig, host *bareHost, module []byte, metered bool) (*bare, error) {
	m, err := wasm.Parse(module, wasm.DefaultLimits())
	if err != nil {
		return nil, err
	}
	b := &bare{runtime: wazero.NewRuntimeWithConfig(ctx, config), host: host}
	builders := map[string]wazero.HostModuleBuilder{}
	for _, name := range []string{abi.Module, abi.WASIModule, wasm.YieldModule} {
		builders[name] = b.runtime.NewHostModuleBuilder(name)
	}
	for _, im := range m.Imports {
		builders[im.Module].NewFunctionBuilder().WithGoModuleFunction(host.function(im.Name), im.Type.Params, im.Type.Results).Export(im.Name)
	}
	builders[wasm.YieldModule].NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(b.yield), nil, nil).Export(wasm.YieldFunc)
	for _, builder := range builders {
		if _, err := builder.Instantiate(ctx); err != nil {
			return nil, err
		}
	}
	if metered {
		if b.metered, err = m.Meter(wasm.MeterConfig{}); err != nil {
			return nil, err
		}
		module = b.metered.Bytes
	}
	b.code, err = b.runtime.CompileModule(ctx, module)
	return b, err
}

// instantiate makes a new instance, initialised.
func (b *bare) instantiate(ctx context.Context, event abi.Event) (err error) {
	allocator := experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		if b.memory == nil {
			b.memory = make([]byte, min(most, bareMemory))
		}
		clear(b.memory[:b.used])
		b.used = 0
		return b
	})
	b.mod, err = b.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, allocator), b.code, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return err
	}
	if b.metered != nil {
		b.fuel = b.mod.ExportedGlobal(wasm.FuelGlobal).(api.MutableGlobal)
		b.tank = b.metered.NewTank(1 << 43) // for all calls: budgets are the engine's, and measured with it
		b.fuel.Set(b.tank.Start())
	}
	if init := b.mod.ExportedFunction(abi.ExportInitialize); init != nil {
		if err := init.CallWithStack(ctx, nil); err != nil {
			return err
		}
	}
	if b.handler = b.mod.ExportedFunction(string(event)); b.handler == nil {
		return fmt.Errorf("there is no handler of %s", event)
	}
	return nil
}

// bareMemory is the most that a guest can have.
const bareMemory = 16 << 20

// Reallocate and Free make b the linear memory of its instance.
func (b *bare) Reallocate(size uint64) []byte {
	if size > uint64(len(b.memory)) {
		return nil
	}
	b.used = max(b.used, size)
	return b.memory[:size]
}

func (b *bare) Free() {}

func (b *bare) yield(context.Context, api.Module, []uint64) {
	word, err := b.tank.Yield(b.fuel.Get())
	if err != nil {
		panic(err)
	}
	b.fuel.Set(word)
}

// call calls the handler.
func (b *bare) call(ctx context.Context) error {
	var stack [1]uint64
	if err := b.handler.CallWithStack(ctx, stack[:]); err != nil {
		return err
	}
	if status := int32(uint32(stack[0])); status != 0 {
		return fmt.Errorf("the handler returned %d", status)
	}
	return nil
}

func (b *bare) times(ctx context.Context, n int) error {
	for range n {
		if err := b.call(ctx); err != nil {
			return err
		}
	}
	return nil
}

// function is a function of guild_v1 or of WASI. All that are not here do nothing, and succeed.
func (h *bareHost) function(name string) api.GoModuleFunc {
	switch name {
	case "param_get":
		return func(_ context.Context, _ api.Module, s []uint64) { s[0] = errno(abi.NotFound) }
	case "event_get":
		return h.eventGet
	case "stage_read":
		return h.stageRead
	case "clock_time_get":
		return func(_ context.Context, m api.Module, s []uint64) { m.Memory().WriteUint64Le(uint32(s[2]), 1); s[0] = 0 }
	case "args_sizes_get", "environ_sizes_get":
		return func(_ context.Context, m api.Module, s []uint64) {
			m.Memory().WriteUint32Le(uint32(s[0]), 0)
			m.Memory().WriteUint32Le(uint32(s[1]), 0)
			s[0] = 0
		}
	case "fd_prestat_get":
		return func(_ context.Context, _ api.Module, s []uint64) { s[0] = 8 } // there are no directories
	}
	return func(_ context.Context, _ api.Module, s []uint64) {
		if len(s) > 0 {
			s[0] = 0
		}
	}
}

func (h *bareHost) eventGet(_ context.Context, m api.Module, s []uint64) {
	path, _ := m.Memory().Read(uint32(s[0]), uint32(s[1]))
	text, ok := h.known[string(path)]
	if !ok {
		text = h.find(string(path))
		h.known[string(path)] = text
	}
	if text == nil {
		s[0] = errno(abi.NotFound)
		return
	}
	if len(text) <= int(uint32(s[3])) {
		m.Memory().Write(uint32(s[2]), text)
	}
	s[0] = uint64(len(text))
}

// find returns the value at a path as JSON, or nil.
func (h *bareHost) find(path string) []byte {
	var v any = h.document
	for _, key := range strings.Split(path, ".") {
		at, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		if v, ok = at[key]; !ok {
			return nil
		}
	}
	text, _ := json.Marshal(v)
	return text
}

func (h *bareHost) stageRead(_ context.Context, m api.Module, s []uint64) {
	rest := h.source[min(s[2], uint64(len(h.source))):]
	rest = rest[:min(len(rest), int(uint32(s[4])))]
	m.Memory().WriteString(uint32(s[3]), rest)
	s[0] = uint64(len(rest))
}

func errno(e abi.Errno) uint64 { return uint64(uint32(e)) }
