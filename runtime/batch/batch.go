// Package batch runs trials: which of them, how many at a time, where, and what becomes of the batch when one of them fails or the whole
// is interrupted. What a trial and a batch are, and their events, is package runner's.
package batch

import (
	"context"
	"errors"
	"fmt"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// Options say how a batch is run.
type Options struct {
	Needed      string // of each trial: "", "flags" or "source"
	Stage       bool   // prepare the batch only
	StageTrials bool   // prepare the trials, start none of them
	Keep        bool   // do not delete a batch that ended well
	FailOnError bool   // stop at the first trial that fails, and fail
	// Jobs is how many trials are run at a time; 0 leaves it to hooks and Strategy.
	Jobs int
	// Strategy is that of guild.toml.
	Strategy project.Strategy
	Monitor  Monitor
	// Streams are the batch's own; nil are the runner's.
	Streams *runner.Streams
	// Miss is told why a run was not accepted in the place of a trial by Needed; nil is not told.
	Miss func(id run.ID, reason string)
	// Launcher is where trials are run; without a name it is this machine, or where the batch was sent before.
	Launcher project.Launcher
}

// Monitor is told how a batch goes on. Its methods are called by several goroutines.
type Monitor interface {
	// Begin says how many trials the batch has, how many of them are not done already, and how many are run at a time.
	Begin(planned, todo, jobs int)
	// Trial says that a trial begins, and returns where it reads and writes, and a function for when it has ended.
	Trial(t runner.Trial, jobs int) (runner.Streams, func())
	// Ended says what became of a trial.
	Ended(r runner.Result)
	// Close ends the display.
	Close()
}

// Run makes a batch of a composed plan, and runs it.
func Run(ctx context.Context, r *runner.Runner, target *runner.Plan, spec runner.BatchSpec, o Options) (*Outcome, error) {
	l, err := newLauncher(r, o.Launcher)
	if err == nil && l != nil && !o.Stage && !o.StageTrials {
		err = l.ready(ctx)
	}
	if err != nil {
		return nil, err
	}
	b, err := r.NewBatch(ctx, target, spec, o.Streams)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if l != nil {
		if err := b.Run().SetAttr(AttrLaunch, launchAttr(o.Launcher)); err != nil {
			return nil, err
		}
	}
	if err := rememberStrategy(b.Run(), o); err != nil {
		return nil, err
	}
	if o.Stage {
		if _, err := b.LeaveStaged(); err != nil {
			return nil, err
		}
		return &Outcome{Run: b.Run(), Staged: true}, nil
	}
	return (&coordinator{r: r, b: b, o: o, launcher: l}).run(ctx)
}

// Resume goes on with a batch: one that was staged, stopped or killed, or whose trials did not all end well. Those that did are not run
// again.
func Resume(ctx context.Context, r *runner.Runner, target *store.Run, o Options) (*Outcome, error) {
	b, err := r.OpenBatch(ctx, target, o.Streams)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if o.Launcher.Name == "" {
		if o.Launcher, err = launchOf(target); err != nil {
			return nil, err
		}
	}
	l, err := newLauncher(r, o.Launcher)
	if err == nil && l != nil && !o.StageTrials {
		err = l.ready(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := o.recallStrategy(target); err != nil {
		return nil, err
	}
	o.Keep = true
	return (&coordinator{r: r, b: b, o: o, launcher: l}).run(ctx)
}

// coordinator takes one batch to its end.
type coordinator struct {
	r *runner.Runner
	b *runner.Batch
	o Options
	launcher

	strategy project.Strategy
	results  []runner.Result
	stopped  string
	refused  *runner.Refused
	ran      int
	cancel   context.CancelCauseFunc // ends the batch as a signal would
}

// streams are the batch's.
func (c *coordinator) streams() runner.Streams {
	if c.o.Streams != nil {
		return *c.o.Streams
	}
	return c.r.Streams
}

func (c *coordinator) run(ctx context.Context) (*Outcome, error) {
	ctx, c.cancel = context.WithCancelCause(ctx)
	defer c.cancel(nil)
	if err := c.b.Begin(ctx, c.choose); err != nil {
		return nil, err
	}
	problem := c.trials(ctx)
	exit := c.exit(ctx, problem)
	wrote, err := c.b.End(ctx, exit, c.reason(ctx))
	out := &Outcome{Run: c.b.Run(), Planned: len(c.b.Trials()), Exit: exit, Results: c.results, Stopped: c.stopped}
	if ctx.Err() != nil {
		out.Signal = runner.SignalOf(context.Cause(ctx))
	}
	if c.ran == 0 {
		out.Refused = c.refused
	}
	if err = errors.Join(problem, err); err != nil {
		return out, err
	}
	if c.removable(exit, wrote) {
		out.Removed = true
		return out, c.b.Remove()
	}
	well := c.stopped == "" && out.Count(Well) == len(c.b.Trials())
	if err := c.b.Lock(context.WithoutCancel(ctx), well); err != nil {
		return out, fmt.Errorf("batch not locked: %w", err)
	}
	return out, nil
}

// trials runs all that are not done.
func (c *coordinator) trials(ctx context.Context) error {
	todo, err := c.todo(ctx)
	if err != nil {
		return err
	}
	jobs := max(1, min(c.strategy.Jobs, len(todo)))
	c.o.Monitor.Begin(len(c.b.Trials()), len(todo), jobs)
	defer c.o.Monitor.Close()
	if c.launcher != nil && !c.o.StageTrials {
		return c.launch(ctx, c, todo)
	}
	return c.here(ctx, todo, jobs)
}

// todo are the trials that have not ended well. The results of the others are known.
func (c *coordinator) todo(ctx context.Context) ([]runner.Trial, error) {
	var list []runner.Trial
	for _, t := range c.b.Trials() {
		r := runner.Result{Trial: t}
		there, err := c.r.Store.Run(t.ID)
		if err != nil {
			if there = c.b.StandIn(t); there != nil {
				r.Skipped = needed
			}
		}
		if there == nil || r.Skipped == "" && there.Status() != run.Completed {
			list = append(list, t)
			continue
		}
		r.Run, r.Status = there, there.Status()
		if err := c.ended(ctx, r); err != nil {
			return nil, err
		}
	}
	c.stopped = "" // what a hook thought of results that were known when the user asked to go on
	return list, nil
}

// ended takes note of a result. It is called by one goroutine at a time.
func (c *coordinator) ended(ctx context.Context, r runner.Result) error {
	c.results = append(c.results, r)
	if r.Skipped == "" && r.Status != run.Denied {
		c.ran++
	}
	if c.refused == nil {
		c.refused = r.Refused
	}
	if c.strategy.FailFast && Failed(r) {
		c.stop("a trial failed")
	}
	err := c.b.TrialEnd(context.WithoutCancel(ctx), r)
	if reason, ok := runner.IsStop(err); ok {
		c.stop(reason)
		return nil
	}
	return err
}

// stop keeps trials that have not begun from it.
func (c *coordinator) stop(reason string) {
	if c.stopped == "" {
		c.stopped = reason
	}
}

// exit is the exit status of the batch. Trials that fail do not fail the batch, as with Guild AI, unless that was asked for.
func (c *coordinator) exit(ctx context.Context, problem error) int {
	if ctx.Err() != nil {
		return -int(runner.SignalOf(context.Cause(ctx)))
	}
	if problem != nil || c.o.FailOnError && (&Outcome{Results: c.results}).Count(Failed) > 0 {
		return 1
	}
	return 0
}

func (c *coordinator) reason(ctx context.Context) string {
	if ctx.Err() != nil {
		return "signal " + runner.SignalName(runner.SignalOf(context.Cause(ctx)))
	}
	return c.stopped
}

// removable reports whether the batch's directory has nothing that is not in the trials: it ended well, all of it.
func (c *coordinator) removable(exit int, wrote bool) bool {
	if c.o.Keep || c.o.StageTrials || exit != 0 || wrote || c.stopped != "" {
		return false
	}
	return (&Outcome{Results: c.results}).Count(Failed) == 0
}
