package project

import (
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

const maxJobs = 1024

func (o *operationDecoder) steps(n *node, op *Operation) []Step {
	if !n.isList() || len(n.list) == 0 {
		o.invalid(n, "want a list of operations")
		return nil
	}
	steps := make([]Step, len(n.list))
	for i, e := range n.list {
		steps[i] = o.step(e, op)
	}
	return steps
}

func (o *operationDecoder) step(n *node, op *Operation) Step {
	if _, ok := n.value.(string); ok {
		return Step{Run: o.runs(n, op)}
	}
	var step Step
	o.table(n, map[string]field{
		"run": func(n *node) { step.Run = o.runs(n, op) },
		"flags": func(n *node) {
			step.Flags = o.flagTable(n)
			for _, c := range n.table {
				if _, ok := c.value.(string); ok {
					o.template(c)
				}
			}
		},
		"needed": func(n *node) { step.Needed = o.needed(n) },
	})
	if n.isTable() && n.child("run") == nil {
		o.fail(n.at, "", "a step wants run")
	}
	return step
}

// runs reads the name of an operation or a script that this one starts.
func (o *operationDecoder) runs(n *node, op *Operation) string {
	name := o.str(n)
	o.references = append(o.references, reference{from: op.Name, to: name, node: n, runs: true})
	return name
}

// maxTrialValues bounds the values of one flag over the trials.
const maxTrialValues = 100_000

// trials reads the flags that vary, in the order of the file: the first varies slowest.
func (o *operationDecoder) trials(n *node) []TrialAxis {
	if !o.isTable(n) || !o.few(n) {
		return nil
	}
	o.flagNames(n)
	axes := make([]TrialAxis, len(n.table))
	for i, c := range n.table {
		v := o.flagValue(c)
		values, isList := v.([]any)
		switch {
		case !isList:
			values = []any{v}
		case len(values) == 0:
			o.invalid(c, "want a list of values that is not empty")
		case len(values) > maxTrialValues:
			o.fail(c.pos, "", "%q has %d values, the limit is %d", c.key, len(values), maxTrialValues)
		}
		axes[i] = TrialAxis{Name: c.key, Values: values, Place: o.place(c)}
	}
	return axes
}

func (d *decoder) place(n *node) Place {
	line, col := d.text.place(n.pos)
	return Place{line, col}
}

func (o *operationDecoder) conditions(n *node) []BatchCondition {
	if !o.isTable(n) || !o.few(n) {
		return nil
	}
	list := make([]BatchCondition, 0, len(n.table))
	for _, c := range n.table {
		if !operationName(c.key) {
			o.fail(c.pos, "", "%q cannot be the name of a condition", c.key)
		}
		condition := BatchCondition{Name: c.key, Flags: o.flagTable(c), Places: make(map[string]Place, len(c.table))}
		for _, f := range c.table {
			condition.Places[f.key] = o.place(f)
		}
		list = append(list, condition)
	}
	return list
}

// checkBatch finds a flag that both varies over the trials and is set by a condition, which would leave one without a meaning.
func (o *operationDecoder) checkBatch(n *node) {
	trials, conditions := n.child("trials"), n.child("conditions")
	if trials == nil || conditions == nil {
		return
	}
	for _, condition := range conditions.table {
		for _, c := range condition.table {
			if trials.child(c.key) != nil {
				o.fail(c.pos, "", "flag %q of condition %q is in trials too", c.key, condition.key)
			}
		}
	}
}

func (o *operationDecoder) strategy(n *node) Strategy {
	var s Strategy
	o.table(n, map[string]field{
		"mode":      func(n *node) { s.Mode = o.oneOf(n, "serial", "parallel") },
		"jobs":      func(n *node) { s.Jobs = int(o.integer(n, 1, maxJobs)) },
		"fail-fast": func(n *node) { s.FailFast = o.boolean(n) },
	})
	return s
}

// launcher reads the name and whatever else the launcher of that name wants.
func (o *operationDecoder) launcher(n *node) Launcher {
	if !o.isTable(n) {
		return Launcher{}
	}
	l := Launcher{Params: map[string]any{}}
	for _, c := range n.table {
		if c.key == "name" {
			l.Name = o.str(c)
			continue
		}
		l.Params[c.key] = o.flagValue(c)
	}
	if n.child("name") == nil {
		o.fail(n.pos, "", "a launcher wants name")
	}
	return l
}

// checkReferences finds operations that are named and not there, and those that would run themselves without end.
// A name with a point or a slash may be a script, which is looked for only when it is run.
func (o *operationDecoder) checkReferences() {
	runs := map[string][]reference{}
	for _, r := range o.references {
		switch {
		case o.project.Operations[r.to] != nil:
			if r.runs {
				runs[r.from] = append(runs[r.from], r)
			}
		case !strings.ContainsAny(r.to, "./"):
			nearest := ""
			if o.first(r.node.at) {
				nearest = run.Nearest(r.to, o.project.Order)
			}
			o.fail(r.node.at, nearest, "unknown operation %q", r.to)
		}
	}
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(name string, path []string)
	visit = func(name string, path []string) {
		state[name] = open
		path = append(path, name)
		for _, r := range runs[name] {
			switch state[r.to] {
			case open:
				o.fail(r.node.at, "", "operation %q runs itself: %s", r.to, strings.Join(append(path, r.to), " -> "))
			case done:
			default:
				visit(r.to, path)
			}
		}
		state[name] = done
	}
	for _, name := range o.project.Order {
		if state[name] == 0 {
			visit(name, nil)
		}
	}
}
