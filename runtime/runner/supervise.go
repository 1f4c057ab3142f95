package runner

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/proc"
	"github.com/guild-run/guild/runtime/run"
)

const (
	// progressEvery is how often on_run_progress fires when nothing new happened, and the shortest time between two.
	progressEvery = 10 * time.Second
	progressNews  = time.Second
	// interruptGrace is how long an operation may take to end after Ctrl-C, before it gets SIGTERM.
	interruptGrace = 10 * time.Second
)

// supervise waits for the process, and meanwhile hands on signals, keeps the time limit and tells hooks of progress. An operation
// that was asked to end is terminated, whatever code it chose to exit with.
func (s *session) supervise(ctx context.Context, process *proc.Process) (proc.Exit, error) {
	type ending struct {
		exit proc.Exit
		err  error
	}
	done := make(chan ending, 1)
	go func() {
		exit, err := process.Wait()
		done <- ending{exit, err}
	}()
	var progress <-chan time.Time
	if s.handled(abi.OnRunProgress) {
		ticker := time.NewTicker(progressNews)
		defer ticker.Stop()
		progress = ticker.C
		s.progress(ctx, process)
	}
	var limit <-chan time.Time
	if s.plan.StopAfter > 0 {
		timer := time.NewTimer(s.plan.StopAfter)
		defer timer.Stop()
		limit = timer.C
	}
	last := s.now()
	cancelled := ctx.Done()
	var patience <-chan time.Time
	for {
		select {
		case end := <-done:
			s.setTail(process.Tail())
			return s.judge(end.exit), end.err
		case <-cancelled:
			cancelled = nil
			sig := SignalOf(context.Cause(ctx))
			s.stopFor(int(sig), stopReason(context.Cause(ctx)))
			if sig == syscall.SIGTERM {
				process.Stop()
				continue
			}
			_ = process.Signal(sig) // it may have ended just now
			patience = time.After(interruptGrace)
		case <-patience:
			process.Stop()
		case <-s.Signals: // somebody has lost patience
			_ = process.Signal(syscall.SIGKILL)
		case <-limit:
			s.endFor(timeUp{s.plan.StopAfter}.Error())
			process.Stop()
		case <-progress:
			if now := s.now(); s.fresh.Swap(false) || now.Sub(last) >= progressEvery {
				last = now
				s.progress(ctx, process)
			}
		}
	}
}

// timeUp is the cause of an end that a limit of time brings.
type timeUp struct{ after time.Duration }

func (e timeUp) Error() string { return "stop-after " + e.after.String() }

// Signal is what the operation gets.
func (timeUp) Signal() syscall.Signal { return syscall.SIGTERM }

// stopReason is the attribute of a run that ends for a cause: a limit of time, or a signal.
func stopReason(cause error) string {
	if over := (timeUp{}); errors.As(cause, &over) {
		return over.Error()
	}
	return "signal " + SignalName(SignalOf(cause))
}

// limited is ctx, and ends when the time of the plan is up.
func (s *session) limited(ctx context.Context) (context.Context, func()) {
	if s.plan.StopAfter <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, s.plan.StopAfter, timeUp{s.plan.StopAfter})
}

// stopFor notes the first reason the operation was asked to end.
func (s *session) stopFor(signal int, reason string) {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	if s.live.stopReason == "" {
		s.live.stopReason = reason
		s.stopSignal = signal
	}
}

// endFor is stopFor for what nobody at the terminal asked for: without a word, they would wonder.
func (s *session) endFor(reason string) {
	s.stopFor(int(syscall.SIGTERM), reason)
	s.Report.Note("stopping: " + reason)
}

func (s *session) progress(ctx context.Context, process *proc.Process) {
	s.takeScalars()
	s.setTail(process.Tail())
	if err := s.fire(ctx, abi.OnRunProgress); err != nil {
		if stop := (*stopRequest)(nil); errors.As(err, &stop) {
			s.endFor(stop.Error())
			process.Stop()
		}
	}
}

// judge turns an exit after a stop into a termination.
func (s *session) judge(exit proc.Exit) proc.Exit {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	if reason, _, err := s.run.Attr(AttrStopReason); err == nil && s.stopSignal == 0 && text(reason) != "" {
		s.live.stopReason, s.stopSignal = text(reason), int(syscall.SIGTERM) // by another guild
	}
	if s.stopSignal != 0 && exit.Status >= 0 {
		exit.Status = -s.stopSignal
		exit.Signal = SignalName(syscall.Signal(s.stopSignal))
	}
	return exit
}

func (s *session) setTail(tail []byte) {
	s.live.mu.Lock()
	s.live.tail = string(tail)
	s.live.mu.Unlock()
}

// takeScalars copies the scalars collected so far to where events read them.
func (s *session) takeScalars() {
	if s.scalars == nil {
		return
	}
	scalars := map[string]abi.ScalarDoc{}
	for name, v := range s.scalars.Summary() {
		scalars[name] = abi.ScalarDoc{Last: abi.Float(v.Last), Min: abi.Float(v.Min), Max: abi.Float(v.Max), Count: v.Count, Step: v.Step}
	}
	s.live.mu.Lock()
	s.live.scalars = scalars
	s.live.mu.Unlock()
}

// scalarAttr is the attribute "scalars": name -> last, min, max, count, step.
func scalarAttr(scalars map[string]abi.ScalarDoc) run.Flags {
	attr := run.Flags{}
	for name, v := range scalars {
		attr[name] = map[string]any{"last": float64(v.Last), "min": float64(v.Min), "max": float64(v.Max), "count": int64(v.Count), "step": v.Step}
	}
	return attr
}

func lingered(n int) string {
	if n == 1 {
		return "a process that the operation had left behind was ended"
	}
	return fmt.Sprintf("%d processes that the operation had left behind were ended", n)
}

// Signalled is the cause of a context that a signal cancelled.
type Signalled interface{ Signal() syscall.Signal }

// SignalOf is the signal to hand on to the operation.
func SignalOf(cause error) syscall.Signal {
	if s := Signalled(nil); errors.As(cause, &s) {
		return s.Signal()
	}
	return syscall.SIGTERM
}

// SignalName is the name of a signal that ends runs.
func SignalName(sig syscall.Signal) string {
	switch sig {
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGHUP:
		return "SIGHUP"
	}
	return sig.String()
}
