package wasm

func (p *parser) types(r *reader) {
	n := r.count("has %d types", p.lim.Types)
	p.Types = make([]FuncType, 0, n)
	for i := 0; i < n && r.err == nil; i++ {
		at := r.pos
		switch form := r.byte(); form {
		case 0x60:
		case 0x4e, 0x4f, 0x50, 0x5e, 0x5f:
			r.refuse("garbage collected types", at)
		default:
			r.fail(Malformed, at, "type %d is not a function type", i)
		}
		params := p.valueTypes(r, "type has %d parameters")
		results := p.valueTypes(r, "type has %d results")
		p.Types = append(p.Types, FuncType{Params: params, Results: results})
	}
}

func (p *parser) valueTypes(r *reader, what string) []byte {
	n := r.count(what, p.lim.Params)
	if n == 0 {
		return nil
	}
	at := r.pos
	for i := 0; i < n; i++ {
		r.valueType()
	}
	if r.err != nil {
		return nil
	}
	return r.b[at:r.pos:r.pos]
}

// valueType reads a value type of the allowed set, each of which is one byte.
func (r *reader) valueType() byte {
	at := r.pos
	t := r.byte()
	switch t {
	case I32, I64, F32, F64, FuncRef, ExternRef:
		return t
	}
	if r.err == nil {
		r.badType(t, at)
	}
	return 0
}

func (r *reader) badType(t byte, at int) {
	switch t {
	case 0x7b:
		r.refuse("SIMD", at)
	case 0x63, 0x64:
		r.refuse("typed function references", at)
	case 0x69, 0x74:
		r.refuse("exceptions", at)
	case 0x6e, 0x6d, 0x6c, 0x6b, 0x6a, 0x71, 0x72, 0x73, 0x78, 0x77:
		r.refuse("garbage collected types", at)
	default:
		r.fail(Malformed, at, "unknown value type %#x", t)
	}
}

func (r *reader) refType() byte {
	at := r.pos
	t := r.valueType()
	if r.err == nil && t != FuncRef && t != ExternRef {
		r.fail(Malformed, at, "%s is not a reference type", TypeName(t))
	}
	return t
}

func (p *parser) imports(r *reader) {
	n := r.count("has %d imports", p.lim.Imports)
	p.Imports = make([]Import, 0, n)
	for i := 0; i < n && r.err == nil; i++ {
		im := Import{Module: r.name(p.lim.NameLength), Name: r.name(p.lim.NameLength)}
		at := r.pos
		im.Kind = r.byte()
		if r.err == nil && im.Module == YieldModule {
			r.fail(Reserved, at, "the import module %q is reserved", im.Module)
		}
		switch im.Kind {
		case KindFunc:
			t := r.index("type", len(p.Types))
			if r.err == nil {
				im.Type = p.Types[t]
				p.sigs = append(p.sigs, t)
			}
		case KindTable:
			p.table(r)
		case KindMemory:
			p.memory(r)
		case KindGlobal:
			p.globalType(r)
		case 4:
			r.refuse("exceptions", at)
		default:
			r.fail(Malformed, at, "unknown kind of import %d", im.Kind)
		}
		if r.err == nil {
			p.imported[im.Kind]++
			p.Imports = append(p.Imports, im)
		}
	}
}

// index reads an index and checks its range.
func (r *reader) index(what string, n int) uint32 {
	at := r.pos
	i := r.u32()
	if r.err == nil && uint64(i) >= uint64(n) {
		r.fail(Malformed, at, "there is no %s %d", what, i)
		return 0
	}
	return i
}

func (p *parser) functions(r *reader) {
	n := r.count("has %d functions", p.lim.Functions-len(p.sigs))
	for i := 0; i < n && r.err == nil; i++ {
		p.sigs = append(p.sigs, r.index("type", len(p.Types)))
	}
	p.Funcs = n
}

func (p *parser) tables(r *reader) {
	n := r.count("has %d tables", p.lim.Tables)
	for i := 0; i < n && r.err == nil; i++ {
		if r.pos < r.end && r.b[r.pos] == 0x40 {
			r.refuse("typed function references", r.pos)
		}
		p.table(r)
	}
}

func (p *parser) table(r *reader) {
	t := Table{Type: r.refType()}
	t.Limits32 = r.limits(false)
	if r.err != nil {
		return
	}
	p.Tables = append(p.Tables, t)
	if len(p.Tables) > p.lim.Tables {
		r.over("has %d tables", uint64(len(p.Tables)), p.lim.Tables)
	}
	var sum uint64
	for _, t := range p.Tables {
		sum += uint64(t.Min)
	}
	if sum > uint64(p.lim.TableSize) {
		r.over("tables have %d entries", sum, p.lim.TableSize)
	}
}

func (p *parser) memorySection(r *reader) {
	at := r.pos
	n := r.count("has %d memories", 1<<16)
	if n > 1 {
		r.refuse("more than one memory", at)
	}
	for i := 0; i < n && r.err == nil; i++ {
		p.memory(r)
	}
}

func (p *parser) memory(r *reader) {
	at := r.pos
	lim := r.limits(true)
	if r.err != nil {
		return
	}
	if p.Memory != nil {
		r.refuse("more than one memory", at)
		return
	}
	if lim.Min > 65_536 || lim.HasMax && lim.Max > 65_536 {
		r.fail(Malformed, at, "memory has more than 65536 pages")
	}
	p.Memory = &lim
}

func (r *reader) limits(memory bool) (lim Limits32) {
	at := r.pos
	switch flags := r.byte(); {
	case flags == 1:
		lim.HasMax = true
	case flags == 0:
	case flags < 4 && memory:
		r.refuse("threads", at)
	case flags < 8 && memory:
		r.refuse("memory64", at)
	default:
		r.fail(Malformed, at, "unknown kind of limits %#x", flags)
	}
	lim.Min = r.u32()
	if lim.HasMax {
		lim.Max = r.u32()
		if r.err == nil && lim.Max < lim.Min {
			r.fail(Malformed, at, "maximum %d is less than minimum %d", lim.Max, lim.Min)
		}
	}
	return lim
}

func (p *parser) globalType(r *reader) Global {
	g := Global{Type: r.valueType()}
	at := r.pos
	switch mut := r.byte(); mut {
	case 0:
	case 1:
		g.Mutable = true
	case 2, 3:
		r.refuse("threads", at)
	default:
		r.fail(Malformed, at, "unknown mutability %d", mut)
	}
	if r.err == nil {
		p.Globals = append(p.Globals, g)
		if len(p.Globals) > p.lim.Globals {
			r.over("has %d globals", uint64(len(p.Globals)), p.lim.Globals)
		}
	}
	return g
}
