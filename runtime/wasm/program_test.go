package wasm_test

import "encoding/binary"

// program makes a valid module out of any bytes: functions with nested blocks, loops, branches and calls, which end because each
// loop counts down a local of its own and a global counts down what is called, by name or through the table. It counts in the exported global "marks" how many
// statements are executed, each of which is at least markCost instructions.
type program struct {
	src    []byte
	code   []byte
	labels []label
	loops  int // loops so far in the function: each has a counter among the locals
	left   int // statements that may still come
	index  uint32
}

const (
	markCost = 4
	variable = 3  // locals 0 to 2: the two parameters, and one more
	counters = 12 // locals after those
	imports  = 1
	// Of the functions every second one is exported, and the first two are in the table, again and again.
	funcs = 6
	calls = 20
	plain = 2 // that one calls only earlier ones
)

// label is a place to branch to: its values, and for a loop its counter.
type label struct {
	arity   int
	counter int // -1: forward
}

func (p *program) next(n int) int {
	if len(p.src) == 0 {
		return 0
	}
	c := p.src[0]
	p.src = p.src[1:]
	return int(c) % n
}

func (p *program) op(ops ...byte) { p.code = append(p.code, ops...) }

func (p *program) idx(op byte, i uint32) {
	p.code = binary.AppendUvarint(append(p.code, op), uint64(i))
}

func (p *program) get() { p.idx(0x20, uint32(p.next(variable))) }
func (p *program) set() { p.idx(0x21, uint32(p.next(variable))) }

func (p *program) value() {
	switch p.next(4) {
	case 0:
		p.op(0x41, byte(p.next(64)))
	case 1:
		p.get()
		p.get()
		p.op(0x6a) // add
	case 2:
		p.get()
		p.op(0x41, 31, 0x6c) // multiply
	default:
		p.get()
	}
}

func (p *program) condition() {
	p.get()
	p.op(0x41, byte(1<<p.next(5)), 0x71) // and
}

func (p *program) body(depth int) {
	for n := 1 + p.next(5); n > 0 && p.left > 0; n-- {
		p.left--
		p.statement(depth)
	}
}

func (p *program) statement(depth int) {
	p.op(0x23, 0, 0x41, 1, 0x6a, 0x24, 0) // marks++
	kind := p.next(18)
	if depth == 0 && kind >= 8 && kind < 16 {
		kind -= 8
	}
	if kind >= 16 && p.index == plain {
		kind = 0
	}
	switch kind {
	default:
		p.value()
		p.set()
	case 1:
		p.op(0x41, byte(p.next(32)))
		p.value()
		p.op(0x36, 2, byte(p.next(64))) // store
	case 2:
		p.op(0x41, byte(p.next(32)), 0x28, 2, byte(p.next(64))) // load
		p.set()
	case 3:
		p.branchIf()
	case 4:
		p.call()
		p.set()
	case 5:
		p.leave()
	case 6:
		p.op(0x41, 0x80, 1, 0x41, 5) // fill
		p.value()
		p.op(0x41, 63, 0x71, 0xfc, 11, 0)
	case 7:
		p.table()
	case 8, 9:
		p.block(depth, 0)
	case 10:
		p.block(depth, 1)
	case 11, 12:
		p.loop(depth)
	case 13, 14:
		p.condition()
		p.op(0x04, 0x40)
		p.inside(label{0, -1}, depth)
		if p.next(2) == 0 {
			p.op(0x05)
			p.inside(label{0, -1}, depth)
		}
		p.op(0x0b)
	case 15:
		p.loopWithParameter(depth)
	case 16, 17:
		p.callAny(kind == 17)
	}
}

// callAny calls any function, itself too, as long as the global that counts calls down is not 0.
func (p *program) callAny(indirect bool) {
	p.op(0x23, 1, 0x04, 0x40)             // if calls
	p.op(0x23, 1, 0x41, 1, 0x6b, 0x24, 1) // calls--
	p.value()
	p.value()
	if f := byte(p.next(funcs)); indirect {
		p.op(0x41, f, 0x11, 1, 0)
	} else {
		p.op(0x10, imports+f)
	}
	p.set()
	p.op(0x0b)
}

func (p *program) inside(l label, depth int) {
	p.labels = append(p.labels, l)
	p.body(depth - 1)
	p.labels = p.labels[:len(p.labels)-1]
}

func (p *program) block(depth, arity int) {
	if arity == 0 {
		p.op(0x02, 0x40)
		p.inside(label{0, -1}, depth)
		p.op(0x0b)
		return
	}
	p.op(0x02, 0x7f)
	p.inside(label{1, -1}, depth)
	p.value()
	p.op(0x0b)
	p.set()
}

