package wasm

// A function is light if nothing bad can come of not counting it as an open call and not testing the fuel at its beginning:
// it calls nothing through a table, is in no circle of light functions, and runs at most lightUnits before it returns, or
// comes to a loop or to a function that tests. Most functions of a usual guest are light, and pay nothing but their own code.

const (
	// lightUnits is how much code a light function may have, those that it calls included.
	lightUnits = 8192
	// lightLevels is how many levels light functions may take between two that are counted.
	lightLevels = 8
	// prepaidBytes is how long a function may be whose beginning its callers pay for.
	prepaidBytes = 1024
)

// role is how Meter treats a function.
type role struct {
	most    uint32 // units that it runs at most without a test, if it does not begin with one
	levels  uint32 // how many levels of open calls it counts as; 0 if it is light
	entry   uint32 // what its callers pay for its first segment
	light   bool
	tests   bool // at its beginning, although it is light
	prepaid bool // callers pay entry, for a call that names it is the only way in
	silent  bool // it does not touch the fuel at all
}

// grapher finds the circles in the graph of calls, as Tarjan does: by one walk in depth, which leaves a circle when all
// of its functions were seen, those that they call before them.
type grapher struct {
	*Module
	roles  []role
	seen   []int32 // the number of each function in the order of the walk, from 1
	low    []int32 // the smallest number that is reached from there
	stack  []int32
	on     []bool // the stack
	number int32
	order  []int32 // functions after those that they call, but for those in circles or with calls through a table
}

// graph decides on the roles of the module's own functions.
func (m *Module) graph() (roles []role, order []int32) {
	g := &grapher{Module: m, roles: make([]role, m.Funcs), seen: make([]int32, m.Funcs), low: make([]int32, m.Funcs), on: make([]bool, m.Funcs)}
	for f := range m.flows {
		if g.seen[f] == 0 && !m.flows[f].indirect {
			g.walk(int32(f))
		}
	}
	g.count()
	return g.roles, g.order
}

// own are the callees of f among the module's own functions.
func (g *grapher) own(f int32, visit func(callee int32)) {
	first := uint32(g.imported[KindFunc])
	for _, callee := range g.calledBy(int(f)) {
		if callee >= first {
			visit(int32(callee - first))
		}
	}
}

func (g *grapher) walk(f int32) {
	g.number++
	g.seen[f], g.low[f] = g.number, g.number
	g.stack = append(g.stack, f)
	g.on[f] = true
	circle := false
	g.own(f, func(callee int32) {
		switch {
		case g.flows[callee].indirect:
		case g.seen[callee] == 0:
			g.walk(callee)
			g.low[f] = min(g.low[f], g.low[callee])
		case g.on[callee]:
			g.low[f] = min(g.low[f], g.seen[callee])
			circle = circle || callee == f
		}
	})
	if g.low[f] != g.seen[f] {
		return
	}
	top := len(g.stack) - 1
	circle = circle || g.stack[top] != f
	for g.stack[top] != f {
		g.on[g.stack[top]] = false
		top--
	}
	g.on[f] = false
	g.stack = g.stack[:top]
	if !circle {
		g.order = append(g.order, f)
		g.weigh(f)
	}
}

// weigh decides whether a function is light, once that is known of those it calls.
func (g *grapher) weigh(f int32) {
	most, leaf := g.flows[f].cost, true
	g.own(f, func(callee int32) {
		most += uint64(g.roles[callee].most)
		leaf = false
	})
	// One that calls nothing cannot nest, however long it is.
	switch r := &g.roles[f]; {
	case most <= lightUnits:
		r.light, r.most = true, uint32(most)
	case leaf:
		r.light, r.tests = true, true
	}
}

// count gives each function that is not light its levels: its own, and those of the light functions through which it can have been
// reached from another one that is counted. So all that are open take no more levels than are counted, but for a last few.
func (g *grapher) count() {
	above := make([]uint32, len(g.roles)) // levels of light functions right above
	for i := len(g.order) - 1; i >= 0; i-- {
		f := g.order[i]
		r := &g.roles[f]
		levels := above[f] + uint32(g.flows[f].frame)
		if !r.light {
			continue
		}
		calls := false
		g.own(f, func(int32) { calls = true })
		if calls && levels > lightLevels {
			*r = role{}
			continue
		}
		g.own(f, func(callee int32) { above[callee] = max(above[callee], levels) })
	}
	for f := range g.roles {
		if r := &g.roles[f]; !r.light {
			r.levels = above[f] + uint32(g.flows[f].frame)
		}
	}
}
