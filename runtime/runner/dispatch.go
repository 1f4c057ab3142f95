package runner

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// fire calls every hook that handles an event, in order. It returns a *Refused when one denies, or fails where failing
// closes; the hooks after that one are not called. Where neither is possible it returns nil.
func (s *session) fire(ctx context.Context, event abi.Event) error {
	info, _ := abi.Lookup(event)
	var stop error // the first request of a hook to stop: the others are told of the event all the same
	for _, h := range inOrder(s.hooks, event, info.Reverse) {
		if h.off(event) || event == abi.OnRunEnd && !h.begun {
			continue
		}
		err := s.call(ctx, h, info)
		if request := (*stopRequest)(nil); errors.As(err, &request) {
			stop = cmp.Or(stop, err)
		} else if err != nil {
			return err
		}
		if event == abi.OnRunBegin {
			h.begun = true
		}
	}
	return stop
}

// handled reports whether any hook wants an event, so that nothing is prepared for nobody.
func (s *session) handled(event abi.Event) bool {
	for _, h := range s.hooks {
		if h.handles(event) && !h.off(event) {
			return true
		}
	}
	return false
}

// call delivers one event to one hook, applies what it did and records it.
func (s *session) call(ctx context.Context, h *hook, info abi.EventInfo) error {
	if !h.handles(info.Event) {
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err // interrupted: not the hook's failure
	}
	now := s.now()
	doc := s.document(h, info.Event, now)
	s.addFacts(ctx, h, doc)
	if ok, err := h.holds(doc); err != nil {
		return s.failed(h, info, &record{Hook: h.Name, Digest: h.digest.String(), Event: info.Event, Time: stamp(now)}, err.Error())
	} else if !ok {
		return nil
	}
	s.seq++
	doc.Event.Seq = s.seq
	rec := &record{Seq: s.seq, Time: stamp(now), Hook: h.Name, Digest: h.digest.String(), Event: info.Event}
	if err := h.load(ctx, s.r.hookEngine()); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return s.failed(h, info, rec, loadProblem(err))
	}
	tx := s.begin(h, info)
	defer tx.discard()
	text, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("event document of %s: %w", info.Event, err)
	}
	call := engine.Call{
		Event: info.Event, Document: text, Time: now, Seed: s.seed(h, info.Event),
		Stage: tx.engineStage(), State: tx.state,
		SetFlag: s.checkFlag, SetAttr: checkAttr,
		Log: func(l engine.LogRecord) { s.Report.Hook(h.Name, l.Level, l.Message) },
	}
	var answered tracer
	result, err := h.engine.Call(ctx, answered.traced(call))
	if failure := cutShort(ctx, err); failure != nil {
		rec.fill(failure.Result)
		rec.Verdict, rec.Reason = verdictFailed, failure.Message
		s.record(*rec)
		return context.Cause(ctx)
	}
	s.keepTrace(s.traceOf(h, call, &answered, result, err))
	if failure := (*engine.Failure)(nil); errors.As(err, &failure) {
		rec.fill(failure.Result)
		rec.Detail = failure.Detail
		if failure.Result != nil && failure.Result.Denied { // it denied first, and on-error = "warn" must not hide that
			return s.denied(h, info, rec, failure.Result.Reason)
		}
		return s.failed(h, info, rec, failure.Message)
	}
	if err != nil {
		return s.failed(h, info, rec, err.Error())
	}
	rec.fill(result)
	if result.Denied {
		return s.denied(h, info, rec, result.Reason)
	}
	if err := tx.commit(rec); err != nil {
		return s.failed(h, info, rec, err.Error())
	}
	if err := s.apply(h, info.Event, result, rec); err != nil {
		return s.failed(h, info, rec, err.Error())
	}
	rec.Verdict, rec.Reason = verdictDone, result.Reason
	if result.Stopped {
		rec.Verdict = verdictStopped
	}
	s.record(*rec)
	if result.Stopped {
		return &stopRequest{hook: h.Name, reason: result.Reason}
	}
	return nil
}

// cutShort is the failure of a call that ended because its context was cancelled, before the hook had denied anything; or nil. It is not
// held against the hook, and cannot be replayed.
func cutShort(ctx context.Context, err error) *engine.Failure {
	failure := (*engine.Failure)(nil)
	cause := context.Cause(ctx)
	if cause == nil || !errors.As(err, &failure) || !errors.Is(failure.Err, cause) || failure.Result != nil && failure.Result.Denied {
		return nil
	}
	return failure
}

// denied records a denial.
func (s *session) denied(h *hook, info abi.EventInfo, rec *record, reason string) error {
	rec.Verdict, rec.Reason = verdictDenied, reason
	s.record(*rec)
	return &Refused{Hook: h.Name, Module: h.from(s.plan.ProjectDir), Event: info.Event, Reason: reason}
}

