package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/batch"
	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/lock"
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

// concludeBatch says what became of the batch and turns it into the exit code.
func (a *app) concludeBatch(out *batch.Outcome, o runOptions, err error) error {
	if out == nil {
		return err
	}
	if out.Staged && o.background {
		return a.goOn(out.Run, o)
	}
	if out.Staged {
		a.ui.Say("%s staged as %s", out.Run.ID.Short(), out.Run.ID)
		return nil
	}
	a.ui.Say("%s", tally(out))
	why := ""
	switch {
	case out.Signal != 0:
		why = "interrupted by " + runner.SignalName(out.Signal)
	case out.Stopped != "":
		why = "stopped: " + out.Stopped
	}
	if line := goesOn(out, why); line != "" {
		a.ui.Say("%s", line)
	}
	if out.Signal != 0 {
		return exitError(exitSignal + int(out.Signal))
	}
	switch {
	case err != nil:
		return err
	case out.Refused != nil:
		return out.Refused
	case out.Exit > 0:
		return exitError(exitFailure)
	}
	return nil
}

// sayStep says what became of a batch that is a step. How to go on is its pipeline's to say.
func sayStep(report runner.Reporter, out *batch.Outcome) {
	report.Note(tally(out))
	if out.Stopped != "" {
		report.Note("stopped: " + out.Stopped)
	}
}

// goesOn is a line on why a batch ended before all of its trials had ended well, if there is more to say of that, and on how to go on; ""
// if there is nothing left to do, or nothing else would come of it: hooks that refused all trials are the batch's for good.
func goesOn(out *batch.Outcome, why string) string {
	restart := fmt.Sprintf("'guild run --restart %s'", out.Run.ID.Short())
	if lock.Locked(out.Run.Dir) {
		restart = fmt.Sprintf("after 'guild runs unlock %s' %s", out.Run.ID.Short(), restart)
	}
	switch failed := out.Count(batch.Failed); {
	case why != "":
		return fmt.Sprintf("%s; %s goes on", why, restart)
	case failed > 0 && out.Refused == nil:
		return restart + " runs again what did not end well"
	case len(out.Results) < out.Planned:
		return restart + " goes on"
	}
	return ""
}

// tally is one line on all trials.
func tally(out *batch.Outcome) string {
	counts := map[string]int{}
	for _, r := range out.Results {
		switch {
		case r.Skipped == "needed":
			counts["skipped"]++
		case r.Skipped == "denied":
			counts[string(run.Denied)]++
		case r.Status == "":
			counts["failed"]++
		default:
			counts[statusWord(r.Status)]++
		}
	}
	var parts []string
	for _, what := range []string{"completed", "failed", "terminated", "denied", "staged", "skipped", "pending", "running"} {
		if n := counts[what]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	if rest := out.Planned - len(out.Results); rest > 0 {
		parts = append(parts, fmt.Sprintf("%d not run", rest))
	}
	if len(parts) == 0 {
		return "0 trials"
	}
	noun := "trials"
	if out.Planned == 1 {
		noun = "trial"
	}
	return fmt.Sprintf("%d %s: %s", out.Planned, noun, strings.Join(parts, ", "))
}

func statusWord(status run.Status) string {
	if status == run.Error {
		return "failed"
	}
	return string(status)
}

func (a *app) confirmBatch(plan *runner.Plan, spec runner.BatchSpec, o runOptions) (bool, error) {
	verb := "run"
	if o.stage || o.batch.stageTrials {
		verb = "stage"
	}
	fmt.Fprintf(a.ui.Err, "You are about to %s %s as a batch of %d trials\n", verb, ui.SafeLine(plan.Op), len(spec.Trials))
	for _, name := range spec.Asked.Names() {
		fmt.Fprintf(a.ui.Err, "  %s: %s\n", ui.SafeLine(name), ui.SafeLine(run.FormatValue(spec.Asked[name])))
	}
	a.orderly.Store(false) // nothing is made yet, and the question waits for an answer
	defer a.orderly.Store(true)
	return a.ui.Confirm("Continue?")
}

// printTrials prints the flags of every trial: those that vary first, as they were typed.
func (a *app) printTrials(spec runner.BatchSpec, axes []trials.Axis) error {
	if a.json {
		list := make([]map[string]any, len(spec.Trials))
		for i, t := range spec.Trials {
			list[i] = map[string]any{"index": t.Index, "flags": t.Flags.JSON(), "replicate": t.Replicate, "random_seed": t.Seed}
			if t.Condition != "" {
				list[i]["condition"] = t.Condition
			}
		}
		return a.ui.JSON(map[string]any{"trials": list})
	}
	var names []string
	for _, axis := range axes {
		names = append(names, axis.Name)
	}
	for _, name := range spec.Asked.Names() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	header := append([]string{"#"}, names...)
	conditions, replicates := len(spec.Conditions) > 0, spec.Replicates > 1
	for _, t := range spec.Trials { // a hook may have thought of some
		conditions, replicates = conditions || t.Condition != "", replicates || t.Replicate > 0
	}
	if conditions {
		header = append(header, "condition")
	}
	if replicates {
		header = append(header, "replicate")
	}
	rows := [][]string{header}
	for _, t := range spec.Trials {
		row := []string{fmt.Sprint(t.Index + 1)}
		for _, name := range names {
			row = append(row, ui.SafeLine(run.FormatValue(t.Flags[name])))
		}
		if conditions {
			row = append(row, t.Condition)
		}
		if replicates {
			row = append(row, fmt.Sprint(t.Replicate+1))
		}
		rows = append(rows, row)
	}
	return ui.Columns(a.ui.Out, "", rows)
}

func printCommands(a *app, plan *runner.Plan, spec runner.BatchSpec) error {
	for _, t := range spec.Trials {
		words, err := plan.CommandWith(t.Flags)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.ui.Out, run.QuoteAll(words)); err != nil {
			return err
		}
	}
	return nil
}
