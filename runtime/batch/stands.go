package batch

import (
	"maps"
	"slices"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

// Stands are one value for every flag that the trials vary, so that the operation can be composed: what is required is there. Flags of
// files and conditions have one only if they must; Spec takes it back, since not every trial has it.
func (q Request) Stands(plan *runner.Plan, given []run.Assignment) []run.Assignment {
	var list []run.Assignment
	add := func(name string, axis trials.Axis) {
		has := func(a run.Assignment) bool { return a.Name == name }
		if v, ok := first(axis); ok && !slices.ContainsFunc(given, has) && !slices.ContainsFunc(list, has) {
			list = append(list, run.Assignment{Name: name, Text: asTyped(plan, name, v)})
		}
	}
	for _, axis := range q.Axes {
		add(axis.Name, axis)
	}
	for name, v := range q.partial(plan) {
		if axis, err := trials.AxisOf(name, []any{v}); err == nil { // else the trials are not made
			add(name, axis)
		}
	}
	return list
}

// partial are the flags that must be given, and that only files or conditions give, with one of their values.
func (q Request) partial(plan *runner.Plan) run.Flags {
	flags := run.Flags{}
	take := func(from run.Flags) {
		for name, v := range from {
			required := slices.ContainsFunc(plan.Declared, func(f project.Flag) bool { return f.Name == name && f.Required && !f.HasDefault })
			isAxis := slices.ContainsFunc(q.Axes, func(a trials.Axis) bool { return a.Name == name })
			if list, ok := v.([]any); ok && len(list) > 0 {
				v = list[0]
			}
			if required && !isAxis && !slices.Contains(q.Typed, name) {
				flags[name] = v
			}
		}
	}
	for _, row := range q.Rows[:min(1, len(q.Rows))] {
		take(row)
	}
	for _, condition := range q.Conditions {
		take(condition.Flags)
	}
	return flags
}

// first is a value of an axis.
func first(axis trials.Axis) (any, bool) {
	switch {
	case axis.Sample != nil && axis.Sample.Int:
		return int64(axis.Sample.Low), true
	case axis.Sample != nil:
		return axis.Sample.Low, true
	case len(axis.Values) > 0:
		return axis.Values[0], true
	}
	return nil, false
}

// base are the flags of a trial that neither has a value of an axis nor is of a row or a condition, and the names of the axes.
func (q Request) base(plan *runner.Plan) (base run.Flags, several []string) {
	base = maps.Clone(plan.Flags)
	unset := func(name string) {
		base[name] = nil
		for _, f := range plan.Declared {
			if f.Name == name && f.HasDefault {
				if v, err := project.CheckFlag(plan.Declared, name, f.Default); err == nil {
					base[name] = v
				}
			}
		}
	}
	for _, axis := range q.Axes {
		if axis.Sample != nil || len(axis.Values) != 1 {
			several = append(several, axis.Name)
			unset(axis.Name)
		}
	}
	for name := range q.partial(plan) {
		several = append(several, name)
		unset(name)
	}
	return base, several
}
