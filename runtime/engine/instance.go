package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// instance is a running module. After any failure it is closed and never used again.
type instance struct {
	mod      api.Module
	mem      *linear
	globals  []api.MutableGlobal // all that the module itself can change
	fuel     api.MutableGlobal   // what metering added
	handlers map[abi.Event]api.Function
	used     bool // since it was last as after the initialisation
}

// ready returns an instance as it was right after the initialisation: the present one restored, or a new one.
func (h *Hook) ready(ctx context.Context) (*instance, error) {
	if h.inst != nil && (!h.inst.used || h.snap != nil && h.inst.restore(h.snap)) {
		h.inst.used = true
		return h.inst, nil
	}
	h.discard(ctx)
	inst, err := h.instantiate(ctx)
	if err != nil {
		return nil, err
	}
	inst.used = true
	h.inst = inst
	return inst, nil
}

// discard closes the instance.
func (h *Hook) discard(ctx context.Context) {
	if h.inst != nil {
		h.inst.mod.Close(ctx)
		h.inst, h.memory = nil, nil
	}
}

// instantiate makes a new instance and brings it to the state after the initialisation: by a snapshot if there is one,
// else by initialising it.
func (h *Hook) instantiate(ctx context.Context) (_ *instance, err error) {
	ev := &h.event
	ev.init = true
	defer func() {
		if ev.init = false; err == nil {
			ev.endInit()
		}
	}()

	inst := &instance{handlers: map[abi.Event]api.Function{}}
	allocator := experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory {
		inst.mem = &linear{limit: h.most, refused: func() { h.event.full = true }}
		h.memory = inst.mem
		return inst.mem
	})
	h.budget.begin(ctx, h.metered, h.fuel, h.timeout)
	defer h.budget.end(nil)
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	inst.mod, err = h.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, allocator), h.code, config)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			inst.mod.Close(ctx)
		}
	}()
	if err := h.findGlobals(inst); err != nil {
		return nil, err
	}
	if h.snap != nil && !h.hasStart && inst.restore(h.snap) {
		return inst, nil
	}
	h.budget.attach(inst, !h.hasStart)
	if init := inst.mod.ExportedFunction(abi.ExportInitialize); init != nil {
		err = init.CallWithStack(ctx, nil)
	}
	if err = h.budget.end(err); err != nil {
		return nil, err
	}
	if h.metered.Restorable && h.snap == nil {
		h.snap = takeSnapshot(inst.mem.buf, inst.globals)
		inst.mem.watch()
	}
	return inst, nil
}

func (h *Hook) findGlobals(inst *instance) error {
	for _, name := range append([]string{wasm.FuelGlobal}, h.metered.Globals...) {
		g, ok := inst.mod.ExportedGlobal(name).(api.MutableGlobal)
		if !ok {
			return fmt.Errorf("global %q is not there to be set", name)
		}
		inst.globals = append(inst.globals, g)
	}
	inst.fuel, inst.globals = inst.globals[0], inst.globals[1:]
	return nil
}

// handler returns the function that handles an event. It keeps it: each has a stack of its own.
func (i *instance) handler(e abi.Event) (api.Function, error) {
	if f := i.handlers[e]; f != nil {
		return f, nil
	}
	f := i.mod.ExportedFunction(string(e))
	if f == nil {
		return nil, errors.New("the handler is gone")
	}
	i.handlers[e] = f
	return f, nil
}

// restore brings the instance back to the snapshot, and reports whether it could.
func (i *instance) restore(s *snapshot) bool {
	mem := i.mod.Memory()
	switch size := int(mem.Size()); {
	case size > s.size:
		// wazero has no way to shrink a memory, but asks our allocator for the new one when it grows.
		i.mem.shrinkTo = uint64(s.size)
		mem.Grow(1)
		i.mem.shrinkTo = 0
	case size < s.size:
		mem.Grow(uint32(s.size-size) / pageSize)
	}
	if int(mem.Size()) != s.size || len(i.mem.buf) != s.size {
		return false
	}
	i.mem.restore(s)
	for k, g := range i.globals {
		g.Set(s.globals[k])
	}
	return true
}
