package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/proc"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Exit statuses of a run whose process could not be started, as shells have them.
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// NotStarted is the error of a run whose process could not be started.
type NotStarted struct {
	Code int // the run's exit status
	Err  error
}

func (e *NotStarted) Error() string { return e.Err.Error() }

// Hint is advice on how to make it start, or "".
func (e *NotStarted) Hint() string {
	if spawn := (*proc.SpawnError)(nil); errors.As(e.Err, &spawn) {
		return spawn.Hint
	}
	return ""
}

// Unwrap returns the cause.
func (e *NotStarted) Unwrap() error { return e.Err }

// execute takes a staged run from on_run_begin to its final record. Whatever happens after on_run_begin, every hook whose
// turn had passed gets on_run_end exactly once.
func (s *session) execute(ctx context.Context) (*Outcome, error) {
	if err := context.Cause(ctx); err != nil {
		return s.endWithout(ctx, err)
	}
	s.setStatus(run.Running)
	if err := s.fire(ctx, abi.OnRunBegin); err != nil {
		return s.deniedAtBegin(ctx, err)
	}
	environ, err := s.environ()
	if err != nil {
		return s.endWithout(ctx, err)
	}
	if err := errors.Join(s.guard(), s.begun(environ)); err != nil {
		return s.endWithout(ctx, err)
	}
	if len(s.plan.Steps) > 0 {
		ctx, done := s.limited(ctx)
		defer done()
		exit, err := s.runSteps(ctx)
		return s.finish(context.WithoutCancel(ctx), exit, err)
	}
	s.scalars = proc.NewScalars(s.scalarRules())
	s.scalars.Ignore(s.plan.Flags.Names()...)
	s.scalars.WriteEvents(s.run.Path())
	process, err := s.spawn(environ)
	if err != nil {
		return s.notStarted(ctx, err)
	}
	s.live.mu.Lock()
	s.live.pid = process.PID()
	s.live.mu.Unlock()
	lockErr := s.run.SetLock(process.PID())
	exit, waitErr := s.supervise(ctx, process)
	return s.finish(context.WithoutCancel(ctx), exit, errors.Join(lockErr, waitErr))
}

func (s *session) setStatus(status run.Status) {
	s.live.mu.Lock()
	s.live.status = string(status)
	s.live.mu.Unlock()
}

// begun promises that the run has begun. The lock file goes first, so that at no moment is the run neither pending nor running.
func (s *session) begun(environ []string) error {
	now := s.now()
	s.live.mu.Lock()
	s.live.started = now
	s.live.envNames = envNames(environ)
	s.live.mu.Unlock()
	var jobErr error
	if job, _ := schedulerJob(s.r.Environ); job != "" {
		jobErr = s.run.SetAttr(AttrJob, job)
		s.live.remote = job
	}
	return errors.Join(
		jobErr,
		s.run.SetLock(os.Getpid()),
		s.run.SetAttr(AttrStarted, micros(now)),
		s.run.SetAttr(AttrEnv, recordedEnv(environ)),
		s.run.Unmark(store.MarkStaged), s.run.Unmark(store.MarkPending),
		s.promiseBegin(), s.index(),
	)
}

func (s *session) spawn(environ []string) (*proc.Process, error) {
	return proc.Start(proc.Spec{
		Args: s.live.cmd, Dir: s.run.Dir, Env: environ, Stdin: s.Stdin, Stdout: s.Stdout, Stderr: s.Stderr,
		Output: s.run.Path("output"), Index: s.run.Path("output.index"),
		Line: func(_ int, line []byte) {
			if s.scalars.Line(line) {
				s.fresh.Store(true)
			}
		},
	})
}

func (s *session) scalarRules() []proc.ScalarRule {
	if s.plan.Scalars == nil {
		return proc.DefaultScalarRules()
	}
	rules, err := proc.ParseScalarRules(s.plan.Scalars)
	if err != nil {
		s.Report.Warn("output-scalars: " + err.Error())
		return nil
	}
	return rules
}

