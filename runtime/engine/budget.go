package engine

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/guild-run/guild/runtime/wasm"
	"github.com/tetratelabs/wazero/api"
)

// errDeadline ends a call that takes too long, or whose context was cancelled.
var errDeadline = errors.New("out of time")

// budget bounds one call: its fuel, which metered code counts itself, and its time, which is looked at whenever that
// code asks for more fuel. The instance's clock has nothing to do with it.
type budget struct {
	ctx      context.Context
	deadline time.Time
	metered  *wasm.Metered
	tank     *wasm.Tank
	fuel     api.MutableGlobal // nil while the start section runs
	// owed is work of host functions that was not charged yet, in units.
	owed   uint64
	worked uint64 // units charged since somebody looked
	limit  uint64 // the fuel of the call
	done   uint64 // fuel of a call that has ended
}

// begin starts a budget.
func (b *budget) begin(ctx context.Context, m *wasm.Metered, fuel uint64, timeout time.Duration) {
	*b = budget{ctx: ctx, deadline: time.Now().Add(timeout), metered: m, tank: m.NewTank(fuel), limit: fuel}
}

// attach lets an instance draw on the budget.
func (b *budget) attach(inst *instance, fill bool) {
	b.fuel = inst.fuel
	if fill {
		b.fuel.Set(b.tank.Start())
	}
}

// yield answers a guest that used up its slice: with another one, or by ending it.
func (b *budget) yield(_ context.Context, mod api.Module, _ []uint64) {
	if b.fuel == nil {
		b.fuel = mod.ExportedGlobal(wasm.FuelGlobal).(api.MutableGlobal)
	}
	word, err := b.tank.Yield(b.fuel.Get())
	if err == nil && int64(word) < 0 {
		err = wasm.ErrFuel // what is left does not carry it to the next test
	}
	if err == nil {
		err = b.expired()
	}
	if err != nil {
		panic(err)
	}
	b.fuel.Set(word)
	// Compiled code cannot be preempted. Without this Go would let a guest that is busy go on until it has run for
	// 10 ms, and others would wait that long for each one.
	runtime.Gosched()
}

// expired returns errDeadline when the time is over.
func (b *budget) expired() error {
	if b.ctx.Err() != nil || !time.Now().Before(b.deadline) {
		return errDeadline
	}
	return nil
}

const (
	chargeAt = 4096    // units; less is not worth touching the global
	lookAt   = 4 << 20 // units; more without a yield is a reason to look at fuel and clock
)

// charge adds work of a host function.
func (b *budget) charge(units uint64) {
	if b.owed += units; b.owed >= chargeAt {
		b.settle()
	}
}

// settle charges what is owed.
func (b *budget) settle() {
	b.worked += b.owed
	if b.fuel != nil {
		b.fuel.Set(b.tank.Charge(b.fuel.Get(), b.owed))
		b.owed = 0
	}
	if b.worked >= lookAt {
		b.look()
	}
}

// look ends the call if it has to end. Guests that compute are looked at when they yield, but one call of a host function
// can be all that a guest needs.
func (b *budget) look() {
	b.worked = 0
	err := b.expired()
	if b.fuel != nil {
		word, empty := b.tank.Yield(b.fuel.Get())
		b.fuel.Set(word)
		err = cmp.Or(empty, err)
	} else if b.owed > b.limit {
		err = wasm.ErrFuel
	}
	if err != nil {
		panic(err)
	}
}

// end closes the budget, and keeps what was used. Between two tests code can use a little more than there is, which is noticed
// here: so a call goes well if and only if it needs no more than its budget.
func (b *budget) end(err error) error {
	if b.fuel != nil {
		b.done = b.tank.Used(b.fuel.Get()) + b.owed
	}
	b.fuel = nil
	if err == nil && b.done > b.limit {
		return wasm.ErrFuel
	}
	return err
}
