package wasm

import "fmt"

// maxGrowth is how many times its size a function may become.
const maxGrowth = 8

// emitter writes function bodies, each with the edits of its plan.
type emitter struct {
	a       *assembler
	planner planner
	out     []byte // bodies with their sizes
	body    []byte
	// Of the function at work: the indices of added locals.
	fuel, size, grown uint32
	weight            int64
	local, around     bool   // the fuel is in a local; a block is around the code
	types             []byte // of the function's own locals
	keeps             keeps
}

// fuelGlobal is the index of the added global.
func (e *emitter) fuelGlobal() uint32 { return uint32(len(e.a.Globals)) }

func (e *emitter) ops(ops ...byte) { e.body = append(e.body, ops...) }

func (e *emitter) op(op byte, index uint32) { e.body = uleb(append(e.body, op), index) }

func (e *emitter) i64(v int64) { e.body = sleb(append(e.body, opI64Const), v) }

func (e *emitter) function(index int, b body) *Error {
	sig := e.a.funcType(uint32(index))
	role := &e.a.roles[index-int(e.a.yield)]
	r := reader{b: e.a.bytes, pos: b.start, end: b.end, where: funcName(index)}
	groups := r.u32()
	list := r.pos
	e.types = append(e.types[:0], sig.Params...)
	for i := uint32(0); i < groups && r.err == nil; i++ {
		n := r.u32()
		t := r.byte()
		for range n {
			e.types = append(e.types, t)
		}
	}
	locals := uint32(len(e.types))
	code := r.pos
	p := &e.planner
	p.plan(&r, locals, role.levels > 0 || role.tests)
	if r.err != nil {
		return r.err
	}
	e.body = e.body[:0]
	e.local = p.loops
	e.locals(groups, e.a.bytes[list:code], locals)
	e.weight = int64(role.levels)
	e.enter(uint32(index), sig.Params, role)
	around := e.weight > 0 || e.local
	if around {
		e.open(sig.Results)
	}
	e.around = around
	e.copy(code, b.end)
	if around {
		e.leave()
	}
	if n := b.end - b.start; len(e.body) > maxGrowth*n+1024 {
		return &Error{Kind: OverLimit, Where: funcName(index), Offset: -1, Text: fmt.Sprintf("grows from %d to %d bytes when it is metered", n, len(e.body))}
	}
	e.out = uleb(e.out, uint32(len(e.body)))
	e.keeps.placed(len(e.out))
	e.out = append(e.out, e.body...)
	return nil
}

// locals declares those of the function and, after them, what its edits need.
func (e *emitter) locals(groups uint32, list []byte, n uint32) {
	added := []byte{}
	count := groups
	if e.local {
		e.fuel, n = n, n+1
		added = append(added, 1, I64)
		count++
	}
	if e.planner.bulk {
		e.size, e.grown = n, n+1
		added = append(added, 2, I32)
		count++
	}
	e.body = uleb(e.body, count)
	e.body = append(e.body, list...)
	e.body = append(e.body, added...)
}

// enter pays for the first segment, if the caller has not, and counts the function as open. A loop that comes
// first anyway does the test.
func (e *emitter) enter(index uint32, params []byte, role *role) {
	if role.prepaid {
		e.reload()
		return
	}
	charge := (int64(e.planner.segs[0].cost)+e.weight*reserve)<<depthBits - e.weight
	e.op(opGlobalGet, e.fuelGlobal())
	e.i64(charge)
	e.ops(opI64Sub)
	e.set()
	if e.weight == 0 && !role.tests || e.planner.first > 0 {
		return
	}
	// After the call of the host it begins anew, by calling itself: so no way leads back into the code from there.
	e.get()
	e.i64(0)
	e.ops(opI64LtS, opIf, 0x40)
	e.flush()
	for i := range params {
		e.op(opLocalGet, uint32(i))
	}
	e.callKeeping(params)
	e.op(opGlobalGet, e.fuelGlobal())
	e.i64(charge)
	e.ops(opI64Add)
	e.op(opGlobalSet, e.fuelGlobal())
	e.op(opCall, e.a.shift(index))
	e.ops(opReturn, opEnd)
}

func (e *emitter) open(results []byte) {
	e.ops(opBlock)
	switch len(results) {
	case 0:
		e.ops(0x40)
	case 1:
		e.ops(results[0])
	default:
		e.body = sleb(e.body, int64(e.a.blocks[string(results)]))
	}
}

func (e *emitter) leave() {
	// The end that was the function's is now that of the block.
	if e.weight > 0 {
		e.get()
		e.i64(e.weight*reserve<<depthBits - e.weight)
		e.ops(opI64Add)
		e.set()
	}
	e.flush()
	e.ops(opEnd)
}

// copy writes the code with its edits.
func (e *emitter) copy(from, to int) {
	for i := range e.planner.edits {
		ed := &e.planner.edits[i]
		e.body = append(e.body, e.a.bytes[from:ed.pos]...)
		from = int(ed.end)
		e.edit(ed)
	}
	e.body = append(e.body, e.a.bytes[from:to]...)
}

func (e *emitter) edit(ed *edit) {
	switch ed.kind {
	case editCharge:
		e.charge(&e.planner.segs[ed.arg])
	case editLoop:
		e.loop(ed)
	case editLoopEnd:
		e.loopEnd(ed)
	case editCall:
		e.flush()
		if ed.arg == unset {
			e.body = append(e.body, e.a.bytes[ed.pos:ed.end]...)
		} else {
			e.op(opCall, e.a.shift(ed.arg))
		}
		e.reload()
	case editIndex:
		e.body = uleb(e.body, ed.arg)
	case editReturn:
		if e.around {
			e.op(opBr, ed.arg)
		} else {
			e.ops(opReturn)
		}
	case editBulk:
		e.bulk(ed.arg)
	case editGrow:
		e.grow(ed)
	}
}