// deniedAtBegin ends a run that a hook did not let begin: those before it learn so in on_run_end.
func (s *session) deniedAtBegin(ctx context.Context, cause error) (*Outcome, error) {
	ctx = context.WithoutCancel(ctx)
	refused := (*Refused)(nil)
	if !errors.As(cause, &refused) {
		return s.endWithout(ctx, cause)
	}
	if err := s.markDenied(refused); err != nil {
		return nil, errors.Join(cause, err)
	}
	s.endHooks(ctx)
	return &Outcome{Run: s.run, Status: run.Denied}, cause
}

// endWithout ends a run that failed through no fault of the operation, before there was a process.
func (s *session) endWithout(ctx context.Context, cause error) (*Outcome, error) {
	s.live.mu.Lock()
	s.live.status, s.live.err = string(run.Error), cause.Error()
	s.live.mu.Unlock()
	err := errors.Join(cause, s.run.Unmark(store.MarkStaged), s.run.Unmark(store.MarkPending), s.run.ClearLock(), s.sync())
	s.endHooks(context.WithoutCancel(ctx))
	return &Outcome{Run: s.run, Status: run.Error}, err
}

func (s *session) notStarted(ctx context.Context, cause error) (*Outcome, error) {
	s.live.mu.Lock()
	s.live.err = cause.Error()
	s.live.mu.Unlock()
	code := exitNotExecutable
	if errors.Is(cause, proc.ErrNotFound) || errors.Is(cause, fs.ErrNotExist) {
		code = exitNotFound
	}
	out, err := s.finish(context.WithoutCancel(ctx), proc.Exit{Status: code}, nil)
	if err != nil {
		s.Report.Warn(err.Error())
	}
	return out, &NotStarted{Code: code, Err: cause}
}

// finish writes the final record, tells the hooks, and locks.
func (s *session) finish(ctx context.Context, exit proc.Exit, problem error) (*Outcome, error) {
	now := s.now()
	status := run.ExitStatus(exit.Status)
	s.takeScalars()
	s.live.mu.Lock()
	l := &s.live
	l.status, l.exitStatus, l.signal, l.stopped = string(status), &exit.Status, exit.Signal, now
	reason, scalars := l.stopReason, l.scalars
	s.live.mu.Unlock()
	err := errors.Join(problem, s.run.SetAttr(AttrStopped, micros(now)))
	if len(scalars) > 0 {
		err = errors.Join(err, s.run.SetAttr(AttrScalars, scalarAttr(scalars)), s.scalars.Close())
	}
	if reason != "" {
		err = errors.Join(err, s.run.SetAttr(AttrStopReason, reason))
	}
	err = errors.Join(err, s.checkUpstream(), s.waitVCS(), s.run.SetAttr(AttrExitStatus, exit.Status), s.promiseEnd(false))
	s.endHooks(ctx)
	// The operation may have left marks of its own: they must not outlive the end.
	err = errors.Join(err, s.run.ClearLock(), s.run.Unmark(store.MarkPending), s.run.Unmark(store.MarkStaged))
	if err != nil && gone(s.run) {
		err = fmt.Errorf("run %s cannot be recorded: the operation removed or replaced its .guild directory", s.run.ID)
	}
	if lockErr := s.lockIfAsked(ctx, status); lockErr != nil {
		s.Report.Warn("run not locked: " + lockErr.Error())
	}
	if exit.Lingered > 0 {
		s.Report.Warn(lingered(exit.Lingered))
	}
	if exit.Held {
		s.Report.Warn("a process that the operation had left behind goes on; what it writes is not kept")
	}
	return &Outcome{Run: s.run, Status: status, ExitStatus: exit.Status}, err
}

func (s *session) endHooks(ctx context.Context) {
	_ = s.fire(ctx, abi.OnRunEnd) // cannot refuse
	if err := s.promiseEnd(true); err != nil && !gone(s.run) {
		s.Report.Warn(err.Error())
	}
}

// vcsPatience bounds the wait for git at the end of a run.
const vcsPatience = 2 * time.Second

func (s *session) waitVCS() error {
	if s.vcs == nil {
		return nil
	}
	select {
	case commit := <-s.vcs:
		if commit == "" {
			return nil
		}
		return s.run.SetAttr(AttrVCSCommit, commit)
	case <-time.After(vcsPatience):
		return nil
	}
}
