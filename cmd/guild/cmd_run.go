package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/batch"
	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type runOptions struct {
	args       []string
	yes        bool
	runID      string
	runDir     string
	label      string
	tags       []string
	comment    string
	stopAfter  string
	limit      time.Duration // stopAfter
	background bool
	stage      bool
	start      string
	restart    string
	proto      string
	inplace    bool
	needed     string
	forceFlags bool
	printCmd   bool
	noHooks    bool
	hookParams []string
	batch      batchOptions
}

func newRun(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run {<script> | <operation>} [<flag>=<value>...]",
		Short: "Run a script or an operation of guild.toml, and record it",
		Long: `Run a script or an operation of guild.toml, and record it.

The process runs in a new run directory with a copy of the source code. Hooks may check and edit the copy, set flags the
user did not type, and refuse the run.

A flag with several values makes a batch, with a run for each combination: its trials. There are lists, range[1:10:3],
linspace[0:1:5], logspace[-3:0:4], uniform[0:1.0], loguniform[0.001:1], and files of trials, @trials.csv, .json, .yaml or .toml.

Exit codes: the operation's own; 0 also when not needed; 1 guild failed; 2 usage; 125 a hook refused; 130 interrupted.`,
		Example: `  guild run train.py lr=0.1 epochs=20
  guild run --needed train.py lr=0.1
  guild run train.py lr=[0.1,0.01] seed=range[1:5] --jobs 4
  guild run --restart 4f1c lr=0.2`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args = args
			var limit error
			if cmd.Flags().Changed("stop-after") {
				o.limit, limit = parseLimit(o.stopAfter)
			}
			if err := errors.Join(checkTexts(cmd), limit, o.batch.check(cmd)); err != nil {
				return err
			}
			return runRun(cmd.Context(), a, o)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	f.StringVar(&o.runID, "run-id", "", "use `ID` as the run's id")
	f.StringVarP(&o.runDir, "run-dir", "d", "", "run in `DIR`, outside the home of runs")
	f.StringVarP(&o.label, "label", "l", "", "label of the run is `TEXT`; ${flag} is replaced")
	f.StringArrayVarP(&o.tags, "tag", "t", nil, "give the run `TAG` (repeatable)")
	f.StringVarP(&o.comment, "comment", "c", "", "first comment of the run is `TEXT`")
	f.StringVar(&o.stopAfter, "stop-after", "", "stop the process after `TIME`, such as 90s or 2h; a mere number is minutes")
	f.BoolVar(&o.background, "background", false, "start the run and do not wait for it")
	f.BoolVar(&o.stage, "stage", false, "prepare the run, do not start it")
	f.StringVar(&o.start, "start", "", "start a staged `RUN`")
	f.StringVar(&o.restart, "restart", "", "run a `RUN` again, in its directory")
	f.StringVar(&o.proto, "proto", "", "make a new run with operation, flags and source code of a `RUN`")
	f.BoolVar(&o.inplace, "inplace", false, "restart in the run's own directory even where runs are immutable")
	f.StringVar(&o.needed, "needed", "", "skip if such a run exists; `WHAT` is compared: flags, source (that too), or what the operation says")
	f.Lookup("needed").NoOptDefVal = neededDefault
	f.BoolVarP(&o.forceFlags, "force-flags", "f", false, "take flags that are not declared, and values out of range")
	f.BoolVar(&o.printCmd, "print-cmd", false, "print the command, do not run it")
	f.BoolVar(&o.noHooks, "no-hooks", false, "skip the hooks of project and user; this is recorded")
	f.StringArrayVar(&o.hookParams, "hook", nil, "set a parameter of a hook: `NAME.PARAM=VALUE` (repeatable)")
	o.batch.register(cmd)
	cmd.Flags().BoolVar(&a.json, "json", false, "write the trials as JSON, with --print-trials")
	return cmd
}

// neededDefault is --needed without a value: the operation says what is compared, or flags are.
const neededDefault = "default"

