package wasm

import "errors"

// The reasons for which a metered module is stopped. Tank.Yield returns them; a host that panics with one gets it back
// from the engine, to be found with errors.Is.
var (
	ErrFuel  = errors.New("out of fuel")
	ErrDepth = errors.New("calls nested too deeply")
)

// YieldEvery is how many units of fuel a module gets at a time: it calls the yield function about once
// for each, which is 0.1 ms of usual code.
const YieldEvery = 1 << 20

// The word in FuelGlobal holds two numbers, so that code changes both at once: the depth of calls in the lower 16
// bits, and above them, signed, the fuel that was handed out less reserve units for each level of depth. It becomes negative
// when the fuel is used up, or when calls are nested deeper than what was handed out allows; one test sees both.
const (
	depthBits = 16
	depthMask = 1<<depthBits - 1
	reserve   = 1024
)

// maxBudget keeps every sum of fuel within the bits there are.
const maxBudget = 1 << 44

// Tank is the fuel of one call into a metered module: it hands the budget out in slices. It is for one goroutine.
type Tank struct {
	budget, left int64 // left: not yet handed out
	lent         int64 // handed out although it was not there, to be taken back at the next yield
	maxDepth     int64
}

// NewTank is a tank with a budget in units, for a call of the module or for its instantiation.
func (m *Metered) NewTank(budget uint64) *Tank {
	b := int64(min(budget, maxBudget))
	return &Tank{budget: b, left: b, maxDepth: int64(m.MaxDepth)}
}

// Start is the word that FuelGlobal must be set to before the call. A new instance starts with 0, which will do too.
func (t *Tank) Start() uint64 { return t.fill(0) }

// fill hands out a slice: as much again for each level that is open, but never enough for more levels than allowed. The
// word is not negative, for the code that asked tests it once more.
func (t *Tank) fill(depth int64) uint64 {
	give := min(YieldEvery+depth*reserve, t.maxDepth*reserve, t.left)
	t.left -= give
	t.lent = max(0, depth*reserve-give)
	return uint64(give+t.lent-depth*reserve)<<depthBits | uint64(depth)
}

// unpack is the fuel and the depth in a word.
func (t *Tank) unpack(word uint64) (fuel, depth int64) {
	depth = int64(word & depthMask)
	return int64(word)>>depthBits + depth*reserve - t.lent, depth
}

// Yield answers a call of the yield function: word is what FuelGlobal holds, and the answer is what it must be set to.
// The error is ErrFuel or ErrDepth; the call must then be ended.
func (t *Tank) Yield(word uint64) (uint64, error) {
	fuel, depth := t.unpack(word)
	if depth > t.maxDepth {
		return word, ErrDepth
	}
	if t.left+fuel < 0 {
		return word, ErrFuel
	}
	t.left += fuel
	return t.fill(depth), nil
}

// Charge takes units for work that the host did for the module, and returns the word to set FuelGlobal to. The module
// calls the yield function at its next test if that was too much.
func (t *Tank) Charge(word, units uint64) uint64 {
	return word - min(units, maxBudget)<<depthBits
}

// Used is how many units the call has used so far, or in all, given the word that FuelGlobal holds. It can be more than
// the budget by what was used between two tests, and by what open calls reserve; after a trap it can be too little.
func (t *Tank) Used(word uint64) uint64 {
	fuel, _ := t.unpack(word)
	return uint64(t.budget - t.left - fuel)
}
