package wasm

import "errors"

// The reasons for which a metered module is stopped. Tank.Yield returns them; a host that panics with one gets it back
// from the engine, to be found with errors.Is.
var (
	ErrFuel  = errors.New("out of fuel")
	ErrDepth = errors.New("calls nested too deeply")
)

// YieldEvery is how many units of fuel a module gets at a time: it calls the yield function about once
// for each, which takes well under 10 ms of guest time.
const YieldEvery = 1 << 20

// The word in FuelGlobal holds two numbers, so that the code of a function changes and tests both at once:
// the fuel left in the upper 48 bits, signed, and the depth of calls in the lower 16, of which the highest is set when it is too deep.
const (
	depthBits = 16
	depthFlag = 1 << (depthBits - 1)
	depthMask = 1<<depthBits - 1
)

// maxBudget keeps every sum of fuel within the bits there are.
const maxBudget = 1 << 44

// Tank is the fuel of one call into a metered module: it hands the budget out in slices. It is for one goroutine.
type Tank struct {
	budget, left int64 // left: not yet handed out
	depth        uint64
	slice        int64
}

// NewTank is a tank with a budget in units, for a call of the module.
func (m *Metered) NewTank(budget uint64) *Tank {
	b := int64(min(budget, maxBudget))
	return &Tank{budget: b, left: b, depth: m.idle, slice: YieldEvery}
}

// Start is the word that FuelGlobal must be set to before the call.
func (t *Tank) Start() uint64 {
	return t.fill(0, t.depth)
}

func (t *Tank) fill(fuel int64, depth uint64) uint64 {
	give := min(t.slice, t.left)
	t.left -= give
	return uint64(fuel+give)<<depthBits | depth
}

// Yield answers a call of the yield function: word is what FuelGlobal holds, and the answer is what it must be set to.
// The error is ErrFuel or ErrDepth; the call must then be ended.
func (t *Tank) Yield(word uint64) (uint64, error) {
	if word&depthFlag != 0 {
		return word, ErrDepth
	}
	fuel := int64(word) >> depthBits
	if fuel+t.left < 0 {
		return word, ErrFuel
	}
	if fuel < 0 {
		// What the module took before it asked comes out of the tank, not out of the next slice.
		t.left += fuel
		fuel = 0
	}
	return t.fill(fuel, word&depthMask), nil
}

// Charge takes units for work that the host did for the module, and returns the word to set FuelGlobal to. The module
// calls the yield function at its next check if that was too much.
func (t *Tank) Charge(word, units uint64) uint64 {
	return word - min(units, maxBudget)<<depthBits
}

// Used is how many units the call has used so far, or in all, given the word that FuelGlobal holds. It
// can be more than the budget by what was used between two checks.
func (t *Tank) Used(word uint64) uint64 {
	return uint64(t.budget - t.left - int64(word)>>depthBits)
}
