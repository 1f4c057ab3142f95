package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/batch"
	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/spf13/cobra"
)

// batchOptions are the options of `guild run` that make or concern a batch.
type batchOptions struct {
	multirun    bool
	trials      int
	seed        int64
	seedGiven   bool
	replicates  int
	jobs        int
	printTrials bool
	stageTrials bool
	failOnError bool
	keep        bool
	launcher    string
}

func (o *batchOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVarP(&o.multirun, "multirun", "m", false, "read flags as Hydra does: x=1,2 are two values")
	f.IntVar(&o.trials, "trials", 0, "run at most `N` trials; of a random search, N draws")
	f.Int64Var(&o.seed, "random-seed", 0, "draw and seed trials from `N`")
	f.IntVar(&o.replicates, "replicates", 0, "run every trial `N` times")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "run `N` trials at a time")
	f.BoolVar(&o.printTrials, "print-trials", false, "print the trials as hooks leave them, do not run them")
	f.BoolVar(&o.stageTrials, "stage-trials", false, "prepare the trials, do not start them")
	f.BoolVar(&o.failOnError, "fail-on-trial-error", false, "stop at the first trial that fails")
	f.BoolVar(&o.keep, "keep-batch", false, "keep the batch's own run when all went well")
	f.StringVar(&o.launcher, "launcher", "", "run trials where `NAME` says: local or slurm")
}

// check refuses values that mean nothing.
func (o *batchOptions) check(cmd *cobra.Command) error {
	o.seedGiven = cmd.Flags().Changed("random-seed")
	for _, n := range []struct {
		name  string
		value int
		most  int
	}{{"trials", o.trials, trials.MaxTrials}, {"replicates", o.replicates, trials.MaxTrials}, {"jobs", o.jobs, maxJobs}} {
		if cmd.Flags().Changed(n.name) && (n.value < 1 || n.value > n.most) {
			return usagef("", "invalid value %d for --%s: want 1 to %d", n.value, n.name, n.most)
		}
	}
	if cmd.Flags().Changed("json") && !o.printTrials {
		return usagef("", "--json is for --print-trials")
	}
	if o.seedGiven && (o.seed < 0 || o.seed > maxSeed) {
		return usagef("", "invalid value %d for --random-seed: want 0 to %d", o.seed, int64(maxSeed))
	}
	if o.launcher != "" && !slices.Contains(batch.Launchers, o.launcher) {
		return usagef("", "invalid value %q for --launcher: want one of %s", o.launcher, strings.Join(batch.Launchers, ", "))
	}
	return nil
}

// elsewhere reports whether the user asks for another machine. That is for trials, so a single run is one.
func (o *batchOptions) elsewhere() bool { return o.launcher != "" && o.launcher != batch.Launchers[0] }

const (
	maxJobs = 1024
	maxSeed = 1<<32 - 1
)

// used is the first option of batches that was given, or "".
func (o *batchOptions) used() string {
	for _, option := range []struct {
		name string
		used bool
	}{
		{"--multirun", o.multirun}, {"--trials", o.trials > 0}, {"--replicates", o.replicates > 0}, {"--print-trials", o.printTrials},
		{"--stage-trials", o.stageTrials}, {"--fail-on-trial-error", o.failOnError}, {"--keep-batch", o.keep}, {"--jobs", o.jobs > 0},
		{"--launcher", o.launcher != ""}, {"--random-seed", o.seedGiven},
	} {
		if option.used {
			return option.name
		}
	}
	return ""
}

