package wasm

// instr is one instruction with what Parse and Meter want of its immediates.
type instr struct {
	at   int // position of the opcode
	op   byte
	sub  uint32 // the opcode after opPrefix
	x, y uint32 // the first and the second index
	// labels of br_table: n of them, the default the last, from position list.
	n, list int
}

// Block types other than a type index, as instr.x of a block.
const (
	blockEmpty uint32 = 1<<32 - 1 - iota
	blockValue        // one value; its type is the byte after the opcode
)

// next reads one instruction of the allowed set. Indices are not checked against anything.
func (r *reader) next(in *instr) {
	in.at = r.pos
	op := r.byte()
	in.op = op
	switch immediates[op] {
	case immNone:
	case immIndex:
		in.x = r.u32()
	case immBlock:
		r.blockType(in)
	case immMemArg:
		if r.u32() >= 64 {
			r.refuse("more than one memory", in.at)
		}
		r.u32()
	case immI32:
		r.leb(5)
	case immI64:
		r.leb(10)
	case immF32:
		r.skip(4)
	case immF64:
		r.skip(8)
	case immLabels:
		in.n = int(r.u32()) + 1
		in.list = r.pos
		for i := 0; i < in.n && r.err == nil; i++ {
			r.u32()
		}
	case immIndirect:
		in.x, in.y = r.u32(), r.u32()
	case immTypes:
		for n := r.u32(); n > 0 && r.err == nil; n-- {
			r.valueType()
		}
	case immZero:
		r.zero()
	case immRefType:
		r.refType()
	case immPrefix:
		r.prefixed(in)
	default:
		if r.err == nil {
			r.opcodeError(op, in.at)
		}
	}
}

// leb skips a number of at most n bytes. The engine reads its value.
func (r *reader) leb(n int) {
	at := r.pos
	for i := 0; i < n; i++ {
		if r.byte() < 0x80 {
			return
		}
	}
	r.fail(Malformed, at, "number is longer than %d bytes", n)
}

func (r *reader) zero() {
	at := r.pos
	if r.byte() != 0 && r.err == nil {
		r.refuse("more than one memory", at)
	}
}

func (r *reader) blockType(in *instr) {
	at := r.pos
	if at < r.end {
		switch c := r.b[at]; {
		case c == 0x40:
			r.pos++
			in.x = blockEmpty
			return
		case c > 0x40 && c < 0x80:
			r.valueType()
			in.x = blockValue
			return
		}
	}
	t := r.signed(33)
	switch {
	case r.err != nil:
	case t < 0:
		r.fail(Malformed, at, "unknown block type")
	case t >= int64(blockValue):
		r.fail(Malformed, at, "there is no type %d", t)
	default:
		in.x = uint32(t)
	}
}

func (r *reader) prefixed(in *instr) {
	in.sub = r.u32()
	switch in.sub {
	case 0, 1, 2, 3, 4, 5, 6, 7:
	case subMemoryInit:
		in.x = r.u32()
		r.zero()
	case subDataDrop, subElemDrop, subTableGrow, subTableSize, subTableFill:
		in.x = r.u32()
	case subMemoryCopy:
		r.zero()
		r.zero()
	case subMemoryFill:
		r.zero()
	case subTableInit, subTableCopy:
		in.x, in.y = r.u32(), r.u32()
	case 19, 20, 21, 22:
		r.refuse("wide arithmetic", in.at)
	default:
		r.fail(Malformed, in.at, "unknown opcode 0xfc %d", in.sub)
	}
}
