package wasm

import "math/bits"

// How far a charge may run ahead of what is executed, in units (RATIONALE.md).
const (
	smallArm  = 12 // an arm of an if that is charged whether taken or not
	smallSkip = 12 // code that a branch jumps over, charged all the same
	maxAhead  = 96 // code after a way out
)

// aroundLoop is how many blocks are put around a loop.
const aroundLoop = 3

// keepHeight is how many loops outward from the innermost have their locals kept out of the call of the host.
const keepHeight = 4

// segment is code that one charge pays for: its cost is charged where the segment begins, and every way to any of its
// instructions leads through there, once for each time.
type segment struct {
	cost  uint32
	limit uint32 // a cost at which the next segment begins
	loop  bool   // the head of a loop: tests the fuel
}

// editKind is what to do at a place of a function's code.
type editKind byte

const (
	editCharge  editKind = iota // insert the charge of segment arg
	editLoop                    // replace the beginning of a loop of segment arg
	editLoopEnd                 // replace the end of that loop
	editCall                    // replace a call, of function arg
	editIndex                   // replace an index by arg
	editReturn                  // replace return by a branch with label arg
	editBulk                    // insert a charge by the number on top of the stack: arg is how many bits it is shifted right
	editGrow                    // replace a growing instruction of memory (arg 0) or a table (arg 1)
)

// edit is one change at pos; what it replaces ends at end.
type edit struct {
	pos, end int32
	kind     editKind
	arg      uint32
}

// frame is an open block.
type frame struct {
	op       byte
	dead     bool  // begun in code that is not reached
	elseDead bool  // the then arm does not reach its end
	branched bool  // a branch leads to its label
	calls    bool  // it has a call
	seg      int32 // the segment at its beginning
	arm      int32 // of an if: the segment of the arm
	outCost  uint32
	thenCost uint32
	target   int32  // the outermost frame that a branch within leads to
	loops    uint32 // how many loops are open, this one included, that have blocks around them
	around   bool   // it is one of them
	written  uint64 // of the first 64 locals: those written on every way to its beginning, since the innermost loop's
	height   uint8  // how many loops are nested within, to the deepest; no more than keepHeight matters
}

// planner finds out where one function is charged. It is used for one function after the other.
type planner struct {
	a      *assembler
	frames []frame
	segs   []segment
	edits  []edit
	cur    int32
	live   bool
	// What the function as a whole needs.
	calls, loops, bulk bool
	loopFirst          bool // a loop comes before any branch or call
	straight           bool // there was none so far
	prev               instr
	// sets has, for each open loop, the set of locals that are changed within, of stride words, and the set of those
	// that are read, with a value from before the loop's beginning as far as is easily seen.
	sets    []uint64
	stride  int
	written uint64
	// kept has the changed locals of loops that were closed; ended says which are whose.
	kept  []uint32
	ended []endedLoop
}

// endedLoop is a loop whose end was seen: its changed locals are kept[from:to].
type endedLoop struct{ from, to int32 }

const unset = ^uint32(0)

// plan walks through the instructions from r on.
func (p *planner) plan(r *reader, locals uint32) {
	p.frames = append(p.frames[:0], frame{op: opBlock, outCost: unset, target: 1 << 30})
	p.edits = p.edits[:0]
	p.segs = append(p.segs[:0], segment{limit: unset, cost: 1 + locals/8})
	p.cur, p.live = 0, true
	p.calls, p.loops, p.bulk = false, false, false
	p.loopFirst, p.straight = false, true
	p.prev = instr{}
	p.written = 0
	p.sets, p.kept, p.ended = p.sets[:0], p.kept[:0], p.ended[:0]
	p.stride = int(locals+63) / 64
	var in instr
	for len(p.frames) > 0 && r.err == nil {
		r.next(&in)
		p.instruction(r, &in)
		p.prev = in
	}
}

// begin makes the segment that code from pos on belongs to.
func (p *planner) begin(pos int, loop bool) int32 {
	p.segs = append(p.segs, segment{limit: unset, loop: loop})
	p.cur = int32(len(p.segs) - 1)
	p.edits = append(p.edits, edit{pos: int32(pos), end: int32(pos), kind: editCharge, arg: uint32(p.cur)})
	return p.cur
}

func (p *planner) charge(pos int, cost uint32) {
	s := &p.segs[p.cur]
	if cost > 0 && s.cost+cost > s.limit {
		p.begin(pos, false)
		s = &p.segs[p.cur]
	}
	s.cost += cost
}