func runRun(ctx context.Context, a *app, o runOptions) error {
	if !slices.Contains([]string{"", neededDefault, project.NeededFlags, project.NeededSource}, o.needed) {
		return usagef("use --needed or --needed=source", "invalid value %q for --needed", o.needed)
	}
	if other := o.foreground(); o.background && other != "" {
		return usagef("", "%s cannot be used with --background", other)
	}
	name, given, files, err := splitArgs(o.args)
	if err != nil {
		return err
	}
	r, err := a.runner()
	if err != nil {
		return err
	}
	defer r.Close(context.WithoutCancel(ctx))
	a.orderly.Store(true)
	// A reader of our output that goes away must not end guild before the final record. Notify, not Ignore: the operation
	// inherits what is ignored.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	defer signal.Stop(broken)
	r.NoHooks = o.noHooks
	if r.Params, err = parseHookParams(o.hookParams); err != nil {
		return err
	}
	r.Steps = batch.Steps{
		Runner: r,
		Options: func(plan *runner.Plan, streams runner.Streams) batch.Options {
			return a.batchOptions(streams, runOptions{}, plan)
		},
		Ended: func(out *batch.Outcome, streams runner.Streams) { sayStep(streams.Report, out) },
	}
	if o.start != "" || o.restart != "" || o.proto != "" {
		if len(files) > 0 {
			return usagef("", "a batch file cannot be used with an existing run")
		}
		if o.needed == neededDefault {
			o.needed = project.NeededFlags
		}
		return runRestart(ctx, a, r, o, name, given)
	}
	return runNew(ctx, a, r, o, name, given, files)
}

func runNew(ctx context.Context, a *app, r *runner.Runner, o runOptions, name string, given []run.Assignment, files []string) error {
	if name == "" {
		return usagef("see 'guild run --help'", "the script or operation to run is missing")
	}
	plan, err := r.Plan(name)
	if err != nil {
		return planError(r, name, err)
	}
	if err := o.fill(plan); err != nil {
		return err
	}
	if o.needed == neededDefault {
		o.needed = cmp.Or(plan.Source, project.NeededFlags)
	}
	if err := r.Declare(ctx, plan); err != nil {
		return flagHint(err, plan)
	}
	q, plain, err := o.batch.request(plan, given, files, o.forceFlags)
	if err != nil {
		return flagHint(err, plan)
	}
	if q.Most > 0 && !q.Several() {
		a.ui.Warnf("--trials %d has no effect: no flag has several values; --replicates %[1]d runs the same %[1]d times", q.Most)
	}
	if q.Wanted() {
		plain = append(plain, q.Stands(plan, plain)...)
	}
	if err := r.Compose(ctx, plan, plain, o.forceFlags); err != nil {
		return flagHint(severalHint(q.Misfit(plan, err), given), plan)
	}
	if err := plan.CheckLabel(); err != nil && plan.Label != "" {
		return usagef("", "--%s", err)
	}
	if o.printCmd && len(plan.Steps) > 0 {
		return usagef("its steps have; name one of them", "%s is a pipeline and has no command", plan.Op)
	}
	if q.Wanted() {
		return runBatch(ctx, a, r, o, plan, q)
	}
	if o.printCmd {
		return printCommand(a, plan)
	}
	outcome, err := r.Run(ctx, plan, a.options(o, false))
	if err != nil {
		return err
	}
	if plan.RunDir != "" && !outcome.Skipped && !outcome.Aborted {
		a.ui.Decide("run directory is %s (not listed by guild)", plan.RunDir)
	}
	return a.conclude(ctx, r, outcome, o)
}

// fill puts the options into the plan.
func (o runOptions) fill(plan *runner.Plan) (err error) {
	if o.runID != "" {
		if plan.ID, err = run.ParseID(o.runID); err != nil {
			return usagef("", "%s", err)
		}
	}
	if o.runDir != "" {
		if plan.RunDir, err = filepath.Abs(o.runDir); err != nil {
			return err
		}
		if o.runID == "" {
			if plan.ID, err = run.ParseID(filepath.Base(plan.RunDir)); err != nil {
				return usagef("choose one with --run-id", "--run-dir: %s", err)
			}
		}
	}
	if o.batch.seedGiven {
		plan.Seed = &o.batch.seed
	}
	if o.limit > 0 {
		plan.StopAfter = o.limit
	}
	plan.Label, plan.Tags, plan.Comment = o.label, o.tags, o.comment
	return nil
}

func planError(r *runner.Runner, name string, err error) error {
	var unknown *project.UnknownOperation
	if !errors.As(err, &unknown) {
		return err
	}
	hint, where := "see 'guild run --help'", "there is no such file and no guild.toml"
	switch {
	case r.Project.File != "":
		hint, where = "'guild operations' lists those that there are", "there is no such file, and no such operation in guild.toml"
	case exists(filepath.Join(r.Project.Dir, "guild.yml")):
		hint = "guild.yml is for Guild AI; here, operations are in guild.toml ('guild init --toml' writes one)"
	}
	if unknown.Nearest != "" {
		hint = fmt.Sprintf("did you mean %q?", unknown.Nearest)
	}
	return &usageError{message: fmt.Sprintf("%q is nothing to run: %s", name, where), hint: hint}
}

