package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Running is the error of a request that needs a run to have ended.
type Running struct {
	ID   run.ID
	Busy bool // it is not running: another command is at work on it
}

func (e *Running) Error() string {
	if e.Busy {
		return fmt.Sprintf("run %s is being worked on by another command", e.ID)
	}
	return fmt.Sprintf("run %s is running", e.ID)
}

// Changes is what a restart changes.
type Changes struct {
	Given []run.Assignment
	Force bool // accept undeclared flags
	// InPlace refuses to make a new run where the old one must stay what it is.
	InPlace bool
	ID      run.ID // of the new run, if there is to be one; "" is a random one
	Label   string
	Tags    []string
	Comment string
	// StopAfter is a new limit of time; 0 keeps what the run has.
	StopAfter time.Duration
}

// Restart runs an existing run again in its directory, or starts a staged one, with the hooks that are pinned in it.
// A locked run, or any that has ended where runs are immutable, stays as it is: a new run is made from its content.
// Files are staged anew, from the pristine source, when flags changed or the run was never wholly staged.
func (r *Runner) Restart(ctx context.Context, target *store.Run, c Changes, o Options) (*Outcome, error) {
	s, err := r.reopen(target, c, o, nil)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.restart(ctx, target, c, o)
}

func (s *session) restart(ctx context.Context, target *store.Run, c Changes, o Options) (*Outcome, error) {
	before, err := target.Flags()
	if err != nil {
		return nil, err
	}
	status := target.Status()
	s.isRestart, s.isStaged = status != run.Staged, status == run.Staged
	if err := s.composeFlags(ctx); err != nil {
		return nil, err
	}
	staged, err := wasStaged(target)
	if err != nil {
		return nil, err
	}
	required, err := s.findRequired(target, before)
	if err != nil {
		return nil, err
	}
	upstream := s.plan.upstream
	changed := !s.plan.Flags.Equal(before)
	if o.Confirm != nil {
		if ok, err := o.Confirm(s.plan); err != nil || !ok {
			return &Outcome{Aborted: true}, err
		}
	}
	if o.Needed != "" && status.Available() && !changed {
		s.live.matches = []string{string(target.ID)}
		s.skipped(ctx, "needed")
		return &Outcome{Skipped: true}, nil
	}
	locked := lock.Locked(target.Dir)
	if locked && c.InPlace {
		return nil, &Locked{ID: target.ID}
	}
	fork := locked || status.Final() && s.r.immutable(s.plan.Ref) && !c.InPlace
	if c.ID != "" && !fork {
		return nil, fmt.Errorf("run %s is restarted in its own directory, it cannot become run %s", target.ID, c.ID)
	}
	if err := s.loadHooks(ctx)(); err != nil {
		return nil, err
	}
	s.setStatus(status)
	s.run = target
	if err := s.openStage(); err != nil {
		return nil, err
	}
	s.hold = true
	err = s.fire(ctx, abi.OnRestartBegin)
	s.hold = false
	if err != nil { // nothing was touched, and the run keeps the record of it
		s.locked = locked
		s.flushRecords()
		s.run = nil
		return nil, err
	}
	if fork {
		s.run = nil
		if err := s.fork(ctx, target, c.ID, inherited, AttrRestartedFrom); err != nil {
			return nil, err
		}
	}
	if err := s.reset(c, before); err != nil {
		return nil, err
	}
	s.flushRecords()
	if required {
		s.plan.upstream = upstream
	}
	if changed || required || !staged {
		if err := s.restage(ctx, required); err != nil {
			return s.notStaged(ctx, err)
		}
	}
	if o.StageOnly {
		return s.leaveStaged()
	}
	return s.execute(ctx)
}

// wasStaged reports whether the files of a run were staged to the end, and passed the hooks that look at them.
func wasStaged(target *store.Run) (bool, error) {
	if target.Status() == run.Pending {
		return false, nil
	}
	denied, err := target.Denied()
	if err != nil || denied != nil && denied.Event != string(abi.OnRunBegin) {
		return false, err
	}
	_, failed, err := target.Attr(AttrStageError)
	return !failed, err
}

// reopen makes a session of what a run recorded about itself. The run is claimed first: what is read of it stays so, its lock included.
// hooks are those that are pinned in it, if somebody has them.
func (r *Runner) reopen(target *store.Run, c Changes, o Options, hooks []*hook) (*session, error) {
	plan := &Plan{
		ID: target.ID, RunDir: outside(r.Store, target), Label: c.Label, Tags: c.Tags, Comment: c.Comment, SetBy: map[string]string{}, hooks: hooks,
	}
	claim, free, err := r.Store.TryClaim(claimName(plan))
	if err != nil {
		return nil, r.homeError(err)
	}
	if !free {
		return nil, &Running{ID: target.ID}
	}
	s, err := r.recallSession(target, plan, c, o)
	if err != nil {
		claim.Release()
		return nil, err
	}
	s.claim = claim
	return s, nil
}

