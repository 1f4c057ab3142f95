package runner

import (
	"context"
	"sync"

	"github.com/guild-run/guild/runtime/stage"
)

// The start of a run waits for the compiler, for git and for the disk, each of them for milliseconds. None needs the others, so
// each goes on beside the rest until its result is needed.

// loadHooks begins to load the hooks that will be needed. The function it returns waits for them, and must be called before any
// event: a hook that does not load is known before a run is shown to anybody.
func (s *session) loadHooks(ctx context.Context) (loaded func() error) {
	problems := make([]error, len(s.hooks))
	var all sync.WaitGroup
	for i, h := range s.hooks {
		if h.condition == nil && !onlyDetects(h) {
			engine := s.r.hookEngine()
			all.Go(func() { problems[i] = h.load(ctx, engine) })
		}
	}
	return func() error {
		all.Wait()
		for i, h := range s.hooks {
			switch {
			case problems[i] == nil || h.disabled:
			case h.OnError != "warn":
				return problems[i]
			default:
				s.Report.Warn(problems[i].Error())
				h.disabled = true
			}
		}
		return nil
	}
}

// selection is what stage.Select returns.
type selection struct {
	files, warnings []string
	err             error
}

// selectSoon begins to ask which files the source code is.
func (s *session) selectSoon(ctx context.Context) {
	answer := make(chan selection, 1)
	s.selecting = answer
	rules := s.rules()
	go func() {
		files, warnings, err := stage.Select(ctx, s.plan.ProjectDir, s.plan.Main, rules)
		answer <- selection{files, warnings, err}
	}()
}

func (s *session) selectSource(ctx context.Context) ([]string, error) {
	if s.selecting == nil {
		s.selectSoon(ctx)
	}
	answer := <-s.selecting
	s.selecting = nil
	for _, w := range answer.warnings {
		s.Report.Warn(w)
	}
	return answer.files, answer.err
}

// syncSoon begins to write to the disk what the run has so far, so that the next promise has less to wait for.
func (s *session) syncSoon() {
	r, before, done := s.run, s.syncing, make(chan struct{})
	s.syncing = done
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		_ = r.Sync() // what fails is left to the promise
	}()
}

// sync keeps a promise: all that was written is on the disk.
func (s *session) sync() error {
	if s.syncing != nil {
		<-s.syncing
		s.syncing = nil
	}
	return s.run.Sync()
}

// syncTree is sync for everything that is staged, too: source code, hooks, what was required.
func (s *session) syncTree() error {
	if err := s.sync(); err != nil {
		return err
	}
	return s.run.SyncTree()
}