// ahead notes that from here on the current segment may be left early.
func (p *planner) ahead() {
	s := &p.segs[p.cur]
	s.limit = min(s.limit, s.cost+maxAhead)
}

func (p *planner) instruction(r *reader, in *instr) {
	if p.live {
		p.charge(in.at, uint32(costs[in.op]))
	}
	switch in.op {
	case opBlock, opLoop, opIf:
		p.open(r, in)
	case opElse:
		p.elseArm(r)
	case opEnd:
		p.end(r, in)
	case opBr:
		p.branch(in.at+1, r.pos, in.x)
		p.live = false
	case opBrIf:
		p.branch(in.at+1, r.pos, in.x)
		p.ahead()
	case opBrTable:
		list := reader{b: r.b, pos: in.list, end: r.pos}
		for i := 0; i < in.n; i++ {
			at := list.pos
			label := list.u32()
			p.branch(at, list.pos, label)
		}
		p.live = false
	case opReturn:
		label := uint32(len(p.frames) - 1)
		p.edit(in.at, r.pos, editReturn, label+p.shift(label))
		p.out(0)
		p.live = false
	case opUnreachable:
		p.live = false
	case opCall:
		p.call(in.at, r.pos, in.x)
	case opCallIndirect:
		p.call(in.at, r.pos, unset)
	case opRefFunc:
		if in.x >= p.a.yield {
			p.edit(in.at+1, r.pos, editIndex, in.x+1)
		}
	case opLocalGet:
		if n := len(p.sets); n > 0 && (in.x >= 64 || p.written>>in.x&1 == 0) {
			p.sets[n-p.stride+int(in.x/64)] |= 1 << (in.x % 64)
		}
	case opLocalSet, opLocalTee:
		if n := len(p.sets); n > 0 {
			p.sets[n-2*p.stride+int(in.x/64)] |= 1 << (in.x % 64)
			if in.x < 64 {
				p.written |= 1 << in.x
			}
		}
	case opMemoryGrow:
		p.grow(in.at, r.pos, 0)
	case opPrefix:
		p.prefixed(r, in)
	}
}

func (p *planner) edit(pos, end int, kind editKind, arg uint32) {
	p.edits = append(p.edits, edit{pos: int32(pos), end: int32(end), kind: kind, arg: arg})
}

// call notes a call: of a function of the module's own, or of the host, which can only charge fuel.
func (p *planner) call(pos, end int, f uint32) {
	p.straight = false
	if p.live {
		p.calls = p.calls || f >= p.a.yield
		p.edit(pos, end, editCall, f)
	} else if f != unset && f >= p.a.yield {
		p.edit(pos+1, end, editIndex, f+1)
	}
}

// shift is how much further out a label lies with the blocks that are put around loops.
func (p *planner) shift(label uint32) uint32 {
	top := len(p.frames) - 1
	return aroundLoop * (p.frames[top].loops - p.frames[top-int(label)].loops)
}

// branch notes a branch to a label, which lies from pos to end.
func (p *planner) branch(pos, end int, label uint32) {
	if n := p.shift(label); n > 0 {
		p.edit(pos, end, editIndex, label+n)
	}
	if !p.live {
		return
	}
	target := len(p.frames) - 1 - int(label)
	f := &p.frames[target]
	f.branched = true
	if f.outCost == unset {
		f.outCost = p.segs[f.seg].cost
	}
	p.out(int32(target))
}

func (p *planner) out(target int32) {
	p.straight = false
	if !p.live {
		return
	}
	f := &p.frames[len(p.frames)-1]
	f.target = min(f.target, target)
}

func (p *planner) open(r *reader, in *instr) {
	f := frame{op: in.op, dead: !p.live, seg: p.cur, outCost: unset, target: 1 << 30, written: p.written}
	f.loops = p.frames[len(p.frames)-1].loops
	if p.live {
		switch in.op {
		case opLoop:
			f.around = in.x >= blockValue || len(p.a.Types[in.x].Params) == 0
			f.arm = p.begin(r.pos, true)
			p.loopFirst = p.loopFirst || p.straight && f.around
			if f.around {
				f.loops++
				p.written = 0
				for range 2 * p.stride {
					p.sets = append(p.sets, 0)
				}
				p.edits[len(p.edits)-1] = edit{pos: int32(in.at), end: int32(r.pos), kind: editLoop, arg: uint32(f.arm)}
			}
		case opIf:
			p.straight = false
			f.arm = p.begin(r.pos, false)
		}
	}
	p.frames = append(p.frames, f)
}

