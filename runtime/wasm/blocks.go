package wasm

// frame is an open block.
type frame struct {
	op       byte
	dead     bool  // begun in code that is not reached
	elseDead bool  // the then arm does not reach its end
	branched bool  // a branch leads to its label
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

func (p *planner) open(r *reader, in *instr) {
	f := frame{op: in.op, dead: !p.live, seg: p.cur, outCost: unset, target: 1 << 30, written: p.written}
	f.loops = p.frames[len(p.frames)-1].loops
	if p.live {
		switch in.op {
		case opLoop:
			f.around = in.x >= blockValue || len(p.a.Types[in.x].Params) == 0
			f.arm = p.begin(r.pos, true)
			if p.tested && p.first == 0 && p.straight && f.around {
				p.first = f.arm
			}
			if f.around {
				f.loops++
				p.openSets()
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
		// It goes round once: as good as a block. But the first one tests for the whole function.
		head.tests = f.arm == p.first
		return
	}
	// Every way round must lead through a charge that tests.
	head.cost = max(head.cost, 1)
	p.loops = true
	if p.live {
		p.cur = f.seg
	}
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
