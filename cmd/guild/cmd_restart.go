package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

// runRestart runs an existing run again. --start and --restart do the same; the two words exist for clarity.
func runRestart(ctx context.Context, a *app, r *runner.Runner, o runOptions, name string, given []run.Assignment) error {
	option, spec := "--restart", o.restart
	if o.start != "" {
		option, spec = "--start", o.start
		if o.restart != "" {
			return usagef("", "--start cannot be used with --restart")
		}
	}
	for other, used := range map[string]bool{
		"an operation": name != "", "--run-id": o.runID != "", "--run-dir": o.runDir != "", "--stage": o.stage, "--print-cmd": o.printCmd,
	} {
		if used {
			return usagef("", "%s cannot be used with %s", other, option)
		}
	}
	target, err := a.oneRun(r.Store, spec)
	if err != nil {
		return err
	}
	changes := runner.Changes{Given: given, Force: o.forceFlags, Label: o.label, Tags: o.tags, Comment: o.comment}
	outcome, err := r.Restart(ctx, target, changes, a.options(o, true))
	var running *runner.Running
	if errors.As(err, &running) {
		// These two lines are fixed by the acceptance transcript.
		return &plainError{message: fmt.Sprintf("cannot restart run %s because it's running\nUse 'guild stop %s' to stop it first and try again.", running.ID, running.ID)}
	}
	var locked *runner.Locked
	if errors.As(err, &locked) {
		return &hintError{error: err, hint: fmt.Sprintf("'guild runs unlock %s' makes it writable again", locked.ID.Short())}
	}
	if err != nil {
		return flagHint(err, nil)
	}
	return a.conclude(ctx, r, outcome, o)
}