// severalHint tells who has typed several values, in a way that another program has, how they are typed here.
func severalHint(err error, given []run.Assignment) error {
	var flag *project.FlagError
	if errors.As(err, &flag) && flag.Hint == "" {
		for _, a := range given {
			if a.Name == flag.Flag {
				flag.Hint = trials.Hint(a)
			}
		}
	}
	return err
}

// flagHint lists the flags there are, where a flag was not known.
func flagHint(err error, plan *runner.Plan) error {
	var flag *project.FlagError
	if !errors.As(err, &flag) {
		return err
	}
	if flag.Hint != "" || plan == nil || !strings.HasPrefix(flag.Problem, "unsupported") {
		return &hintError{error: err, hint: flag.Hint}
	}
	var names []string
	for _, f := range plan.Declared {
		names = append(names, f.Name)
	}
	hint := fmt.Sprintf("%s has no flags; --force-flags takes any", plan.Op)
	if len(names) > 0 {
		hint = fmt.Sprintf("%s has %s; --force-flags takes others too", plan.Op, strings.Join(names, ", "))
	}
	return &hintError{error: err, hint: hint}
}

func printCommand(a *app, plan *runner.Plan) error {
	words, err := plan.Command()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.ui.Out, run.QuoteAll(words))
	return err
}

// options turns command line options into the runner's.
func (a *app) options(o runOptions, restart bool) runner.Options {
	opts := runner.Options{Needed: o.needed, StageOnly: o.stage || o.background}
	if !o.yes && a.ui.CanAsk() {
		opts.Confirm = func(plan *runner.Plan) (bool, error) { return a.confirm(plan, o, restart) }
	}
	opts.Miss = a.miss()
	return opts
}

// miss tells with -v why a run was not accepted by --needed.
func (a *app) miss() func(run.ID, string) {
	if !a.ui.Verbose {
		return nil
	}
	return func(id run.ID, reason string) { a.ui.Decide("run %s does not match: %s", id.Short(), reason) }
}

func (a *app) confirm(plan *runner.Plan, o runOptions, restart bool) (bool, error) {
	verb := "run"
	switch {
	case restart:
		verb = "restart"
	case o.stage:
		verb = "stage"
	}
	fmt.Fprintf(a.ui.Err, "You are about to %s %s\n", verb, ui.SafeLine(plan.Op))
	for _, name := range plan.Flags.Names() {
		fmt.Fprintf(a.ui.Err, "  %s: %s\n", ui.SafeLine(name), ui.SafeLine(run.FormatValue(plan.Flags[name])))
	}
	a.orderly.Store(false) // nothing is made yet, and the question waits for an answer
	defer a.orderly.Store(true)
	return a.ui.Confirm("Continue?")
}

// conclude says what became of the request and turns it into the exit code.
func (a *app) conclude(ctx context.Context, r *runner.Runner, outcome *runner.Outcome, o runOptions) error {
	switch {
	case outcome.Aborted:
		return exitError(exitFailure)
	case outcome.Skipped && outcome.Matches != nil:
		return a.printMatches(r, outcome.Matches)
	case outcome.Skipped:
		fmt.Fprintln(a.ui.Out, "Skipping run because flags have not changed (--needed specified)")
		return nil
	case outcome.Staged && o.background:
		return a.goOn(outcome.Run, o)
	case outcome.Staged:
		a.ui.Say("%s staged as %s", outcome.Run.ID.Short(), outcome.Run.ID)
		return nil
	}
	if cause := new(signalled); errors.As(context.Cause(ctx), &cause) {
		return exitError(exitSignal + int(cause.sig))
	}
	if outcome.ExitStatus < 0 {
		return exitError(exitSignal - outcome.ExitStatus)
	}
	if outcome.ExitStatus > 0 {
		return exitError(outcome.ExitStatus)
	}
	return nil
}

func (a *app) printMatches(r *runner.Runner, matches []*store.Run) error {
	fmt.Fprintln(a.ui.Out, "Skipping because the following runs match this operation (--needed specified):")
	rows := make([][]string, len(matches))
	for i, m := range matches {
		row := describe(m)
		rows[i] = []string{"[" + row.id.Short() + "]", row.operation(r.Dir), row.startedText(), row.statusText(), row.label}
	}
	return ui.Columns(a.ui.Out, "  ", rows)
}
