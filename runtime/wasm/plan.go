package wasm

// How far a charge may run ahead of what is executed, in units (RATIONALE.md).
const (
	smallArm  = 12 // an arm of an if that is charged whether taken or not
	smallSkip = 12 // code that a branch jumps over, charged all the same
	maxAhead  = 96 // code after a way out
)

// testEvery is how many units of code may follow each other in a function without a test.
const testEvery = 16 << 10

// aroundLoop is how many blocks are put around a loop.
const aroundLoop = 3

// keepHeight is how many loops outward from the innermost have their locals kept out of the call of the host.
const keepHeight = 4

// segment is code that one charge pays for: its cost is charged where the segment begins, and every way to any of its
// instructions leads through there, once for each time.
type segment struct {
	cost  uint32
	limit uint32 // a cost at which the next segment begins
	tests bool   // the fuel, as the head of a loop does
}

// planner finds out where one function is charged. It is used for one function after the other.
type planner struct {
	a      *assembler
	frames []frame
	segs   []segment
	edits  []edit
	cur    int32
	live   bool
	tested bool   // the function tests at its beginning
	run    uint32 // units since the last test that comes in any case
	// What the function as a whole needs, and whether it leaves the fuel to others: to host functions and those not silent.
	loops, bulk, passes bool
	straight            bool  // no branch and no call so far
	first               int32 // segment of a loop that comes before any of them, or 0
	prev                instr
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
func (p *planner) plan(r *reader, locals uint32, tested bool) {
	p.frames = append(p.frames[:0], frame{op: opBlock, outCost: unset, target: 1 << 30})
	p.edits = p.edits[:0]
	p.segs = append(p.segs[:0], segment{limit: unset, cost: entryCost(locals)})
	p.cur, p.live = 0, true
	p.loops, p.bulk, p.passes = false, false, false
	p.tested, p.run = tested, 0
	p.first, p.straight = 0, true
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
func (p *planner) begin(pos int, tests bool) int32 {
	p.segs = append(p.segs, segment{limit: unset, tests: tests})
	p.cur = int32(len(p.segs) - 1)
	p.edits = append(p.edits, edit{pos: int32(pos), end: int32(pos), kind: editCharge, arg: uint32(p.cur)})
	return p.cur
}

// charge pays for an instruction; run is how much else can be run by it without a test.
func (p *planner) charge(pos int, cost, run uint32) {
	if p.run += cost + run; p.run > testEvery {
		p.begin(pos, true)
		p.run = cost + run
	} else if s := &p.segs[p.cur]; cost > 0 && s.cost+cost > s.limit {
		p.begin(pos, false)
	}
	p.segs[p.cur].cost += cost
}

// ahead notes that from here on the current segment may be left early.
func (p *planner) ahead() {
	s := &p.segs[p.cur]
	s.limit = min(s.limit, s.cost+maxAhead)
}

func (p *planner) instruction(r *reader, in *instr) {
	if p.live {
		entry, run := p.callee(in)
		p.charge(in.at, uint32(costs[in.op])+entry, run)
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
		p.reads(in.x)
	case opLocalSet, opLocalTee:
		p.writes(in.x)
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
		if f != unset && f >= p.a.yield && p.a.roles[f-p.a.yield].silent {
			p.edit(pos+1, end, editIndex, f+1)
			return
		}
		p.passes = true
		p.edit(pos, end, editCall, f)
	} else if f != unset && f >= p.a.yield {
		p.edit(pos+1, end, editIndex, f+1)
	}
}

// callee is what a call pays for the function that it names, and how much that can run without a test.
func (p *planner) callee(in *instr) (entry, run uint32) {
	switch {
	case in.op != opCall:
		return 0, 0
	case in.x < p.a.yield:
		return 0, hostUnits
	}
	role := &p.a.roles[in.x-p.a.yield]
	return role.entry, role.most
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
		if p.live {
			p.charge(in.at, uint32(costs[opMemoryGrow]), 0)
		}
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
