package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// Options say how far a run is to go, and on what conditions.
type Options struct {
	// Needed skips the run if an available one has the same operation and flags ("flags"), or also the same source ("source").
	Needed string
	// StageOnly prepares the run and leaves the process to a later start.
	StageOnly bool
	// Confirm is asked once everything is known and nothing is made; nil means yes.
	Confirm func(*Plan) (bool, error)
	// Miss is told why a run of the same operation was not accepted by Needed; nil is not told.
	Miss func(id run.ID, reason string)
	// Streams are the run's own; nil are the runner's.
	Streams *Streams
}

// Outcome is what became of a request to run.
type Outcome struct {
	Run        *store.Run // nil when skipped before it existed
	Status     run.Status
	ExitStatus int
	Skipped    bool
	Matches    []*store.Run // the runs that made this one unnecessary
	Staged     bool
	Aborted    bool // Confirm said no
}

// Run makes a new run of a composed plan and takes it to its end. The error is about guild's own part, or a *Refused; an
// operation that fails is an Outcome.
func (r *Runner) Run(ctx context.Context, plan *Plan, o Options) (*Outcome, error) {
	if plan.ID == "" {
		plan.ID = run.NewID()
	}
	s, err := r.newSession(plan, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.start(ctx, o)
}

// start takes a new run from its flags to its end.
func (s *session) start(ctx context.Context, o Options) (*Outcome, error) {
	if o.Needed == "" && o.Confirm == nil {
		s.loadHooks(ctx) // nothing will stop the run but a hook
	}
	err := s.composeFlags(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.plan.Check(); err != nil {
		return nil, err
	}
	if o.Confirm != nil {
		if ok, err := o.Confirm(s.plan); err != nil || !ok {
			return &Outcome{Aborted: true}, err
		}
	}
	if o.Needed != "" {
		matches, err := s.matches(ctx, o)
		if err != nil || len(matches) > 0 {
			return &Outcome{Skipped: true, Matches: matches}, err
		}
	}
	err = s.make(ctx)
	if err != nil && s.run == nil {
		return nil, err
	}
	if err == nil {
		err = s.populate(ctx)
	}
	if err != nil {
		return s.notStaged(ctx, err)
	}
	if o.StageOnly {
		return s.leaveStaged()
	}
	return s.execute(ctx)
}

// make makes the run and fills it, and meanwhile loads its hooks. If one does not load, there is no run.
func (s *session) make(ctx context.Context) error {
	loaded := s.loadHooks(ctx)
	if !s.inBatch() { // else it was selected once for all trials
		s.selectSoon(ctx)
	}
	attrs, err := s.attrs()
	if err == nil {
		err = s.create(attrs)
	}
	if err == nil {
		err = s.fill(ctx)
	}
	if bad := loaded(); bad != nil {
		return errors.Join(bad, s.unmake())
	}
	return err
}

func (r *Runner) newSession(plan *Plan, o Options) (*session, error) {
	s := &session{Streams: r.Streams, r: r, plan: plan, hookEnv: map[string]string{}}
	if o.Streams != nil {
		s.Streams = *o.Streams
	}
	if plan.hooks == nil {
		var err error
		if plan.hooks, err = r.selectHooks(plan); err != nil {
			return nil, err
		}
	}
	s.hooks, s.pending, s.traces, s.seq = plan.hooks, plan.early, plan.earlyTraces, len(plan.early)
	return s, nil
}

// composeFlags lets hooks check their parameters and the flags, and set flags, before anything exists.
func (s *session) composeFlags(ctx context.Context) error {
	for _, event := range []abi.Event{abi.OnInit, abi.OnFlagsComposed} {
		if !s.handled(event) || event == abi.OnInit && s.batch != nil { // once for all trials
			continue
		}
		if event == abi.OnFlagsComposed && s.source == nil {
			var err error
			if s.source, err = stage.Open(s.plan.ProjectDir); err != nil {
				return err
			}
		}
		if err := s.fire(ctx, event); err != nil {
			s.skipped(ctx, "denied")
			return err
		}
	}
	return nil
}

// skipped tells hooks that the run will not start.
func (s *session) skipped(ctx context.Context, why string) {
	s.live.mu.Lock()
	s.live.stopReason = why
	s.live.mu.Unlock()
	_ = s.fire(ctx, abi.OnRunSkipped) // an observing event cannot refuse
}

func onlyDetects(h *hook) bool {
	for _, e := range h.info.Events {
		if e != abi.OnFlagsDetect && e != abi.OnInit && e != abi.OnFlagsComposed {
			return false
		}
	}
	return true
}

// create makes the run directory with the attributes, claimed by this process.
func (s *session) create(attrs map[string]any) error {
	if info, err := os.Lstat(s.plan.RunDir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("run directory %s is a symbolic link", s.plan.RunDir)
	}
	claim, free, err := s.r.Store.TryClaim(claimName(s.plan))
	if err != nil {
		return s.r.homeError(err)
	}
	if !free {
		return fmt.Errorf("run %s is being worked on by another process", s.plan.ID)
	}
	s.claim = claim
	s.setStatus(run.Pending)
	if s.plan.RunDir != "" {
		s.run, err = store.CreateDir(s.plan.RunDir, s.plan.ID, s.plan.Ref, attrs)
	} else {
		s.run, err = s.r.Store.CreateWith(s.plan.ID, s.plan.Ref, attrs)
	}
	if errors.Is(err, store.ErrExists) && s.plan.RunDir != "" {
		return fmt.Errorf("run directory %s is not empty", s.plan.RunDir)
	}
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("run %s exists already", s.plan.ID)
	}
	return err
}

// unmake takes back a run of which nothing but its directory is known to anybody.
func (s *session) unmake() error {
	r := s.run
	s.run = nil
	switch {
	case r == nil:
		return nil
	case s.plan.RunDir != "":
		return store.EmptyDir(s.plan.RunDir)
	}
	return s.r.Store.Discard(r)
}

func claimName(plan *Plan) string {
	if plan.RunDir != "" {
		return "run-" + canon.Bytes([]byte(plan.RunDir)).Hex()
	}
	return "run-" + string(plan.ID)
}

// notStaged ends a run whose directory could not be populated: denied by a hook, or an error of ours.
func (s *session) notStaged(ctx context.Context, cause error) (*Outcome, error) {
	if refused := (*Refused)(nil); errors.As(cause, &refused) {
		if err := s.markDenied(refused); err != nil {
			return nil, errors.Join(cause, err)
		}
		s.skipped(context.WithoutCancel(ctx), "denied")
		return &Outcome{Run: s.run, Status: run.Denied}, cause
	}
	// Who kills us leaves it pending; this attempt is over, and says why.
	err := errors.Join(s.run.SetAttr(AttrStageError, cause.Error()), s.run.Unmark(store.MarkPending), s.run.Unmark(store.MarkStaged), s.sync(), s.index())
	return &Outcome{Run: s.run, Status: s.run.Status()}, errors.Join(about(s.run.ID, cause), err)
}

func (s *session) markDenied(refused *Refused) error {
	if err := s.run.SetDenied(store.Denial{Hook: refused.Hook, Event: string(refused.Event), Reason: refused.Reason}); err != nil {
		return err
	}
	s.live.mu.Lock()
	s.live.status = string(run.Denied)
	s.live.err = refused.Reason
	s.live.mu.Unlock()
	return errors.Join(s.run.Unmark(store.MarkPending), s.run.Unmark(store.MarkStaged), s.sync())
}

// leaveStaged keeps the run for a later start.
func (s *session) leaveStaged() (*Outcome, error) {
	if err := s.run.SetAttr(AttrStarted, micros(s.now())); err != nil {
		return nil, err
	}
	if s.inBatch() {
		s.batch.promises.addTree()
	} else if err := s.syncTree(); err != nil {
		return nil, err
	}
	if err := errors.Join(s.run.Mark(store.MarkStaged), s.run.Unmark(store.MarkPending), s.promiseStaged(), s.index()); err != nil {
		return nil, err
	}
	return &Outcome{Run: s.run, Status: run.Staged, Staged: true}, nil
}

// index records the run for lists and for --needed. A run outside the store is in neither.
func (s *session) index() error {
	if s.plan.RunDir != "" {
		return nil
	}
	return s.r.Store.Record(s.run)
}
