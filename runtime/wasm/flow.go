package wasm

// flow is what Parse notes of a function for the graph of calls.
type flow struct {
	cost     uint64 // units of all of its instructions, each once, and hostUnits for each call of the host
	callees  int32  // where the indices of the functions that it calls begin in Module.callees
	frame    uint16 // how many levels of calls it takes: more than one, if it has many locals or is long
	indirect bool   // it calls through a table
}

// hostUnits is taken for a call of the host where it is asked how long code can run without a test.
const hostUnits = 256

// frameOf is how many levels a function takes, as the stack it needs rises with its locals and its code.
func frameOf(locals, bytes int) uint16 {
	return uint16(min(1+locals/64+bytes/4096, 1<<15))
}

// calledBy are the functions that a function calls, by their indices, each as often as it stands there. The number is
// that among the module's own functions.
func (m *Module) calledBy(own int) []uint32 {
	to := len(m.callees)
	if own+1 < len(m.flows) {
		to = int(m.flows[own+1].callees)
	}
	return m.callees[m.flows[own].callees:to]
}

// escaping says of each of the module's own functions whether it can be called otherwise than by a call that names it.
func (m *Module) escaping() []bool {
	out := make([]bool, m.Funcs)
	first := m.imported[KindFunc]
	mark := func(f uint32) {
		if int(f) >= first {
			out[int(f)-first] = true
		}
	}
	for _, ex := range m.Exports {
		if ex.Kind == KindFunc {
			mark(ex.Index)
		}
	}
	for _, ref := range m.refs {
		mark(ref.index)
	}
	for _, f := range m.taken {
		mark(f)
	}
	if m.HasStart {
		mark(m.startFunc)
	}
	return out
}
