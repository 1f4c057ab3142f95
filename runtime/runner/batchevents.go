package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Begin asks the hooks whether the batch may begin, and what its trials are; then choose is called, which may ask for their Strategy. A new
// batch that did not come to begin is gone.
func (b *Batch) Begin(ctx context.Context, choose func(context.Context) error) error {
	err := b.begin(ctx, choose)
	if err != nil && !b.begun && !b.s.isRestart {
		return errors.Join(err, b.s.unmake())
	}
	return err
}

func (b *Batch) begin(ctx context.Context, choose func(context.Context) error) error {
	s := b.s
	s.setStatus(run.Running)
	if err := s.fire(ctx, abi.OnBatchBegin); err != nil {
		return err
	}
	if !b.planned {
		if err := s.fire(ctx, abi.OnBatchPlan); err != nil {
			return err
		}
	}
	if err := choose(ctx); err != nil {
		return err
	}
	if !b.planned {
		b.planned = true
		if err := errors.Join(s.run.SetAttr(AttrTrials, trialsAttr(b.spec.Trials)), s.run.SetAttr(AttrBatch, b.attr())); err != nil {
			return err
		}
	}
	if err := b.savePlan(); err != nil {
		return err
	}
	now := s.now()
	s.live.mu.Lock()
	s.live.started, s.live.pid = now, os.Getpid()
	s.live.mu.Unlock()
	err := errors.Join(
		s.run.SetLock(os.Getpid()), s.run.SetAttr(AttrStarted, micros(now)), s.run.RemoveAttr(AttrExitStatus), s.run.RemoveAttr(AttrStopped),
		s.run.RemoveAttr(AttrStopReason), s.run.ClearDenied(), s.run.Unmark(store.MarkStaged), s.run.Unmark(store.MarkPending), s.sync(), s.index(),
	)
	b.begun = err == nil
	return err
}

// LeaveStaged keeps the batch for a later start.
func (b *Batch) LeaveStaged() (*Outcome, error) { return b.s.leaveStaged() }

// Strategy asks the hooks how trials are to be run; nil if none says. The one of the highest rank counts, two of the same rank are an error.
func (b *Batch) Strategy(ctx context.Context) (*project.Strategy, error) {
	info, _ := abi.Lookup(abi.BatchStrategy)
	var chosen *project.Strategy
	var by *hook
	for _, h := range inOrder(b.s.hooks, info.Event, false) {
		if by != nil && h.rank(info.Event) != by.rank(info.Event) {
			break
		}
		b.s.answers = nil
		if err := b.s.call(ctx, h, info); err != nil {
			return nil, err
		}
		if len(b.s.answers) == 0 {
			continue
		}
		strategy, err := parseStrategy(b.s.answers[len(b.s.answers)-1])
		if err != nil {
			return nil, fmt.Errorf("hook %s: %s: %w", h.Name, info.Event, err)
		}
		if by != nil {
			return nil, fmt.Errorf("hooks %s and %s both choose how trials are run; give one of them a lower priority", by.Name, h.Name)
		}
		chosen, by = strategy, h
	}
	return chosen, nil
}

const maxWorkers = 1024

func parseStrategy(text json.RawMessage) (*project.Strategy, error) {
	var answer struct {
		Mode     string `json:"mode"`
		Workers  int    `json:"workers"`
		FailFast bool   `json:"fail_fast"`
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&answer)
	kind := (*json.UnmarshalTypeError)(nil)
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return nil, fmt.Errorf("%s: want %s, not %s", kind.Field, kind.Type, kind.Value)
	case errors.As(err, &kind):
		return nil, errors.New("want an object with mode, workers and fail_fast")
	case err != nil:
		return nil, fmt.Errorf("want mode, workers and fail_fast: %s", strings.TrimPrefix(err.Error(), "json: "))
	case answer.Mode != "" && answer.Mode != "serial" && answer.Mode != "parallel":
		return nil, fmt.Errorf("unknown mode %q, want serial or parallel", answer.Mode)
	case answer.Workers < 0 || answer.Workers > maxWorkers:
		return nil, fmt.Errorf("workers: %d, want 1 to %d", answer.Workers, maxWorkers)
	}
	return &project.Strategy{Mode: answer.Mode, Jobs: answer.Workers, FailFast: answer.FailFast}, nil
}

