package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero"
)

// Hook is a loaded module. Its calls are serialised; different hooks run in parallel.
type Hook struct {
	name     string
	events   map[abi.Event]abi.EventInfo
	writes   []string // globs of the stage.write grants
	fuel     uint64
	timeout  time.Duration
	most     uint64 // bytes of memory
	initSeed [32]byte

	metered  *wasm.Metered
	hasStart bool
	runtime  wazero.Runtime
	cache    wazero.CompilationCache // nil if there is none
	code     wazero.CompiledModule

	mu     sync.Mutex // guards what follows
	params document
	inst   *instance
	memory *linear // of the instance that runs, also while it is being made
	snap   *snapshot
	event  event
	budget budget
	closed bool
}

// Name returns the name of the hook instance.
func (h *Hook) Name() string { return h.name }

// Has reports whether the module exports a handler of the event.
func (h *Hook) Has(ev abi.Event) bool {
	_, ok := h.events[ev]
	return ok
}

var errClosed = errors.New("the engine is closed")

// Call delivers one event. The error is a *Failure. A hook without a handler of the event does nothing.
func (h *Hook) Call(ctx context.Context, c Call) (*Result, error) {
	info, ok := h.events[c.Event]
	if !ok {
		return &Result{}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	began := time.Now()
	ev := &h.event
	ev.begin(ctx, c, info)
	err := h.deliver(ctx, c.Event)
	ev.logs.finish()
	res := ev.finish()
	res.Fuel = h.budget.done
	res.Duration = time.Since(began)
	// Do not hold on to what is the caller's.
	ev.call, ev.result, ev.listed, ev.stageFiles = Call{}, Result{}, listing{}, nil
	ev.document.reset(nil)
	if err != nil {
		h.discard(ctx)
		f := h.failure(err)
		f.Event = c.Event
		f.Result = res.remains()
		return nil, f
	}
	if res.Denied {
		res = res.remains()
	}
	return res, nil
}

// Initialise brings the instance to where it is before its first event, which would do it otherwise: it runs the start section
// and _initialize, within the limits of an event. log, if set, receives what the guest says. The error is a *Failure without an event.
func (h *Hook) Initialise(ctx context.Context, log func(LogRecord)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	ev := &h.event
	ev.begin(ctx, Call{Log: log}, abi.EventInfo{})
	h.budget = budget{}
	err := errClosed
	if !h.closed {
		if err = ctx.Err(); err == nil {
			err = h.initialise(ctx)
		}
	}
	ev.logs.finish()
	ev.call = Call{}
	if err == nil {
		return nil
	}
	h.discard(ctx)
	f := h.failure(inInit{err})
	f.Result = ev.finish().remains()
	return f
}

func (h *Hook) initialise(ctx context.Context) error {
	inst, err := h.ready(ctx)
	if err == nil {
		inst.used = false // by an event
	}
	return err
}

// deliver calls the handler on a fresh or restored instance.
func (h *Hook) deliver(ctx context.Context, e abi.Event) error {
	h.budget = budget{}
	if h.closed {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	inst, err := h.ready(ctx)
	if err != nil {
		h.budget.done = 0
		return inInit{err}
	}
	handler, err := inst.handler(e)
	if err != nil {
		return err
	}
	h.budget.begin(ctx, h.metered, h.fuel, h.timeout)
	h.budget.attach(inst, true)
	var stack [1]uint64
	if err := h.budget.end(handler.CallWithStack(ctx, stack[:])); err != nil {
		return err
	}
	if status := int32(uint32(stack[0])); status != 0 {
		return returned(status)
	}
	return nil
}

// finish takes what the event gathered.
func (ev *event) finish() *Result {
	res := ev.result
	res.Logs = ev.logs.records
	res.Dropped = ev.logs.dropped
	return &res
}

// remains is what is left of an event that failed or denied.
func (r *Result) remains() *Result {
	return &Result{Denied: r.Denied, Reason: r.deniedReason(), Logs: r.Logs, Dropped: r.Dropped, Fuel: r.Fuel, Duration: r.Duration}
}

func (r *Result) deniedReason() string {
	if r.Denied {
		return r.Reason
	}
	return ""
}

// returned is a handler's result that is not 0.
type returned int32

func (r returned) Error() string { return fmt.Sprintf("returned %d, want 0", int32(r)) }

// inInit marks an error of the initialisation.
type inInit struct{ error }

func (e inInit) Unwrap() error { return e.error }

// close ends the hook, after the call under way.
func (h *Hook) close(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed = true
	h.inst, h.snap = nil, nil
	var err error
	if h.runtime != nil {
		err = h.runtime.Close(ctx)
	}
	if h.cache != nil {
		err = errors.Join(err, h.cache.Close(ctx))
	}
	return err
}
