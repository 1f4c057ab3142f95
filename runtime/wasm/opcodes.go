package wasm

// Opcodes that Parse or Meter treats by name.
const (
	opUnreachable   = 0x00
	opNop           = 0x01
	opBlock         = 0x02
	opLoop          = 0x03
	opIf            = 0x04
	opElse          = 0x05
	opBr            = 0x0c
	opBrIf          = 0x0d
	opBrTable       = 0x0e
	opReturn        = 0x0f
	opCall          = 0x10
	opCallIndirect  = 0x11
	opLocalGet      = 0x20
	opLocalSet      = 0x21
	opLocalTee      = 0x22
	opGlobalSet     = 0x24
	opTableSet      = 0x26
	opMemoryGrow    = 0x40
	opSelect        = 0x1b
	opI32Eqz        = 0x45
	opI32Ne         = 0x47
	opI64Ne         = 0x52
	opI64LtS        = 0x53
	opI64GeS        = 0x59
	opI64Add        = 0x7c
	opI64Sub        = 0x7d
	opI64Mul        = 0x7e
	opI64And        = 0x83
	opI64Shl        = 0x86
	opI64ShrU       = 0x88
	opI64ExtendI32U = 0xad
	opPrefix        = 0xfc
)

// Opcodes after opPrefix.
const (
	subMemoryInit = 8
	subDataDrop   = 9
	subMemoryCopy = 10
	subMemoryFill = 11
	subTableInit  = 12
	subElemDrop   = 13
	subTableCopy  = 14
	subTableGrow  = 15
	subTableSize  = 16
	subTableFill  = 17
)

// immediate is the form of what follows an opcode.
type immediate byte

const (
	immInvalid immediate = iota
	immNone
	immBlock    // block type
	immIndex    // one index: label, function, local, global, table
	immLabels   // of br_table
	immIndirect // type, table
	immTypes    // of select with types
	immMemArg   // alignment, offset
	immZero     // a zero byte, for the memory
	immI32
	immI64
	immF32
	immF64
	immRefType
	immPrefix // another opcode
)

// immediates is the form of each opcode of the allowed set.
var immediates = func() (t [256]immediate) {
	set := func(from, to int, im immediate) {
		for op := from; op <= to; op++ {
			t[op] = im
		}
	}
	set(opUnreachable, opNop, immNone)
	set(opBlock, opIf, immBlock)
	set(opElse, opElse, immNone)
	set(opEnd, opEnd, immNone)
	set(opBr, opBrIf, immIndex)
	set(opBrTable, opBrTable, immLabels)
	set(opReturn, opReturn, immNone)
	set(opCall, opCall, immIndex)
	set(opCallIndirect, opCallIndirect, immIndirect)
	set(0x1a, 0x1b, immNone) // drop, select
	set(0x1c, 0x1c, immTypes)
	set(opLocalGet, opTableSet, immIndex)
	set(0x28, 0x3e, immMemArg)
	set(0x3f, opMemoryGrow, immZero)
	set(opI32Const, opI32Const, immI32)
	set(opI64Const, opI64Const, immI64)
	set(opF32Const, opF32Const, immF32)
	set(opF64Const, opF64Const, immF64)
	set(opI32Eqz, 0xc4, immNone)
	set(opRefNull, opRefNull, immRefType)
	set(0xd1, 0xd1, immNone) // ref.is_null
	set(opRefFunc, opRefFunc, immIndex)
	set(opPrefix, opPrefix, immPrefix)
	return t
}()

// featureOf names the proposal of an opcode outside the allowed set.
var featureOf = [256]string{
	0x06: "exceptions", 0x07: "exceptions", 0x08: "exceptions", 0x09: "exceptions", 0x0a: "exceptions",
	0x18: "exceptions", 0x19: "exceptions", 0x1f: "exceptions",
	0x12: "tail calls", 0x13: "tail calls", 0x15: "tail calls",
	0x14: "typed function references", 0xd4: "typed function references",
	0xd5: "typed function references", 0xd6: "typed function references",
	0xd3: "garbage collected types", 0xfb: "garbage collected types",
	0xfd: "SIMD",
	0xfe: "threads",
}

// The fuel of an instruction: 1, but for those that only give structure, and a few that take much longer than others.
var costs = func() (t [256]uint8) {
	for op := range t {
		t[op] = 1
	}
	for _, op := range []byte{opUnreachable, opNop, opBlock, opLoop, opElse, opEnd, 0x1a} {
		t[op] = 0
	}
	t[opCall], t[opCallIndirect] = 2, 4
	for _, op := range []byte{0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82, 0x91, 0x95, 0x9f, 0xa3} { // division, remainder, square root
		t[op] = 4
	}
	t[opMemoryGrow] = 128 // a way out to the host, as that of table.grow
	t[opRefFunc] = 16     // likewise, but short
	t[opPrefix] = 4
	return t
}()

// entryCost is the fuel of entering a function: its locals are cleared.
func entryCost(locals uint32) uint32 { return 1 + locals/8 }
