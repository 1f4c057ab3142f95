package store

import (
	"github.com/guild-run/guild/runtime/run"
)

// Status derives what became of the run from its files, in this order: LOCK.remote is running, PENDING pending, STAGED
// staged; an exit status completed, terminated or error; DENIED denied; a LOCK whose process lives, or is another host's,
// running; and everything else error. A restart must clear exit_status and DENIED first.
func (r *Run) Status() run.Status {
	switch {
	case exists(r.Path(remoteFile)):
		return run.Running
	case exists(r.Path(MarkPending)):
		return run.Pending
	case exists(r.Path(MarkStaged)):
		return run.Staged
	}
	v, ok, err := r.Attr(AttrExitStatus)
	if err != nil {
		return run.Error
	}
	if ok && v != nil {
		if code, isInt := v.(int64); isInt {
			return run.ExitStatus(int(max(min(code, 1), -1)))
		}
		return run.Error
	}
	if exists(r.Path(deniedFile)) {
		return run.Denied
	}
	if _, alive, host := r.LockPID(); alive || host != "" {
		return run.Running
	}
	return run.Error
}

// Mark makes a sentinel: MarkPending or MarkStaged. What is in it means nothing.
func (r *Run) Mark(name string) error {
	if err := checkName("sentinel", name); err != nil {
		return err
	}
	if exists(r.Path(name)) {
		return nil
	}
	if !exists(r.Path(processFile)) { // of a run of Guild AI
		if err := r.write(r.Path(processFile), nil); err != nil {
			return err
		}
	}
	return r.alias(name)
}

// Unmark removes a sentinel; it need not be there.
func (r *Run) Unmark(name string) error {
	if err := checkName("sentinel", name); err != nil {
		return err
	}
	return r.remove(r.Path(name))
}
