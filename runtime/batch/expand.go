package batch

import (
	"fmt"
	"maps"
	"slices"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

// Request is what the user asked for: the operation with one value for each flag, and which of them are to have more.
type Request struct {
	Axes       []trials.Axis
	Rows       []run.Flags
	Conditions []trials.Condition
	Replicates int
	Most       int      // --trials; 0 is all
	Seed       int64    // of the batch
	Typed      []string // flags that the user typed one value for
	Force      bool     // take flags that are not declared, and values out of range
	Always     bool     // make a batch even of one trial

	places map[string]project.Place // of axes that are from guild.toml
	config []project.BatchCondition // of guild.toml
}

// configure adds what guild.toml says of the trials of an operation.
func (q *Request) configure(op *project.Operation) error {
	q.Replicates, q.config, q.places = op.Replicates, op.Conditions, map[string]project.Place{}
	var axes []trials.Axis
	for _, t := range op.Trials {
		given := slices.Contains(q.Typed, t.Name) || slices.ContainsFunc(q.Axes, func(a trials.Axis) bool { return a.Name == t.Name })
		if given {
			continue
		}
		axis, err := trials.AxisOf(t.Name, t.Values)
		if err != nil {
			return t.Place.Error(err.Error())
		}
		axes = append(axes, axis)
		q.places[t.Name] = t.Place
	}
	q.Axes = append(axes, q.Axes...)
	for _, c := range op.Conditions {
		q.Conditions = append(q.Conditions, trials.Condition{Name: c.Name, Flags: c.Flags})
	}
	return nil
}

// Wanted reports whether there is to be a batch at all.
func (q Request) Wanted() bool { return q.Several() || q.Always }

// Several reports whether anything asks for more than one trial. How many there are at most does not.
func (q Request) Several() bool {
	return len(q.Axes) > 0 || len(q.Rows) > 0 || len(q.Conditions) > 0 || q.Replicates > 1
}

// Check finds an axis with values that do not fit its flag.
func (q Request) Check(plan *runner.Plan) error {
	for _, axis := range q.Axes {
		if slices.Contains(q.Typed, axis.Name) {
			continue
		}
		if _, err := q.typed(plan, axis.Name, axis.Values); err != nil {
			return q.Misfit(plan, err)
		}
	}
	return nil
}

// Empty is why there are no trials, or "".
func (q Request) Empty(spec runner.BatchSpec) string {
	if len(spec.Trials) > 0 {
		return ""
	}
	for _, axis := range q.Axes {
		if axis.Sample == nil && len(axis.Values) == 0 {
			return fmt.Sprintf("flag %q has no values, so there are no trials", axis.Name)
		}
	}
	return "there are no trials in the batch files"
}

// Spec makes the batch of a composed plan.
func (q Request) Spec(plan *runner.Plan) (runner.BatchSpec, error) {
	axes := slices.Clone(q.Axes)
	for i, axis := range axes {
		values, err := q.typed(plan, axis.Name, axis.Values)
		if err != nil {
			return runner.BatchSpec{}, q.Misfit(plan, err)
		}
		axes[i].Values = values
	}
	typed := run.Flags{}
	for _, name := range q.Typed {
		typed[name] = plan.Flags[name]
	}
	base := maps.Clone(plan.Flags)
	for name := range q.partial(plan) {
		base[name] = nil
	}
	spec := trials.Spec{Base: base, Typed: typed, Axes: axes, Rows: q.Rows, Conditions: q.Conditions, Replicates: q.Replicates, Most: q.Most, Seed: q.Seed}
	list, err := spec.Trials()
	if err != nil {
		return runner.BatchSpec{}, err
	}
	out := runner.BatchSpec{Asked: q.asked(plan), Replicates: max(1, q.Replicates), Seed: q.Seed}
	for _, c := range q.Conditions {
		out.Conditions = append(out.Conditions, c.Name)
	}
	out.Base, out.Several = q.base(plan)
	for _, t := range list {
		flags := t.Flags
		for _, name := range flags.Names() {
			v, err := q.value(plan, name, flags[name])
			if err != nil {
				return runner.BatchSpec{}, q.Misfit(plan, fmt.Errorf("trial %d: %w", t.Index+1, err))
			}
			flags[name] = v
		}
		out.Trials = append(out.Trials, runner.Trial{
			Index: t.Index, ID: run.NewID(), Flags: flags, Replicate: t.Replicate, Condition: t.Condition, Seed: runner.SeedOf(q.Seed, t.Replicate),
		})
	}
	return out, nil
}

// typed brings the values of an axis to the type of its flag.
func (q Request) typed(plan *runner.Plan, name string, values []any) ([]any, error) {
	out := make([]any, len(values))
	for i, v := range values {
		var err error
		if out[i], err = q.value(plan, name, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (q Request) value(plan *runner.Plan, name string, v any) (any, error) {
	checked, err := project.CheckFlag(plan.Declared, name, v)
	if err != nil && q.Force {
		return v, nil
	}
	return checked, err
}

// drawn is a distribution as it is typed.
func drawn(d *trials.Distribution) string {
	return fmt.Sprintf("%s[%s:%s]", d.Kind, run.FormatFloat(d.Low), run.FormatFloat(d.High))
}

// asked is what the user sees as the flags of the batch: the lists where there are several values.
func (q Request) asked(plan *runner.Plan) run.Flags {
	flags := maps.Clone(plan.Flags)
	for _, axis := range q.Axes {
		if axis.Sample != nil {
			flags[axis.Name] = drawn(axis.Sample)
		} else {
			flags[axis.Name] = axis.Values
		}
	}
	return flags
}
