package runner

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/store"
)

// Trial makes the run of a trial and takes it to its end. Trials may run at the same time; each then has hooks of its own.
func (b *Batch) Trial(ctx context.Context, t Trial, o Options) (*Outcome, error) {
	s, err := b.session(t, o)
	if err != nil {
		return nil, err
	}
	defer b.giveBack(s)
	if err := s.r.upstreamRuns(s.plan); err != nil {
		return nil, err
	}
	out, err := s.start(ctx, o)
	if !notBegun(ctx, s.run, err) {
		return out, err
	}
	if s.run == nil {
		return nil, ErrNotBegun
	}
	kept := b.promises.wait() // before what it was promised of is gone
	return nil, errors.Join(ErrNotBegun, kept, s.r.Store.Discard(s.run))
}

// Again goes on with a trial whose run is there: one that was never started, or did not end well. The run that it is then may be another.
func (b *Batch) Again(ctx context.Context, target *store.Run, o Options) (*Outcome, error) {
	same, err := b.samePins(target)
	if err != nil {
		return nil, err
	}
	if !same { // its hooks are not the batch's: it is on its own
		out, err := b.s.r.Restart(ctx, target, Changes{}, o)
		if notBegun(ctx, target, err) {
			return nil, ErrNotBegun
		}
		return out, err
	}
	set := b.take()
	s, err := b.s.r.reopen(target, Changes{}, o, set)
	if err != nil {
		s = &session{hooks: set}
	}
	defer b.giveBack(s)
	if err != nil {
		return nil, err
	}
	s.batch = b
	out, err := s.restart(ctx, target, Changes{}, o)
	if notBegun(ctx, target, err) {
		return nil, ErrNotBegun
	}
	return out, err
}

// samePins reports whether a trial has the hooks of its batch. One that was killed before hooks were pinned in it shall have them.
func (b *Batch) samePins(target *store.Run) (bool, error) {
	own, err := readRegular(target.Path("hooks", pinnedFile), maxPinned)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	pins, err := readRegular(b.s.run.Path("hooks", pinnedFile), maxPinned)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return bytes.Equal(own, pins), err
}

// ErrNotBegun is the error of a trial that was interrupted before it began. What was prepared of it is gone, but for what was there before.
var ErrNotBegun = errors.New("interrupted before it began")

// notBegun reports whether an error is the interruption of a run that has no end since it had no beginning.
func notBegun(ctx context.Context, target *store.Run, err error) bool {
	if ctx.Err() == nil || !errors.Is(err, context.Cause(ctx)) && !errors.Is(err, ctx.Err()) {
		return false
	}
	if target == nil {
		return true
	}
	_, ended, readErr := target.Attr(AttrExitStatus)
	return !ended && readErr == nil
}

// Skip tells hooks that a trial will not be run: the batch was stopped.
func (b *Batch) Skip(ctx context.Context, t Trial, why string) error {
	if !b.handles(abi.OnRunSkipped) {
		return nil
	}
	s, err := b.session(t, Options{})
	if err != nil {
		return err
	}
	defer b.giveBack(s)
	s.skipped(ctx, why)
	return nil
}

func (b *Batch) session(t Trial, o Options) (*session, error) {
	s, err := b.s.r.newSession(b.plan(t, b.take()), o)
	if err != nil {
		return nil, err
	}
	s.batch = b
	s.member = &member{
		batch: b.s.run, index: t.Index, count: len(b.spec.Trials), replicate: t.Replicate, replicates: b.spec.Replicates, condition: t.Condition,
	}
	return s, nil
}

func (b *Batch) giveBack(s *session) {
	s.close()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.idle = append(b.idle, s.hooks)
}

// take is a set of the batch's hooks that no other trial uses: a hook that is busy with one trial does not keep another waiting.
func (b *Batch) take() []*hook {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.idle); n > 0 {
		set := b.idle[n-1]
		b.idle = b.idle[:n-1]
		for _, h := range set {
			h.begun, h.disabled, h.dropped = false, false, false
		}
		return set
	}
	return again(b.target.hooks)
}

// again are the same hooks, not loaded yet.
func again(hooks []*hook) []*hook {
	set := make([]*hook, len(hooks))
	for i, h := range hooks {
		set[i] = &hook{HookConfig: h.HookConfig, module: h.module, digest: h.digest, info: h.info, condition: h.condition}
	}
	return set
}

func (b *Batch) handles(event abi.Event) bool { return b.s.handled(event) }

// vcsCommit gives every trial what git was asked once.
func (b *Batch) vcsCommit() <-chan string {
	answer := make(chan string, 1)
	go func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if !b.vcsGot {
			b.vcs, b.vcsGot = <-b.commit, true
		}
		answer <- b.vcs
	}()
	return answer
}

// IsStop reports whether an error is a hook's request to end the batch, and its reason.
func IsStop(err error) (reason string, ok bool) {
	if stop := (*stopRequest)(nil); errors.As(err, &stop) {
		return stop.Error(), true
	}
	return "", false
}