// TrialEnd tells hooks what became of a trial, and shows it in the batch's directory. The error is IsStop if one of them asks for the end
// of the batch. It is not for several goroutines.
func (b *Batch) TrialEnd(ctx context.Context, r Result) error {
	b.results = append(b.results, r.document())
	if r.Run != nil {
		if err := errors.Join(b.stand(r), b.link(r.Run.ID)); err != nil {
			return err
		}
	}
	if !b.handles(abi.OnTrialEnd) {
		return nil
	}
	shown, err := b.shown(r)
	if err != nil {
		return err
	}
	defer shown.close()
	b.showing, b.s.stage = shown, shown.stage
	defer func() { b.showing, b.s.stage = nil, nil }()
	return b.s.fire(ctx, abi.OnTrialEnd)
}

// shown is a trial as events show it, from what is on disk: it may have run elsewhere.
func (b *Batch) shown(r Result) (*session, error) {
	s, err := b.s.r.newSession(b.plan(r.Trial, []*hook{}), Options{})
	if err != nil {
		return nil, err
	}
	s.member = &member{
		batch: b.s.run, index: r.Index, count: len(b.spec.Trials), replicate: r.Replicate, replicates: b.spec.Replicates, condition: r.Condition,
	}
	s.live.status, s.live.err, s.live.stopReason = string(r.Status), r.Error, r.Skipped
	if r.Run == nil {
		return s, nil
	}
	s.run = r.Run
	if err := (&Around{s: s}).prepare(); err != nil {
		return nil, err
	}
	s.live.err = r.Error
	if r.Skipped != "" {
		s.live.stopReason = r.Skipped // whatever ended the run that stands for it
	}
	s.live.scalars = Scalars(r.Run)
	return s, s.openStage()
}

// End records the end of the batch and tells the hooks, once, with all results. exit is 0, 1, or the negative number of the signal.
// It reports whether the batch holds anything that is not in its trials.
func (b *Batch) End(ctx context.Context, exit int, reason string) (keep bool, err error) {
	ctx = context.WithoutCancel(ctx)
	s := b.s
	kept := b.promises.wait()
	now := s.now()
	s.live.mu.Lock()
	s.live.status, s.live.exitStatus, s.live.stopped, s.live.stopReason = string(run.ExitStatus(exit)), &exit, now, reason
	s.live.mu.Unlock()
	err = errors.Join(kept, b.savePlan(), s.run.SetAttr(AttrStopped, micros(now)), s.run.SetAttr(AttrExitStatus, exit))
	if reason != "" {
		err = errors.Join(err, s.run.SetAttr(AttrStopReason, reason))
	}
	err = errors.Join(err, s.sync())
	if b.begun {
		b.begun = false
		err = errors.Join(err, s.openStage())
		_ = s.fire(ctx, abi.OnBatchEnd) // cannot refuse
	}
	err = errors.Join(err, s.run.ClearLock(), s.run.Unmark(store.MarkPending), s.sync(), s.index())
	return s.wrote, err
}

// Lock locks the batch if the project says so: what its hooks wrote, and which trials it had. A batch of which trials are missing, or did
// not end well, is not over: only who always locks locks it.
func (b *Batch) Lock(ctx context.Context, well bool) error {
	status := b.s.run.Status()
	if status == run.Completed && !well {
		status = run.Error
	}
	return b.s.lockIfAsked(ctx, status)
}

// Remove puts the batch into the trash; its trials stay.
func (b *Batch) Remove() error {
	b.s.closeStage()
	return b.s.r.Store.Delete(b.s.run.ID)
}

// Close gives up what the batch holds.
func (b *Batch) Close() {
	_ = b.promises.wait() // after End there are none
	b.s.close()
}

// document is what events show of the batch.
func (b *Batch) document(event abi.Event) *abi.BatchDoc {
	if b.showing != nil {
		return b.showing.member.document()
	}
	seed := b.spec.Seed
	doc := &abi.BatchDoc{
		ID: string(b.s.run.ID), Dir: b.s.run.Dir, Count: len(b.spec.Trials), Replicates: b.spec.Replicates, Conditions: b.spec.Conditions,
		RandomSeed: &seed,
	}
	switch event {
	case abi.OnBatchPlan, abi.OnBatchBegin, abi.BatchStrategy:
		for _, t := range b.spec.Trials {
			doc.Trials = append(doc.Trials, Result{Trial: t}.document())
		}
	case abi.OnBatchEnd:
		doc.Trials = b.allResults()
	}
	return doc
}

// allResults are the results in the order of the trials, each trial once: those that were not run have no status.
func (b *Batch) allResults() []abi.TrialDoc {
	all := make([]abi.TrialDoc, len(b.spec.Trials))
	for i, t := range b.spec.Trials {
		all[i] = Result{Trial: t, Skipped: "stopped"}.document()
	}
	for _, r := range b.results {
		all[r.Index] = r
	}
	return all
}