// failed records a failure, and decides what it does: nothing at the ends, a refusal before the start.
func (s *session) failed(h *hook, info abi.EventInfo, rec *record, message string) error {
	rec.Verdict, rec.Reason = verdictFailed, message
	s.record(*rec)
	failure := &Refused{Hook: h.Name, Module: h.from(s.plan.ProjectDir), Event: info.Event, Reason: message, Failed: true}
	if info.FailClosed && h.OnError != "warn" {
		return failure
	}
	s.Report.Warn(failure.Error())
	if info.Event == abi.OnRunProgress {
		h.dropped = true
	}
	return nil
}

// loadProblem is why a hook could not be loaded, without its name.
func loadProblem(err error) string {
	if load := (*LoadError)(nil); errors.As(err, &load) {
		return load.Problem
	}
	return err.Error()
}

// stopRequest is how on_run_progress asks for the end of the run.
type stopRequest struct{ hook, reason string }

func (e *stopRequest) Error() string { return fmt.Sprintf("hook %s: %s", e.hook, e.reason) }

// seed makes the random numbers of an event a function of run, hook and event.
func (s *session) seed(h *hook, event abi.Event) [32]byte {
	return canon.Sum(canon.ContextSeed, []byte(s.plan.ID), []byte(h.Name), []byte(event), fmt.Append(nil, s.seq))
}

// transaction is what one event may write to.
type transaction struct {
	s      *session
	h      *hook
	tx     *stage.Tx
	states map[int32]*store.State
}

func (s *session) begin(h *hook, info abi.EventInfo) *transaction {
	t := &transaction{s: s, h: h, states: map[int32]*store.State{}}
	if info.Has(abi.MayReadStage) {
		area, options := s.stage, stage.TxOptions{ReadOnly: true}
		if area == nil {
			area = s.source
		} else if info.Has(abi.MayWriteStage) {
			options = stage.TxOptions{
				Write: h.writes(), Remove: info.Has(abi.MayRemoveStage), KeepPristine: info.Event == abi.OnRunStaged,
			}
		}
		if area != nil {
			t.tx = area.Begin(options)
		}
	}
	return t
}

// engineStage adapts the transaction to what the engine wants; a nil transaction must be a nil interface.
func (t *transaction) engineStage() engine.Stage {
	if t.tx == nil {
		return nil
	}
	return stageAdapter{t.tx}
}

type stageAdapter struct{ *stage.Tx }

func (a stageAdapter) Stat(path string) (engine.Stat, error) {
	st, err := a.Tx.Stat(path)
	return engine.Stat(st), err
}

func (t *transaction) state(scope int32) engine.State {
	if st, ok := t.states[scope]; ok {
		return st
	}
	var st *store.State
	switch {
	case scope == abi.ScopeRun && t.s.run != nil:
		st = t.s.run.State(scope, t.h.Name)
	case scope == abi.ScopeBatch && t.s.batchRun() != nil:
		st = t.s.batchRun().State(scope, t.h.Name)
	case scope == abi.ScopeProject:
		st = t.s.r.Store.ProjectState(t.s.plan.ProjectDir, t.h.Name)
	default:
		return nil
	}
	t.states[scope] = st
	return st
}

func (t *transaction) commit(rec *record) error {
	if t.tx != nil {
		changes, err := t.tx.Commit()
		if err != nil {
			return err
		}
		t.s.wrote = t.s.wrote || len(changes) > 0
		for _, c := range changes {
			rec.Files = append(rec.Files, fileChange{Path: c.Path, Before: c.Before, After: c.After})
		}
	}
	for scope, st := range t.states {
		if t.s.preview && scope == abi.ScopeProject {
			continue // to be discarded
		}
		if err := st.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) discard() {
	if t.tx != nil {
		t.tx.Discard()
	}
	for _, st := range t.states {
		st.Discard()
	}
}

// holds evaluates the hook's `when` against the event document.
func (h *hook) holds(doc *abi.Document) (bool, error) {
	if h.condition == nil {
		return true, nil
	}
	ok, err := h.condition.Holds(func(path string) (any, bool) { return lookup(doc, path) })
	if err != nil {
		return false, fmt.Errorf("when: %w", err)
	}
	return ok, nil
}

// checkFlag says whether a hook may set a flag to a value.
func (s *session) checkFlag(name string, value json.RawMessage) error {
	if _, declared := s.plan.Flags[name]; !declared {
		return fmt.Errorf("%w: operation %s has no flag %q", abi.NotFound, s.plan.Op, name)
	}
	for _, typed := range s.plan.Typed {
		if typed == name {
			return fmt.Errorf("%w: flag %q was given by the user", abi.Exists, name)
		}
	}
	v, err := run.FromJSON(value)
	if err != nil {
		return fmt.Errorf("%w: flag %q: %v", abi.Invalid, name, err)
	}
	if _, err := project.CheckFlag(s.plan.Declared, name, v); err != nil {
		return fmt.Errorf("%w: %v", abi.Invalid, err)
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
