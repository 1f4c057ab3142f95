package batch

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

// here runs trials on this machine, so many at a time. A trial that fails leaves the others alone.
func (c *coordinator) here(ctx context.Context, todo []runner.Trial, jobs int) error {
	next, done := make(chan runner.Trial), make(chan runner.Result)
	impatience := &impatience{}
	stopRelay := impatience.relay(c.streams().Signals)
	defer stopRelay()
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for t := range next {
				done <- c.trial(ctx, t, jobs, impatience)
			}
		})
	}
	running := 0
	var unbegun []runner.Trial
	var problem error
	for len(todo) > 0 || running > 0 {
		offer := next
		if len(todo) == 0 || c.stopped != "" || ctx.Err() != nil || problem != nil {
			offer = nil
			if running == 0 {
				break
			}
		}
		var t runner.Trial
		if offer != nil {
			t = todo[0]
		}
		select {
		case offer <- t:
			todo = todo[1:]
			running++
		case r := <-done:
			running--
			if r.Skipped == stopped {
				unbegun = append(unbegun, r.Trial)
				continue
			}
			c.o.Monitor.Ended(r)
			if err := c.ended(ctx, r); err != nil && problem == nil {
				problem = err
			}
			if jobs == 1 && ctx.Err() == nil && fromKeyboard(r) {
				c.cancel(runner.CtrlC{})
			}
		}
	}
	close(next)
	workers.Wait()
	slices.SortStableFunc(c.results, func(a, b runner.Result) int { return a.Index - b.Index })
	unbegun = append(unbegun, todo...)
	slices.SortStableFunc(unbegun, func(a, b runner.Trial) int { return a.Index - b.Index })
	return errors.Join(problem, c.skip(ctx, unbegun))
}

// Why trials were not run: a run is there that will do, or the batch ended before.
const (
	needed  = "needed"
	stopped = "stopped"
)

// fromKeyboard reports whether a trial was ended by Ctrl-C, and by nobody else.
func fromKeyboard(r runner.Result) bool {
	if r.Run == nil || r.Status != run.Terminated || r.Skipped != "" {
		return false
	}
	exit, _, err := r.Run.Attr(runner.AttrExitStatus)
	reason, _, reasonErr := r.Run.Attr(runner.AttrStopReason) // guild's own, or a hook's
	return err == nil && reasonErr == nil && exit == -int64(syscall.SIGINT) && reason == nil
}

// skip tells hooks of the trials that will not be run.
func (c *coordinator) skip(ctx context.Context, rest []runner.Trial) error {
	ctx = context.WithoutCancel(ctx)
	for _, t := range rest {
		if err := c.b.Skip(ctx, t, stopped); err != nil {
			return err
		}
	}
	return nil
}

// trial takes one trial to its end. Whatever goes wrong is its result.
func (c *coordinator) trial(ctx context.Context, t runner.Trial, jobs int, impatience *impatience) runner.Result {
	streams, end := c.o.Monitor.Trial(t, jobs)
	defer end()
	signals, leave := impatience.join()
	defer leave()
	streams.Signals = signals
	o := runner.Options{Needed: c.o.Needed, Miss: c.o.Miss, StageOnly: c.o.StageTrials, Streams: &streams}
	var out *runner.Outcome
	var err error
	if there, missing := c.r.Store.Run(t.ID); missing == nil {
		if c.o.StageTrials && there.Status() == run.Staged {
			return runner.Result{Trial: t, Run: there, Status: run.Staged}
		}
		o.Needed = ""
		out, err = c.b.Again(ctx, there, o)
	} else {
		out, err = c.b.Trial(ctx, t, o)
	}
	return result(t, out, err)
}

// result judges what Trial returned.
func result(t runner.Trial, out *runner.Outcome, err error) runner.Result {
	r := runner.Result{Trial: t}
	if out != nil && out.Run != nil {
		r.Run, r.Status = out.Run, out.Status
	}
	if errors.Is(err, runner.ErrNotBegun) {
		return runner.Result{Trial: t, Skipped: stopped}
	}
	if err != nil {
		r.Error = err.Error()
		if refused := (*runner.Refused)(nil); errors.As(err, &refused) {
			r.Error = refused.Reason
			r.Refused = refused
			if r.Run == nil {
				r.Skipped = "denied"
			}
		}
		return r
	}
	if out.Skipped {
		r.Skipped = needed
		if len(out.Matches) > 0 {
			r.Run, r.Status = out.Matches[0], out.Matches[0].Status()
		}
	}
	return r
}

// impatience hands a signal that comes after the first to all trials that are running: each kills its process.
type impatience struct {
	mu   sync.Mutex
	subs map[chan os.Signal]bool
}

func (i *impatience) relay(from <-chan os.Signal) (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case sig := <-from:
				i.mu.Lock()
				for sub := range i.subs {
					select {
					case sub <- sig:
					default:
					}
				}
				i.mu.Unlock()
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

func (i *impatience) join() (signals <-chan os.Signal, leave func()) {
	sub := make(chan os.Signal, 1)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.subs == nil {
		i.subs = map[chan os.Signal]bool{}
	}
	i.subs[sub] = true
	return sub, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		delete(i.subs, sub)
	}
}
