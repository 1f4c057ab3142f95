package wasm

import (
	"fmt"
	"strings"
)

// constant opcodes.
const (
	opEnd       = 0x0b
	opGlobalGet = 0x23
	opI32Const  = 0x41
	opI64Const  = 0x42
	opF32Const  = 0x43
	opF64Const  = 0x44
	opRefNull   = 0xd0
	opRefFunc   = 0xd2
)

// constant reads a constant expression: one instruction and end. It returns the function that a ref.func
// names, and where its index lies, for Meter.
func (p *parser) constant(r *reader) (ref funcRef) {
	at := r.pos
	switch op := r.byte(); op {
	case opI32Const:
		r.signed(32)
	case opI64Const:
		r.signed(64)
	case opF32Const:
		r.skip(4)
	case opF64Const:
		r.skip(8)
	case opGlobalGet:
		r.index("global", len(p.Globals))
	case opRefNull:
		r.refType()
	case opRefFunc:
		ref.start = r.pos
		ref.index = r.index("function", len(p.sigs))
		ref.end = r.pos
	case 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e:
		r.refuse("extended constant expressions", at)
	default:
		if r.err == nil {
			r.opcodeError(op, at)
		}
	}
	at = r.pos
	if op := r.byte(); r.err == nil && op != opEnd {
		// A second instruction is only meaningful with arithmetic to join the two.
		r.refuse("extended constant expressions", at)
	}
	return ref
}

// funcRef is a function index in the bytes, to be rewritten. There is none when end is 0.
type funcRef struct {
	start, end int
	index      uint32
}

func (p *parser) globals(r *reader) {
	n := r.count("has %d globals", p.lim.Globals)
	for i := 0; i < n && r.err == nil; i++ {
		// Its own initial value may not refer to it.
		before := len(p.Globals)
		p.globalType(r)
		if r.err != nil {
			return
		}
		self := p.Globals[before]
		p.Globals = p.Globals[:before]
		p.ref(p.constant(r))
		p.Globals = append(p.Globals, self)
	}
}

func (p *parser) ref(f funcRef) {
	if f.end > 0 {
		p.refs = append(p.refs, f)
	}
}

func (p *parser) exports(r *reader) {
	n := r.count("has %d exports", p.lim.Exports)
	p.Exports = make([]Export, 0, n)
	names := make(map[string]bool, n)
	for i := 0; i < n && r.err == nil; i++ {
		at := r.pos
		ex := Export{Name: r.name(p.lim.NameLength)}
		if names[ex.Name] {
			r.fail(Malformed, at, "two exports have the name %q", ex.Name)
		}
		if strings.HasPrefix(ex.Name, GlobalPrefix) {
			r.fail(Reserved, at, "the name of export %q is reserved", ex.Name)
		}
		names[ex.Name] = true
		at = r.pos
		ex.Kind = r.byte()
		switch ex.Kind {
		case KindFunc:
			ex.Index = r.index("function", len(p.sigs))
			if r.err == nil {
				ex.Type = p.funcType(ex.Index)
			}
		case KindTable:
			ex.Index = r.index("table", len(p.Tables))
		case KindMemory:
			ex.Index = r.index("memory", p.memoryCount())
		case KindGlobal:
			ex.Index = r.index("global", len(p.Globals))
		case 4:
			r.refuse("exceptions", at)
		default:
			r.fail(Malformed, at, "unknown kind of export %d", ex.Kind)
		}
		p.Exports = append(p.Exports, ex)
	}
}

func (p *parser) memoryCount() int {
	if p.Memory == nil {
		return 0
	}
	return 1
}

func (p *parser) start(r *reader) {
	at := r.pos
	f := r.index("function", len(p.sigs))
	if r.err != nil {
		return
	}
	if t := p.funcType(f); len(t.Params)+len(t.Results) > 0 {
		r.fail(Malformed, at, "start function has type %s, want () -> ()", t)
	}
	p.HasStart, p.startFunc = true, f
}

func (p *parser) elements(r *reader) {
	n := r.count("has %d segments", p.lim.Elements)
	for i := 0; i < n && r.err == nil; i++ {
		p.element(r)
	}
	p.Elements = n
}

func (p *parser) element(r *reader) {
	at := r.pos
	flags := r.u32()
	if flags > 7 {
		r.fail(Malformed, at, "unknown kind of element segment %d", flags)
		return
	}
	passive, explicit, expressions := flags&1 != 0, flags&2 != 0, flags&4 != 0
	if !passive {
		table := uint32(0)
		if explicit {
			table = r.u32()
		}
		if r.err == nil && uint64(table) >= uint64(len(p.Tables)) {
			r.fail(Malformed, at, "there is no table %d", table)
		}
		p.ref(p.constant(r))
	}
	if passive || explicit {
		if expressions {
			r.refType()
		} else if kind := r.byte(); r.err == nil && kind != 0 {
			r.fail(Malformed, r.pos-1, "unknown kind of elements %d", kind)
		}
	}
	n := r.count("segments have %d more entries", p.lim.Entries-p.entries)
	p.entries += n
	for i := 0; i < n && r.err == nil; i++ {
		if expressions {
			p.ref(p.constant(r))
			continue
		}
		start := r.pos
		f := r.index("function", len(p.sigs))
		p.ref(funcRef{start: start, end: r.pos, index: f})
	}
}

func (p *parser) datas(r *reader) {
	n := r.count("has %d segments", p.lim.Datas)
	for i := 0; i < n && r.err == nil; i++ {
		at := r.pos
		flags := r.u32()
		switch flags {
		case 0, 2:
			memory := uint32(0)
			if flags == 2 {
				memory = r.u32()
			}
			if r.err == nil && memory > 0 {
				r.refuse("more than one memory", at)
			}
			if r.err == nil && p.Memory == nil {
				r.fail(Malformed, at, "there is no memory for data segment %d", i)
			}
			p.ref(p.constant(r))
		case 1:
		default:
			r.fail(Malformed, at, "unknown kind of data segment %d", flags)
		}
		r.skip(uint64(r.u32()))
	}
	p.Datas = n
}

func (p *parser) custom(r *reader) {
	if len(p.Customs) == p.lim.Customs {
		r.over("module has %d of them", uint64(len(p.Customs)+1), p.lim.Customs)
		return
	}
	name := r.name(p.lim.NameLength)
	if r.err != nil {
		return
	}
	p.Customs = append(p.Customs, Custom{Name: name, Data: r.b[r.pos:r.end:r.end]})
	p.sections[len(p.sections)-1].name = name
	r.pos = r.end
}

func (r *reader) opcodeError(op byte, at int) {
	if f := featureOf[op]; f != "" {
		r.refuse(f, at)
		return
	}
	r.fail(Malformed, at, "unknown opcode %s", fmt.Sprintf("%#x", op))
}