// closeArm gives the cost of a small arm to the segment before the if, and returns it.
func (p *planner) closeArm(f *frame) uint32 {
	arm := &p.segs[f.arm]
	if arm.cost > smallArm {
		return 0
	}
	cost := arm.cost
	arm.cost = 0
	return cost
}

func (p *planner) elseArm(r *reader) {
	f := &p.frames[len(p.frames)-1]
	if f.dead {
		return
	}
	f.op = opElse
	p.written = f.written
	f.elseDead = !p.live
	f.thenCost = p.closeArm(f)
	p.live = true
	f.arm = p.begin(r.pos, false)
}

func (p *planner) end(r *reader, in *instr) {
	top := len(p.frames) - 1
	f := p.frames[top]
	p.frames = p.frames[:top]
	if top == 0 {
		p.live = p.live || f.branched
		return
	}
	parent := &p.frames[top-1]
	if f.around {
		p.edit(in.at, r.pos, editLoopEnd, uint32(len(p.ended)))
		p.keep(f.height < keepHeight)
		f.height++
	}
	parent.height = max(parent.height, f.height)
	if f.op != opBlock || f.branched || !p.live {
		p.written = f.written
	}
	parent.target = min(parent.target, f.target)
	if f.dead {
		p.live = false
		return
	}
	switch f.op {
	case opLoop:
		p.endLoop(&f)
	case opIf, opElse:
		p.endIf(r, &f)
	default:
		p.endBlock(r, &f)
	}
	if p.live && f.target < int32(top) {
		p.ahead()
	}
}

func (p *planner) endLoop(f *frame) {
	head := &p.segs[f.arm]
	if !f.branched {
		// It goes round once: as good as a block.
		head.loop = false
		return
	}
	// Every way round must lead through a charge that tests.
	head.cost = max(head.cost, 1)
	p.loops = true
	if p.live {
		p.cur = f.seg
	}
}

// keep closes the sets of the innermost loop, and notes which locals are in both.
func (p *planner) keep(list bool) {
	from := int32(len(p.kept))
	n := len(p.sets) - 2*p.stride
	changed, read := p.sets[n:n+p.stride], p.sets[n+p.stride:]
	for i := range changed {
		for word := changed[i] & read[i]; list && word != 0; word &= word - 1 {
			p.kept = append(p.kept, uint32(i*64+bits.TrailingZeros64(word)))
		}
	}
	if n > 0 {
		for i, word := range p.sets[n:] {
			p.sets[n-2*p.stride+i] |= word
		}
	}
	p.sets = p.sets[:n]
	p.ended = append(p.ended, endedLoop{from, int32(len(p.kept))})
}

func (p *planner) endIf(r *reader, f *frame) {
	cost := p.closeArm(f)
	live := p.live
	if f.op == opElse {
		cost = max(cost, f.thenCost)
		live = live || !f.elseDead
	} else {
		live = true // without else
	}
	p.segs[f.seg].cost += cost
	p.join(r, f, live)
}

func (p *planner) endBlock(r *reader, f *frame) {
	if !f.branched {
		return // what follows is reached only from what is before
	}
	p.join(r, f, p.live)
}

// join decides who pays for what follows a block to whose end several ways lead: the segment at its beginning,
// which all of them have passed, or a new one, if branches skip much of what the former has paid.
func (p *planner) join(r *reader, f *frame, live bool) {
	p.live = live || f.branched
	if !p.live {
		return
	}
	s := p.segs[f.seg]
	if f.branched && s.cost-f.outCost > smallSkip {
		p.begin(r.pos, false)
		return
	}
	p.cur = f.seg
}

func (p *planner) grow(pos, end int, table uint32) {
	if p.live {
		p.bulk = true
		p.edits = append(p.edits, edit{pos: int32(pos), end: int32(end), kind: editGrow, arg: table})
	}
}

func (p *planner) prefixed(r *reader, in *instr) {
	shift := uint32(0)
	switch in.sub {
	case subMemoryInit, subMemoryCopy, subMemoryFill:
		shift = bytesShift
	case subTableInit, subTableCopy, subTableFill:
	case subTableGrow:
		p.grow(in.at, r.pos, 1)
		return
	default:
		return
	}
	if !p.live {
		return
	}
	if p.prev.op == opI32Const {
		// The number is known.
		c := reader{b: r.b, pos: p.prev.at + 1, end: in.at}
		if n := uint32(c.signed(32)); c.err == nil && n <= maxAhead<<shift {
			p.segs[p.cur].cost += n >> shift
			return
		}
	}
	p.bulk = true
	p.edit(in.at, in.at, editBulk, shift)
}
