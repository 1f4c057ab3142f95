package wasm

import "fmt"

func (p *parser) code(r *reader) {
	n := r.count("has %d functions", p.lim.Functions)
	if r.err == nil && n != p.Funcs {
		r.fail(Malformed, r.pos, "has %d bodies for %d functions", n, p.Funcs)
		return
	}
	p.bodies = make([]body, 0, n)
	c := &checker{parser: p}
	p.flows = make([]flow, 0, n)
	for _, g := range p.Globals {
		if g.Mutable {
			c.mutable++
		}
	}
	for i := 0; i < n; i++ {
		f := p.imported[KindFunc] + i
		size := r.u32()
		if r.err != nil {
			return
		}
		if uint64(size) > uint64(p.lim.Body) {
			r.err = overLimit(funcName(f), "body has %d bytes", uint64(size), p.lim.Body)
			return
		}
		start := r.pos
		if r.skip(uint64(size)); r.err != nil {
			return
		}
		p.bodies = append(p.bodies, body{start, r.pos})
		p.LargestBody = max(p.LargestBody, int(size))
		if p.outline {
			continue
		}
		if err := c.function(f, start, r.pos); err != nil {
			r.err = err
			return
		}
	}
}

func funcName(index int) string { return fmt.Sprintf("function %d", index) }

// checker walks through function bodies. It is used for one after the other, to keep its stack.
type checker struct {
	*parser
	blocks []byte // opcodes of the open blocks, the function itself first
	locals uint64
	// Of the function at work: its loops, how many are open now and were at once, and all of its joins.
	loops, open, deepest, joins int
	// Of all functions.
	allJoins, calls uint64
	mutable         uint64 // globals
}

func (c *checker) function(index, start, end int) *Error {
	r := reader{b: c.bytes, pos: start, end: end, where: "function"}
	c.locals = uint64(len(c.funcType(uint32(index)).Params))
	c.readLocals(&r)
	c.blocks = append(c.blocks[:0], opBlock)
	c.loops, c.open, c.deepest, c.joins = 0, 0, 0, 0
	c.flows = append(c.flows, flow{callees: int32(len(c.callees))})
	flow := &c.flows[len(c.flows)-1]
	flow.cost = uint64(entryCost(uint32(c.locals)))
	var in instr
	for len(c.blocks) > 0 && r.err == nil {
		r.next(&in)
		if r.err == nil {
			flow.cost += uint64(costs[in.op])
			c.instruction(&r, &in)
		}
	}
	if r.err == nil && r.pos != r.end {
		r.fail(Malformed, r.pos, "goes on after its end")
	}
	flow.frame = frameOf(int(c.locals), end-start)
	if r.err == nil {
		c.products(&r)
	}
	if r.err != nil && r.err.Where == "function" {
		r.err.Where = funcName(index)
	}
	return r.err
}

func (c *checker) readLocals(r *reader) {
	n := r.count("has %d groups of locals", c.lim.Locals)
	for i := 0; i < n && r.err == nil; i++ {
		c.locals += uint64(r.u32())
		r.valueType()
	}
	if r.err == nil && c.locals > uint64(c.lim.Locals) {
		r.over("has %d locals", c.locals, c.lim.Locals)
	}
}

// products bounds what an optimising compiler spends most time on: it may join each local wherever ways meet, and loads
// each mutable global after each call.
func (c *checker) products(r *reader) {
	c.MostLocals = max(c.MostLocals, int(c.locals))
	if c.loops > c.lim.Loops {
		r.over("has %d loops", uint64(c.loops), c.lim.Loops)
	}
	if n := uint64(c.deepest) * c.locals; n > uint64(c.lim.LoopLocals) {
		r.over("nesting of loops times locals is %d", n, c.lim.LoopLocals)
	}
	// A function with many joins is slow to compile even with few locals.
	joins := uint64(c.joins) * (c.locals + uint64(c.joins)/32)
	if joins > uint64(c.lim.Joins) {
		r.over("blocks times locals is about %d", joins, c.lim.Joins)
	}
	c.MostJoins = max(c.MostJoins, int(joins))
	c.allJoins += joins
	// What is in proportion to the module's size is nobody's bomb.
	if most := min(c.lim.AllJoins, c.lim.SmallJoins+len(c.bytes)); c.allJoins > uint64(most) {
		r.over("blocks times locals up to here is about %d", c.allJoins, most)
	}
	most := min(c.lim.AllCalls, c.lim.SmallCalls+len(c.bytes)/4)
	if n := c.calls * c.mutable; n > uint64(most) {
		r.over("calls times mutable globals up to here is %d", n, most)
	}
}

