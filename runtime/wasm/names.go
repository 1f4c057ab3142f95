package wasm

// names is the name section with the module's name and those of functions, for stack traces, or nil. Names of locals
// and the rest are dropped, and so is a section that cannot be read.
func (a *assembler) names() []byte {
	data, ok := a.Custom("name")
	if !ok {
		return nil
	}
	out := appendName(nil, "name")
	empty := len(out)
	r := &reader{b: data, end: len(data)}
	last := -1
	for r.more() {
		id := int(r.byte())
		content := r.bytes(r.u32())
		if r.err != nil || id <= last {
			return nil
		}
		last = id
		var sub []byte
		switch id {
		case 0:
			s := &reader{b: content, end: len(content)}
			if s.name(len(content)); s.err != nil || s.pos != s.end {
				return nil
			}
			sub = content
		case 1:
			if sub = a.functionNames(content); sub == nil {
				return nil
			}
		default:
			continue
		}
		out = append(out, byte(id))
		out = uleb(out, uint32(len(sub)))
		out = append(out, sub...)
	}
	if r.err != nil || len(out) == empty {
		return nil
	}
	return out
}

func (a *assembler) functionNames(content []byte) []byte {
	r := &reader{b: content, end: len(content)}
	n := r.count("has %d names", len(a.sigs))
	out := make([]byte, 0, len(content)+n/4+8)
	out = uleb(out, uint32(n))
	last := -1
	for i := 0; i < n; i++ {
		index := r.index("function", len(a.sigs))
		start := r.pos
		r.name(len(content))
		if r.err != nil || int(index) <= last {
			return nil
		}
		last = int(index)
		out = uleb(out, a.shift(index))
		out = append(out, content[start:r.pos]...)
	}
	if r.pos != r.end {
		return nil
	}
	return out
}
