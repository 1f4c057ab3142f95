package main

import (
	"fmt"
	"strings"

	"github.com/guild-run/guild/runtime/batch"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

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