func (c *checker) instruction(r *reader, in *instr) {
	switch in.op {
	case opBlock, opLoop, opIf:
		c.block(r, in)
	case opElse:
		top := len(c.blocks) - 1
		if c.blocks[top] != opIf {
			r.fail(Malformed, in.at, "else without if")
		}
		c.blocks[top] = opElse
		c.joins++
	case opEnd:
		top := len(c.blocks) - 1
		if c.blocks[top] == opLoop {
			c.open--
		}
		c.blocks = c.blocks[:top]
	case opBr, opBrIf:
		c.label(r, in, in.x)
	case opBrTable:
		c.labels(r, in)
	case opCall, opRefFunc:
		c.calls++
		c.check(r, in, "function", in.x, len(c.sigs))
		c.names(in)
	case opCallIndirect:
		c.calls++
		c.flows[len(c.flows)-1].indirect = true
		c.check(r, in, "type", in.x, len(c.Types))
		c.check(r, in, "table", in.y, len(c.Tables))
	case opLocalGet, opLocalSet, opLocalTee:
		c.check(r, in, "local", in.x, int(c.locals))
	case opGlobalGet, opGlobalSet:
		c.check(r, in, "global", in.x, len(c.Globals))
	case 0x25, opTableSet:
		c.check(r, in, "table", in.x, len(c.Tables))
		c.stateful = c.stateful || in.op == opTableSet
	case opPrefix:
		c.prefixed(r, in)
	}
}

// names notes a function that code names.
func (c *checker) names(in *instr) {
	switch flow := &c.flows[len(c.flows)-1]; {
	case in.op == opRefFunc:
		c.taken = append(c.taken, in.x)
	case int(in.x) < c.imported[KindFunc]:
		flow.cost += hostUnits
	default:
		c.callees = append(c.callees, in.x)
	}
}

func (c *checker) check(r *reader, in *instr, what string, index uint32, n int) {
	if uint64(index) >= uint64(n) {
		r.fail(Malformed, in.at, "there is no %s %d", what, index)
	}
}

func (c *checker) block(r *reader, in *instr) {
	if in.x < blockValue {
		c.check(r, in, "type", in.x, len(c.Types))
	}
	if len(c.blocks) > c.lim.Nesting {
		r.over("nesting of blocks is %d", uint64(len(c.blocks)), c.lim.Nesting)
	}
	c.joins++
	if in.op == opLoop {
		c.joins += aroundLoop
		c.loops++
		c.open++
		c.deepest = max(c.deepest, c.open)
	}
	c.blocks = append(c.blocks, in.op)
}

func (c *checker) label(r *reader, in *instr, label uint32) {
	c.check(r, in, "label", label, len(c.blocks))
}

func (c *checker) labels(r *reader, in *instr) {
	if in.n > c.lim.Labels {
		r.over("br_table has %d labels", uint64(in.n), c.lim.Labels)
		return
	}
	list := reader{b: r.b, pos: in.list, end: r.pos}
	for i := 0; i < in.n && r.err == nil; i++ {
		c.label(r, in, list.u32())
	}
}

func (c *checker) prefixed(r *reader, in *instr) {
	switch in.sub {
	case subMemoryInit, subDataDrop:
		if c.dataCount < 0 {
			r.fail(Malformed, in.at, "needs a data count section")
		}
		c.check(r, in, "data segment", in.x, max(c.dataCount, 0))
	case subTableInit, subElemDrop:
		c.check(r, in, "element segment", in.x, c.Elements)
	}
	switch in.sub {
	case subTableInit:
		c.check(r, in, "table", in.y, len(c.Tables))
	case subTableCopy:
		c.check(r, in, "table", in.x, len(c.Tables))
		c.check(r, in, "table", in.y, len(c.Tables))
	case subTableGrow, subTableSize, subTableFill:
		c.check(r, in, "table", in.x, len(c.Tables))
	}
	switch in.sub {
	case subDataDrop, subElemDrop, subTableInit, subTableCopy, subTableGrow, subTableFill:
		c.stateful = true
	}
}