// immutable reports whether ended runs of an operation stay as they are: as it says itself or, if it does not, the project.
func (r *Runner) immutable(ref run.OpRef) bool {
	if op := r.Project.Operations[ref.Op]; op != nil && r.ours(ref) && ref.Type == run.TypeGuildfile {
		return op.Immutable
	}
	return r.Project.Run.Immutable
}

// recallSession fills the plan from the run.
func (r *Runner) recallSession(target *store.Run, plan *Plan, c Changes, o Options) (*session, error) {
	if r.orphaned(target) {
		if err := target.ClearLock(); err != nil {
			return nil, err
		}
	}
	if target.Status() == run.Running {
		return nil, &Running{ID: target.ID}
	}
	op, ok, err := target.Attr(AttrOp)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("run %s does not say how it was made, so it cannot be restarted", target.ID)
	}
	if plan.Recipe, err = parseRecipe(op); err != nil {
		return nil, fmt.Errorf("run %s: %w", target.ID, err)
	}
	if c.StopAfter > 0 {
		plan.StopAfter = c.StopAfter
	}
	if plan.Ref, err = target.OpRef(); err != nil {
		return nil, err
	}
	if err := plan.refill(target, c); err != nil {
		return nil, err
	}
	if plan.hooks == nil {
		if plan.hooks, err = r.pinnedHooks(target, plan); err != nil {
			return nil, fmt.Errorf("run %s: %w", target.ID, err)
		}
	}
	s, err := r.newSession(plan, o)
	if err != nil {
		return nil, err
	}
	s.member, err = r.memberOf(target)
	return s, err
}

// Locked is the error of a change to a locked run.
type Locked struct{ ID run.ID }

func (e *Locked) Error() string { return fmt.Sprintf("run %s is locked", e.ID) }

// refill gives the plan the run's own flags, with what the user typed now over them.
func (plan *Plan) refill(target *store.Run, c Changes) error {
	flags, err := target.Flags()
	if err != nil {
		return err
	}
	declared := slices.Clone(plan.Declared)
	for i, f := range declared {
		if v, ok := flags[f.Name]; ok {
			declared[i].Default, declared[i].HasDefault, declared[i].Required = v, true, false
		}
	}
	for _, name := range flags.Names() { // taken with --force-flags, or by another guild
		if !slices.ContainsFunc(declared, func(f project.Flag) bool { return f.Name == name }) {
			declared = append(declared, project.Flag{Name: name, Default: flags[name], HasDefault: true})
		}
	}
	resolved, typed, err := project.ResolveFlags(declared, c.Given, c.Force)
	if err != nil {
		return err
	}
	was, _, err := target.Attr(AttrUserFlags)
	if err != nil {
		return err
	}
	if names, ok := was.(map[string]any); ok {
		typed = append(typed, run.Flags(names).Names()...)
	}
	slices.Sort(typed)
	plan.Flags, plan.Typed = resolved, slices.Compact(typed)
	return nil
}

// reset turns an ended run into a pending one: what the last time left is gone, what this time needs is written.
func (s *session) reset(c Changes, before run.Flags) error {
	attrs, err := s.newAttrs(c, before) // first: what cannot be read must stop this while nothing is lost
	if err != nil {
		return err
	}
	if err := s.run.Mark(store.MarkPending); err != nil {
		return err
	}
	s.setStatus(run.Pending)
	for _, name := range []string{AttrExitStatus, AttrStopped, AttrStopReason, AttrStageError, AttrScalars, AttrNoHooks} {
		if err := s.run.RemoveAttr(name); err != nil {
			return err
		}
	}
	if err := errors.Join(s.run.ClearDenied(), s.run.ClearLock(), s.run.Unmark(store.MarkStaged), removeEvents(s.run.Path())); err != nil {
		return err
	}
	for name, v := range attrs {
		if err := s.run.SetAttr(name, v); err != nil {
			return err
		}
	}
	return nil
}

// removeEvents removes the event files of scalars: they belong to output that is about to be replaced.
func removeEvents(dir string) error {
	files, err := os.ReadDir(dir) // not a glob: an id may have a star in it
	if err != nil {
		return err
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "events.out.tfevents.") {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// restage brings the staged files back to the pristine source and delivers the flags again; with required also what is required.
func (s *session) restage(ctx context.Context, required bool) error {
	if s.live.digest == "" { // killed before its source was copied
		if err := s.copySource(ctx); err != nil {
			return err
		}
	} else if err := s.stage.Restore(); err != nil {
		return err
	}
	if _, err := os.Lstat(s.run.Path("hooks", pinnedFile)); errors.Is(err, fs.ErrNotExist) { // killed before they were pinned
		if err := s.pinHooks(); err != nil {
			return err
		}
	}
	if required {
		if err := s.resolve(ctx); err != nil {
			return err
		}
	}
	return s.fireStaged(ctx)
}
