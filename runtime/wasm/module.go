package wasm

import "strings"

// Kinds of imports and exports.
const (
	KindFunc   byte = 0
	KindTable  byte = 1
	KindMemory byte = 2
	KindGlobal byte = 3
)

// Value types, by their byte in the binary format.
const (
	I32       byte = 0x7f
	I64       byte = 0x7e
	F32       byte = 0x7d
	F64       byte = 0x7c
	FuncRef   byte = 0x70
	ExternRef byte = 0x6f
)

// TypeName is the name of a value type in the text format.
func TypeName(t byte) string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	}
	return "unknown"
}

// FuncType is the signature of a function. Types are I32 and its like.
type FuncType struct{ Params, Results []byte }

// String is like `(i32, i64) -> (i32)`.
func (t FuncType) String() string {
	var b strings.Builder
	list := func(types []byte) {
		b.WriteByte('(')
		for i, v := range types {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(TypeName(v))
		}
		b.WriteByte(')')
	}
	list(t.Params)
	b.WriteString(" -> ")
	list(t.Results)
	return b.String()
}

// Equal compares two signatures.
func (t FuncType) Equal(o FuncType) bool {
	return string(t.Params) == string(o.Params) && string(t.Results) == string(o.Results)
}

// Import is one import. Type is that of a function, and zero for other kinds.
type Import struct {
	Module, Name string
	Kind         byte
	Type         FuncType
}

// Export is one export. Type is that of a function, and zero for other kinds.
type Export struct {
	Name  string
	Kind  byte
	Index uint32 // in the module as it was parsed
	Type  FuncType
}

// Custom is a custom section. Data is part of the bytes given to Parse.
type Custom struct {
	Name string
	Data []byte
}

// Limits32 is the size of a memory (pages of 64 KiB) or of a table (entries). Max counts only with HasMax.
type Limits32 struct {
	Min, Max uint32
	HasMax   bool
}

// Table is one table: FuncRef or ExternRef, and its size.
type Table struct {
	Type byte
	Limits32
}

// Global is the type of one global.
type Global struct {
	Type    byte
	Mutable bool
}

// Module is what Parse found. It refers to the bytes it was parsed from, which must not change.
type Module struct {
	Types   []FuncType
	Imports []Import
	Exports []Export
	Customs []Custom
	Funcs   int // defined functions, without the imported
	// Memory is the imported or defined memory, or nil.
	Memory   *Limits32
	Tables   []Table  // imported and defined
	Globals  []Global // imported and defined
	Elements int      // segments
	Datas    int      // segments
	HasStart bool

	LargestBody int // bytes
	MostLocals  int // of one function, parameters included
	MostJoins   int // as in Limits.Joins

	imported [4]int // number of imports by kind
	sigs     []uint32
	sections []section
	bodies   []body
	limits   Limits
	bytes    []byte
	outline  bool // the functions were not looked into
	// stateful: instructions that change what no restoring of memory and globals undoes.
	stateful  bool
	startFunc uint32
	refs      []funcRef // in globals, elements and data, in order
	flows     []flow    // of the module's own functions
	callees   []uint32  // that they call, as flow has it
	taken     []uint32  // functions named by ref.func in code
}

// section is where a section lies: from its id to its end, and its content.
type section struct {
	id                  byte
	start, content, end int
	name                string // of a custom section
}

// body is where the code of a function lies, without its size field.
type body struct{ start, end int }

// Custom is the content of the first custom section of that name.
func (m *Module) Custom(name string) ([]byte, bool) {
	for _, c := range m.Customs {
		if c.Name == name {
			return c.Data, true
		}
	}
	return nil, false
}

// Size is that of the module, in bytes.
func (m *Module) Size() int { return len(m.bytes) }

// funcType is the signature of a function by its index, which must be in range.
func (m *Module) funcType(index uint32) FuncType {
	return m.Types[m.sigs[index]]
}
