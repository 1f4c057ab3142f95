package wasm

import "slices"

// Costs of work that one instruction does, by its size.
const (
	bytesShift = 2    // a unit pays for 4 bytes copied or filled; for one entry of a table
	pageCost   = 8192 // a page of memory, made and cleared
)

// loop puts three blocks around a loop: a test that fails leads out of the loop, to the call of the host, and back
// in again, so that the way round without a call has no call on it.
func (e *emitter) loop(ed *edit) {
	begin := e.a.bytes[ed.pos:ed.end]
	e.ops(opBlock)
	e.body = append(e.body, begin[1:]...)
	e.body = append(e.body, begin...)
	e.ops(opBlock, 0x40)
	e.body = append(e.body, begin...)
	s := &e.planner.segs[ed.arg]
	if s.tests {
		e.get()
		e.i64(0)
		e.ops(opI64LtS)
		e.op(opBrIf, 1)
	}
	e.pay(s)
}

func (e *emitter) loopEnd(ed *edit) {
	e.ops(opEnd)
	e.op(opBr, 2)
	e.ops(opEnd)
	l := e.planner.ended[ed.arg]
	e.yield(e.planner.kept[l.from:l.to])
	e.op(opBr, 0)
	e.ops(opEnd, opEnd)
}

// yield calls the host, and hands the given locals through the call.
func (e *emitter) yield(keep []uint32) {
	e.flush()
	types, list := e.keeps.choose(e.types, keep)
	for _, local := range list {
		e.op(opLocalGet, local)
	}
	e.callKeeping(types)
	for _, local := range slices.Backward(list) {
		e.op(opLocalSet, local)
	}
	e.reload()
}

// callKeeping calls the host while values of the given types are on the stack.
func (e *emitter) callKeeping(types []byte) {
	if len(types) == 0 {
		e.op(opCall, e.a.yield)
		return
	}
	e.body = e.keeps.place(append(e.body, opCall), types)
}

// charge pays for a segment.
func (e *emitter) charge(s *segment) {
	if s.tests {
		e.test(nil)
	}
	e.pay(s)
}

func (e *emitter) pay(s *segment) {
	if s.cost == 0 {
		return
	}
	e.get()
	e.i64(int64(s.cost) << depthBits)
	e.ops(opI64Sub)
	e.set()
}

func (e *emitter) get() {
	if e.local {
		e.op(opLocalGet, e.fuel)
	} else {
		e.op(opGlobalGet, e.fuelGlobal())
	}
}

func (e *emitter) set() {
	if e.local {
		e.op(opLocalSet, e.fuel)
	} else {
		e.op(opGlobalSet, e.fuelGlobal())
	}
}

// flush brings the fuel from the local to the global, and reload back.
func (e *emitter) flush() {
	if e.local {
		e.op(opLocalGet, e.fuel)
		e.op(opGlobalSet, e.fuelGlobal())
	}
}

func (e *emitter) reload() {
	if e.local {
		e.op(opGlobalGet, e.fuelGlobal())
		e.op(opLocalSet, e.fuel)
	}
}

// test calls the host when the fuel is used up.
func (e *emitter) test(keep []uint32) {
	e.get()
	e.i64(0)
	e.ops(opI64LtS, opIf, 0x40)
	e.yield(keep)
	e.ops(opEnd)
}

// bulk pays for an instruction whose size is on top of the stack, before it is executed.
func (e *emitter) bulk(shift uint32) {
	e.op(opLocalTee, e.size)
	e.get()
	e.op(opLocalGet, e.size)
	e.ops(opI64ExtendI32U)
	if shift > 0 {
		e.i64(int64(shift))
		e.ops(opI64ShrU)
	}
	e.i64(depthBits)
	e.ops(opI64Shl, opI64Sub)
	e.set()
	e.test(nil)
}

// grow pays for a growing instruction after it is executed: for nothing, if it did not succeed.
func (e *emitter) grow(ed *edit) {
	unit := int64(1)
	if ed.arg == 0 {
		unit = pageCost
	}
	e.op(opLocalTee, e.size)
	e.body = append(e.body, e.a.bytes[ed.pos:ed.end]...)
	e.op(opLocalTee, e.grown)
	e.get()
	e.op(opLocalGet, e.size)
	e.ops(opI32Const, 0)
	e.op(opLocalGet, e.grown)
	e.ops(opI32Const, 0x7f, opI32Ne, opSelect, opI64ExtendI32U)
	e.i64(unit << depthBits)
	e.ops(opI64Mul, opI64Sub)
	e.set()
	e.test(nil)
}
