package batch

import (
	"syscall"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// Outcome is what became of a batch.
type Outcome struct {
	Run     *store.Run
	Planned int  // how many trials there were to be
	Exit    int  // exit status of the batch
	Removed bool // Run is in the trash: all is in the trials
	Staged  bool
	Results []runner.Result // in the order of the trials that have one
	Stopped string          // why the batch was stopped, or ""
	Signal  syscall.Signal  // that interrupted it, or 0
	Refused *runner.Refused // the first refusal of a hook, if no trial was run
}

// Count counts the results for which f holds.
func (o *Outcome) Count(f func(runner.Result) bool) int {
	n := 0
	for _, r := range o.Results {
		if f(r) {
			n++
		}
	}
	return n
}

// Failed reports whether a trial did not do what it should. A run that --needed took for it did.
func Failed(r runner.Result) bool {
	if r.Skipped == needed {
		return false
	}
	return r.Status == run.Error || r.Status == run.Terminated || r.Status == run.Denied || r.Status == "" && r.Skipped == "" || r.Skipped == "denied"
}

// Well reports whether there is nothing left to do of a trial.
func Well(r runner.Result) bool { return r.Status == run.Completed || r.Skipped == needed }
