package wasm

import "bytes"

var header = []byte("\x00asm\x01\x00\x00\x00")

// Section ids.
const (
	secCustom byte = iota
	secType
	secImport
	secFunction
	secTable
	secMemory
	secGlobal
	secExport
	secStart
	secElement
	secCode
	secData
	secDataCount
	secTag
)

var sectionNames = [...]string{
	"custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data", "data count",
}

// sectionOrder: sections come in rising order. Data count stands between element and code.
var sectionOrder = [...]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10}

// Parse reads and checks a module: its form, its indices, its limits and its features, but not operand types. The error is
// an *Error. The module keeps b.
func Parse(b []byte, lim Limits) (*Module, error) { return read(b, lim, false) }

// Outline is Parse without a look into the functions: for who only asks what a module imports and exports, or knows that it
// was parsed before. It costs a hundredth. What it returns cannot be metered.
func Outline(b []byte, lim Limits) (*Module, error) { return read(b, lim, true) }

func read(b []byte, lim Limits, outline bool) (*Module, error) {
	if len(b) > lim.Module {
		return nil, overLimit("", "module has %d bytes", uint64(len(b)), lim.Module)
	}
	if len(b) < len(header) || !bytes.Equal(b[:4], header[:4]) {
		return nil, &Error{Kind: Malformed, Offset: -1, Text: "not a WebAssembly module"}
	}
	if !bytes.Equal(b[:8], header) {
		text := "unknown version of the binary format"
		if b[4] == 0x0d || b[6] != 0 {
			text = "a component, not a core module"
		}
		return nil, &Error{Kind: Malformed, Offset: 4, Text: text}
	}
	p := &parser{Module: &Module{bytes: b, limits: lim, outline: outline}, lim: lim, dataCount: -1}
	if err := p.run(); err != nil {
		return nil, err
	}
	return p.Module, nil
}

// parser holds what later sections need from earlier ones.
type parser struct {
	*Module
	lim       Limits
	dataCount int // -1 when there is no such section
	entries   int // of all element segments
}

func (p *parser) run() error {
	top := &reader{b: p.bytes, pos: len(header), end: len(p.bytes)}
	last := 0
	for top.more() {
		start := top.pos
		id := top.byte()
		size := top.u32()
		content := top.pos
		top.skip(uint64(size))
		if top.err != nil {
			return top.err
		}
		if id == secTag {
			top.refuse("exceptions", start)
			return top.err
		}
		if int(id) >= len(sectionNames) {
			top.fail(Malformed, start, "unknown section %d", id)
			return top.err
		}
		if id != secCustom {
			if sectionOrder[id] <= last {
				top.fail(Malformed, start, "section %s is out of order", sectionNames[id])
				return top.err
			}
			last = sectionOrder[id]
		}
		r := &reader{b: p.bytes, pos: content, end: top.pos, where: "section " + sectionNames[id]}
		p.sections = append(p.sections, section{id: id, start: start, content: content, end: top.pos})
		p.section(id, r)
		if r.err == nil && r.pos != r.end {
			r.fail(Malformed, r.pos, "has %d bytes too many", r.end-r.pos)
		}
		if r.err != nil {
			return r.err
		}
	}
	if top.err != nil {
		return top.err
	}
	return p.finish()
}

func (p *parser) section(id byte, r *reader) {
	switch id {
	case secCustom:
		p.custom(r)
	case secType:
		p.types(r)
	case secImport:
		p.imports(r)
	case secFunction:
		p.functions(r)
	case secTable:
		p.tables(r)
	case secMemory:
		p.memorySection(r)
	case secGlobal:
		p.globals(r)
	case secExport:
		p.exports(r)
	case secStart:
		p.start(r)
	case secElement:
		p.elements(r)
	case secDataCount:
		p.dataCount = int(r.u32())
		if r.err == nil && p.dataCount > p.lim.Datas {
			r.over("has %d segments", uint64(p.dataCount), p.lim.Datas)
		}
	case secCode:
		p.code(r)
	case secData:
		p.datas(r)
	}
}

// finish checks what no single section can.
func (p *parser) finish() error {
	if p.Funcs != len(p.bodies) {
		return &Error{Kind: Malformed, Offset: -1, Text: "the function and code sections differ in length"}
	}
	if p.dataCount >= 0 && p.dataCount != p.Datas {
		return &Error{Kind: Malformed, Where: "section data count", Offset: -1, Text: "is not the number of data segments"}
	}
	return nil
}
