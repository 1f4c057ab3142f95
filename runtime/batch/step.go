package batch

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

// Steps runs the steps of pipelines: runs, batches and further pipelines.
type Steps struct {
	Runner *runner.Runner
	// Options are those of batches among the steps.
	Options func(plan *runner.Plan, streams runner.Streams) Options
	// Ended is told what became of such a batch.
	Ended func(out *Outcome, streams runner.Streams)
}

// RunStep runs the operation of a step to its end.
func (s Steps) RunStep(ctx context.Context, step runner.Step) (*runner.StepOutcome, error) {
	out, err := s.run(ctx, step)
	return out, ofStep(err)
}

func (s Steps) run(ctx context.Context, step runner.Step) (*runner.StepOutcome, error) {
	r, err := s.in(step.ProjectDir)
	if err != nil {
		return nil, err
	}
	plan, err := r.Plan(step.Operation)
	if err != nil {
		return nil, err
	}
	plan.Step, plan.Earlier, plan.Tags = step, step.Earlier, step.Tags
	if err := r.Declare(ctx, plan); err != nil {
		return nil, err
	}
	q, given, err := s.request(plan, step)
	if err == nil {
		err = q.Check(plan)
	}
	if err != nil {
		return nil, err
	}
	if q.Wanted() {
		given = append(given, q.Stands(plan, given)...)
	}
	if err := r.Compose(ctx, plan, given, false); err != nil {
		return nil, q.Misfit(plan, err)
	}
	if step.Needed == project.NeededFlags { // the operation may want more of a run that stands for another
		step.Needed = cmp.Or(plan.Source, step.Needed)
	}
	if q.Wanted() {
		return s.batch(ctx, r, plan, q, step)
	}
	var out *runner.Outcome
	if step.Prior != nil && !step.Prior.Status().Available() {
		out, err = r.Restart(ctx, step.Prior, runner.Changes{}, runner.Options{Streams: &step.Streams})
	} else {
		out, err = r.Run(ctx, plan, runner.Options{Needed: step.Needed, Streams: &step.Streams})
	}
	return outcome(out, err)
}

// in is the runner of the pipeline's project, which need not be that of the working directory.
func (s Steps) in(dir string) (*runner.Runner, error) {
	if dir == s.Runner.Project.Dir {
		return s.Runner, nil
	}
	p, err := project.Load(dir)
	if err != nil {
		return nil, err
	}
	return s.Runner.In(p), nil
}

// request parts the flags of a step: lists are values for trials, but where the flag's value is a list itself.
func (s Steps) request(plan *runner.Plan, step runner.Step) (Request, []run.Assignment, error) {
	var axes []trials.Axis
	var given []run.Assignment
	for _, name := range step.Flags.Names() {
		list, isList := step.Flags[name].([]any)
		text, isText := step.Flags[name].(string)
		switch {
		case isText && mayBeSequence(plan, name):
			list = []any{text} // as in trials of guild.toml
		case !isList || oneValue(plan, name, list):
			given = append(given, run.Assignment{Name: name, Text: asTyped(plan, name, step.Flags[name])})
			continue
		}
		axis, err := trials.AxisOf(name, list)
		if err != nil {
			return Request{}, nil, err
		}
		if isText && axis.Sample == nil && len(axis.Values) == 1 && axis.Values[0] == any(text) {
			given = append(given, run.Assignment{Name: name, Text: asTyped(plan, name, text)})
			continue
		}
		axes = append(axes, axis)
	}
	q, err := Configured(plan, axes, given)
	q.Seed = runner.NewSeed()
	return q, given, err
}

// mayBeSequence reports whether a text for a flag can be meant for several values, such as range[1:3]: it cannot be a value of the flag.
func mayBeSequence(plan *runner.Plan, name string) bool {
	return slices.ContainsFunc(plan.Declared, func(f project.Flag) bool {
		return f.Name == name && !f.IsText() && !f.IsList() && (f.Type != "" || f.HasDefault && f.Default != nil)
	})
}

// asTyped is a value as a user would type it. A text is read by a flag as its type says, and only a flag of no type needs quotes to know it
// for a text.
func asTyped(plan *runner.Plan, name string, v any) string {
	text, isText := v.(string)
	typed := slices.ContainsFunc(plan.Declared, func(f project.Flag) bool {
		return f.Name == name && (f.Type != "" || f.HasDefault && f.Default != nil)
	})
	if isText && typed {
		return text
	}
	return run.FormatValue(v)
}

// oneValue reports whether a list is one value of a flag: that takes lists, and this is no list of them.
func oneValue(plan *runner.Plan, name string, list []any) bool {
	return slices.ContainsFunc(plan.Declared, func(f project.Flag) bool { return f.Name == name && f.IsList() }) &&
		slices.ContainsFunc(list, func(v any) bool { _, isList := v.([]any); return !isList })
}

func (s Steps) batch(ctx context.Context, r *runner.Runner, plan *runner.Plan, q Request, step runner.Step) (*runner.StepOutcome, error) {
	options := s.Options(plan, step.Streams)
	options.Needed, options.Keep, options.Streams = step.Needed, true, &step.Streams
	var (
		out *Outcome
		err error
	)
	if step.Prior != nil && runner.IsBatch(step.Prior) {
		out, err = Resume(ctx, r, step.Prior, options)
	} else {
		spec, specErr := q.Spec(plan)
		if specErr != nil {
			return nil, specErr
		}
		out, err = Run(ctx, r, plan, spec, options)
	}
	if out == nil {
		return nil, err
	}
	s.Ended(out, step.Streams)
	done := &runner.StepOutcome{Run: out.Run, Status: run.Completed}
	if err == nil && out.Refused != nil {
		err = out.Refused
	}
	switch {
	case out.Signal != 0:
		done.Status, done.ExitStatus = run.Terminated, -int(out.Signal)
	case err != nil || out.Count(Failed) > 0 || out.Stopped != "":
		done.Status, done.ExitStatus = run.Error, 1
	}
	return done, err
}

func outcome(out *runner.Outcome, err error) (*runner.StepOutcome, error) {
	if out == nil {
		return nil, err
	}
	done := &runner.StepOutcome{Run: out.Run, Status: out.Status, ExitStatus: out.ExitStatus, Skipped: out.Skipped}
	if out.Skipped && len(out.Matches) > 0 {
		done.Run, done.Status = out.Matches[0], run.Completed
	}
	if notStarted := (*runner.NotStarted)(nil); errors.As(err, &notStarted) {
		done.ExitStatus = notStarted.Code
	} else if err != nil && done.ExitStatus == 0 {
		done.ExitStatus = 1
	}
	return done, err
}

var _ runner.StepRunner = Steps{}

// Configured is the request that an operation of guild.toml makes by itself, with axes and flags that were given now in place of its own.
func Configured(plan *runner.Plan, axes []trials.Axis, given []run.Assignment) (Request, error) {
	q := Request{Axes: axes}
	for _, a := range given {
		q.Typed = append(q.Typed, a.Name)
	}
	if plan.Batch == nil {
		return q, nil
	}
	return q, q.configure(plan.Batch)
}