// request reads from the arguments and the operation which trials there are to be. What is left of the arguments has one value each.
func (o *batchOptions) request(plan *runner.Plan, given []run.Assignment, files []string, force bool) (batch.Request, []run.Assignment, error) {
	var kinds trials.Kinds
	for _, f := range plan.Declared {
		switch {
		case f.IsList():
			kinds.Lists = append(kinds.Lists, f.Name)
		case f.IsText():
			kinds.Texts = append(kinds.Texts, f.Name)
		}
	}
	axes, plain, err := trials.Axes(given, o.multirun, kinds)
	if err != nil {
		return batch.Request{}, nil, usagef("", "%s", err)
	}
	q, err := batch.Configured(plan, axes, plain)
	if err != nil {
		return q, nil, err
	}
	q.Most, q.Seed, q.Force, q.Always = o.trials, o.seed, force, o.multirun || o.printTrials || o.stageTrials || o.elsewhere()
	if !o.seedGiven {
		q.Seed = runner.NewSeed()
	}
	if o.replicates > 0 {
		q.Replicates = o.replicates
	}
	for _, name := range files {
		rows, err := readTrials(name, kinds.Texts)
		if err != nil {
			return q, nil, err
		}
		q.Rows = append(q.Rows, rows...)
	}
	return q, plain, q.Check(plan)
}

func readTrials(name string, texts []string) ([]run.Flags, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("batch file %s: %w", name, reason(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("batch file %s: it is not a regular file", name)
	case info.Size() > trials.MaxFile:
		return nil, fmt.Errorf("batch file %s: it has %d bytes, the limit is %d", name, info.Size(), trials.MaxFile)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("batch file %s: %w", name, reason(err))
	}
	return trials.ReadFile(name, data, texts...)
}

// reason is an error without the path, which is named already.
func reason(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// runBatch runs a composed operation with many flags.
func runBatch(ctx context.Context, a *app, r *runner.Runner, o runOptions, plan *runner.Plan, q batch.Request) error {
	if o.runDir != "" {
		return usagef("", "--run-dir cannot be used with several trials")
	}
	if err := o.onlyOne(); err != nil {
		return err
	}
	spec, err := q.Spec(plan)
	if err != nil {
		return flagHint(err, plan)
	}
	if why := q.Empty(spec); why != "" {
		a.ui.Warnf("%s", why)
	}
	spec.ID, plan.ID = plan.ID, ""
	if o.batch.printTrials || o.printCmd {
		if spec.Trials, err = r.Planned(ctx, plan, spec); err != nil {
			return err
		}
	}
	if o.batch.printTrials {
		return a.printTrials(spec, q.Axes)
	}
	if o.printCmd {
		return printCommands(a, plan, spec)
	}
	if !o.yes && a.ui.CanAsk() {
		if ok, err := a.confirmBatch(plan, spec, o); err != nil || !ok {
			return errors.Join(err, exitError(exitFailure))
		}
	}
	outcome, err := batch.Run(ctx, r, plan, spec, a.batchOptions(r.Streams, o, plan))
	return a.concludeBatch(outcome, o, err)
}

// onlyOne refuses options that each say what is to be done instead of running a batch.
func (o runOptions) onlyOne() error {
	first := ""
	for _, option := range []struct {
		name string
		used bool
	}{{"--print-trials", o.batch.printTrials}, {"--print-cmd", o.printCmd}, {"--stage-trials", o.batch.stageTrials}, {"--stage", o.stage}} {
		switch {
		case option.used && first != "":
			return usagef("", "%s cannot be used with %s", option.name, first)
		case option.used:
			first = option.name
		}
	}
	return nil
}

func (a *app) batchOptions(streams runner.Streams, o runOptions, plan *runner.Plan) batch.Options {
	options := batch.Options{
		Needed: o.needed, Stage: o.stage || o.background, StageTrials: o.batch.stageTrials, Keep: o.batch.keep, FailOnError: o.batch.failOnError, Jobs: o.batch.jobs,
		Monitor: newMonitor(a, streams), Miss: a.miss(),
	}
	if plan != nil && plan.Batch != nil {
		options.Strategy, options.Launcher = plan.Batch.Strategy, plan.Batch.Launcher
	}
	if o.batch.launcher != "" && o.batch.launcher != options.Launcher.Name {
		options.Launcher = project.Launcher{Name: o.batch.launcher}
	}
	return options
}
