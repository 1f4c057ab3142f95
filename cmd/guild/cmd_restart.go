package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/guild-run/guild/runtime/batch"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// runRestart runs an existing run again. --start and --restart do the same; the two words exist for clarity.
func runRestart(ctx context.Context, a *app, r *runner.Runner, o runOptions, name string, given []run.Assignment) error {
	option, spec, err := o.again(name)
	if err != nil {
		return err
	}
	target, err := a.oneRun(r.Store, spec)
	if err != nil {
		return err
	}
	if runner.IsBatch(target) {
		return resumeBatch(ctx, a, r, o, option, target, given)
	}
	if other := o.batch.used(); other != "" {
		return usagef("", "%s cannot be used with %s of a run that is no batch", other, option)
	}
	changes := runner.Changes{
		Given: given, Force: o.forceFlags, Label: o.label, Tags: o.tags, Comment: o.comment, InPlace: o.inplace,
		StopAfter: o.limit,
	}
	if o.runID != "" {
		if changes.ID, err = run.ParseID(o.runID); err != nil {
			return usagef("", "%s", err)
		}
	}
	var outcome *runner.Outcome
	if option == "--proto" {
		outcome, err = r.Proto(ctx, target, changes.ID, changes, a.options(o, false))
	} else {
		outcome, err = r.Restart(ctx, target, changes, a.options(o, true))
	}
	var running *runner.Running
	if errors.As(err, &running) {
		// These two lines are fixed by the acceptance transcript.
		return &plainError{message: fmt.Sprintf("cannot restart run %s because it's running\nUse 'guild stop %s' to stop it first and try again.", running.ID, running.ID)}
	}
	var locked *runner.Locked
	if errors.As(err, &locked) {
		return &hintError{error: err, hint: fmt.Sprintf("without --inplace a new run is made from it; 'guild runs unlock %s' makes it writable", locked.ID.Short())}
	}
	if err != nil {
		return flagHint(err, nil)
	}
	return a.conclude(ctx, r, outcome, o)
}

// resumeBatch goes on with a batch. What its trials are was decided when it was made.
func resumeBatch(ctx context.Context, a *app, r *runner.Runner, o runOptions, option string, target *store.Run, given []run.Assignment) error {
	switch {
	case option == "--proto":
		return usagef("", "--proto cannot be used with a batch")
	case len(given) > 0:
		return usagef("", "%s of a batch cannot change flags", option)
	}
	for _, other := range []struct {
		what string
		used bool
	}{
		{"--multirun", o.batch.multirun}, {"--trials", o.batch.trials > 0}, {"--replicates", o.batch.replicates > 0}, {"--random-seed", o.batch.seedGiven},
		{"--print-trials", o.batch.printTrials}, {"--label", o.label != ""}, {"--tag", len(o.tags) > 0}, {"--comment", o.comment != ""},
		{"--run-id", o.runID != ""}, {"--inplace", o.inplace}, {"--stop-after", o.limit > 0},
	} {
		if other.used {
			return usagef("", "%s cannot be used with %s of a batch", other.what, option)
		}
	}
	if o.background {
		if target.Status() != run.Staged {
			return usagef("", "--background cannot be used with a batch that has begun")
		}
		return a.goOn(target, o)
	}
	outcome, err := batch.Resume(ctx, r, target, a.batchOptions(r.Streams, o, nil))
	var running *runner.Running
	if errors.As(err, &running) {
		return &hintError{error: fmt.Errorf("batch %s is running", running.ID), hint: fmt.Sprintf("'guild stop %s' stops it", running.ID.Short())}
	}
	var locked *runner.Locked
	if errors.As(err, &locked) {
		return &hintError{error: err, hint: fmt.Sprintf("'guild runs unlock %s' makes it writable", locked.ID.Short())}
	}
	return a.concludeBatch(outcome, o, err)
}

// again says which existing run is meant, by which option, and refuses options that make no sense with it.
func (o runOptions) again(name string) (option, spec string, err error) {
	given := 0
	for _, choice := range []struct{ option, spec string }{{"--start", o.start}, {"--restart", o.restart}, {"--proto", o.proto}} {
		if choice.spec == "" {
			continue
		}
		if given++; given > 1 {
			return "", "", usagef("", "%s cannot be used with %s", option, choice.option)
		}
		option, spec = choice.option, choice.spec
	}
	for _, other := range []struct {
		what string
		used bool
	}{
		{"an operation", name != ""}, {"--run-dir", o.runDir != ""}, {"--print-cmd", o.printCmd},
		{"--hook", len(o.hookParams) > 0}, // the run keeps what was pinned in it
		{"--stage", o.stage && option != "--proto"}, {"--run-id", o.runID != "" && option == "--start"},
	} {
		if other.used {
			return "", "", usagef("", "%s cannot be used with %s", other.what, option)
		}
	}
	return option, spec, nil
}
