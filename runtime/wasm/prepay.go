package wasm

// prepay decides on the roles of all functions, and plans the short light ones that are reached by calls alone to
// learn what their callers pay. Callees come first, as their price is part of that of their callers.
func (a *assembler) prepay() []role {
	roles, order := a.graph()
	a.roles = roles
	escaping := a.escaping()
	p := planner{a: a}
	for _, f := range order {
		role := &roles[f]
		b := a.bodies[f]
		if !role.light || role.tests || escaping[f] || b.end-b.start > prepaidBytes {
			continue
		}
		r := reader{b: a.bytes, pos: b.start, end: b.end}
		locals := uint32(len(a.funcType(a.yield + uint32(f)).Params))
		for groups := r.u32(); groups > 0 && r.err == nil; groups-- {
			locals += r.u32()
			r.byte()
		}
		p.plan(&r, locals, false)
		if r.err != nil {
			continue // whoever emits it says so
		}
		role.prepaid = true
		role.entry = p.segs[0].cost
		role.silent = p.silent()
	}
	return roles
}

// silent: with its first segment all of the function is paid for.
func (p *planner) silent() bool {
	if p.loops || p.bulk || p.passes {
		return false
	}
	for _, s := range p.segs[1:] {
		if s.cost > 0 || s.tests {
			return false
		}
	}
	return true
}