// again counts down and leaves on the stack whether to go round once more.
func (p *program) again(counter int) {
	c := uint32(variable + counter)
	p.idx(0x20, c)
	p.op(0x41, 1, 0x6b)
	p.idx(0x22, c)
	p.op(0x41, 0, 0x4a) // greater than 0
}

func (p *program) loop(depth int) {
	if p.loops == counters {
		return
	}
	counter := p.loops
	p.loops++
	p.op(0x41, byte(1+p.next(4)))
	p.idx(0x21, uint32(variable+counter))
	p.op(0x03, 0x40)
	p.inside(label{0, counter}, depth)
	p.again(counter)
	p.op(0x0d, 0, 0x0b)
}

func (p *program) loopWithParameter(depth int) {
	if p.loops == counters {
		return
	}
	counter := p.loops
	p.loops++
	p.op(0x41, byte(1+p.next(4)))
	p.idx(0x21, uint32(variable+counter))
	p.value()
	p.op(0x03, 0) // type 0: (i32) -> (i32)
	p.set()
	p.inside(label{1, counter}, depth)
	p.value()
	p.again(counter)
	p.op(0x0d, 0, 0x0b)
	p.set()
}

func (p *program) pick() (uint32, label) {
	i := p.next(len(p.labels))
	return uint32(i), p.labels[len(p.labels)-1-i]
}

func (p *program) branchIf() {
	i, l := p.pick()
	if l.arity == 1 {
		p.value()
	}
	if l.counter >= 0 {
		p.again(l.counter)
	} else {
		p.condition()
	}
	p.idx(0x0d, i)
	if l.arity == 1 {
		p.set()
	}
}

// leave goes away for good: what follows is dead.
func (p *program) leave() {
	i, l := p.pick()
	switch {
	case l.counter >= 0 || p.next(3) == 0:
		p.value()
		p.op(0x0f) // return
	default:
		if l.arity == 1 {
			p.value()
		}
		p.idx(0x0c, i)
	}
}

// table branches to some of the forward labels without values.
func (p *program) table() {
	var to []uint32
	for i := range p.labels {
		if l := p.labels[len(p.labels)-1-i]; l.counter < 0 && l.arity == 0 {
			to = append(to, uint32(i))
		}
	}
	if len(to) == 0 {
		return
	}
	p.get()
	p.op(0x41, 7, 0x71)
	n := p.next(4)
	p.idx(0x0e, uint32(n))
	for range n + 1 {
		p.code = binary.AppendUvarint(p.code, uint64(to[p.next(len(to))]))
	}
}

func (p *program) call() {
	f := uint32(p.next(int(p.index) + 1))
	p.value()
	if f > 0 {
		p.value()
	}
	p.idx(0x10, f)
}

// module makes six functions and exports three of them as "0", "1" and "2".
func (p *program) module() []byte {
	var bodies, exports []byte
	const n = funcs
	for i := range n {
		p.code, p.loops, p.left, p.index = nil, 0, 40, uint32(i)
		p.op(1, 1+counters, 0x7f) // locals
		p.labels = append(p.labels[:0], label{1, -1})
		p.body(3)
		p.value()
		p.op(0x0b)
		bodies = binary.AppendUvarint(bodies, uint64(len(p.code)))
		bodies = append(bodies, p.code...)
		if i%2 == 1 {
			exports = append(exports, 1, byte('0'+i/2), 0, byte(imports+i))
		}
	}
	exports = append(exports, 5, 'm', 'a', 'r', 'k', 's', 3, 0, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0)
	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, content ...byte) {
		out = binary.AppendUvarint(append(out, id), uint64(len(content)))
		out = append(out, content...)
	}
	section(1, 2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 1, 0x7f)
	section(2, 1, 3, 'e', 'n', 'v', 5, 't', 'w', 'i', 'c', 'e', 0, 0)
	section(3, n, 1, 1, 1, 1, 1, 1)
	section(4, 1, 0x70, 0, n)
	section(5, 1, 0, 1)
	section(6, 2, 0x7f, 1, 0x41, 0, 0x0b, 0x7f, 1, 0x41, calls, 0x0b)
	section(7, append([]byte{n/2 + 2}, exports...)...)
	section(9, 1, 0, 0x41, 0, 0x0b, n, imports, imports+1, imports, imports+1, imports, imports+1)
	section(10, append([]byte{n}, bodies...)...)
	return out
}
