package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type stopOptions struct {
	noWait  bool
	force   bool
	yes     bool
	timeout time.Duration
	filter  filter
}

func newStop(a *app) *cobra.Command {
	var o stopOptions
	cmd := &cobra.Command{
		Use: "stop [<run>...]", Short: "Stop running runs (default: all of them)", Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return runStop(cmd.Context(), a, o, args) },
	}
	cmd.Flags().BoolVarP(&o.noWait, "no-wait", "n", false, "do not wait until they have stopped")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask, where no runs are named")
	o.filter.flags(cmd)
	cmd.Flags().BoolVar(&o.force, "force", false, "kill what does not stop in time")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 30*time.Second, "wait for `TIME`")
	return cmd
}

func runStop(ctx context.Context, a *app, o stopOptions, args []string) error {
	if err := o.filter.check(); err != nil {
		return err
	}
	st, err := a.store()
	if err != nil {
		return err
	}
	named := len(args) > 0
	runs, err := pick(st, args, ":")
	if err != nil {
		return err
	}
	if runs, err = o.filter.keep(runs); err != nil {
		return err
	}
	var running []*store.Run
	for _, r := range slices.Backward(runs) { // batches and pipelines before what they have made
		switch {
		case r.Status() == run.Running:
			running = append(running, r)
		case named:
			a.ui.Say("run %s is not running", r.ID)
		}
	}
	if !named && len(running) == 0 {
		a.ui.Say("no runs are running")
	}
	if ok, err := a.agreed("stop", running, named || o.yes); err != nil || !ok {
		return cmp.Or(err, error(exitError(exitFailure)))
	}
	var failed error
	for _, r := range running { // one that cannot be stopped leaves the others to be
		err := a.stopRun(ctx, st, r, o)
		if failed != nil && err != nil {
			a.ui.Warnf("%s", message(err))
		}
		failed = cmp.Or(failed, err)
	}
	return failed
}

// stopRun asks the process of a run to end, and waits until the run has.
func (a *app) stopRun(ctx context.Context, st *store.Store, r *store.Run, o stopOptions) error {
	pid, alive, host := r.LockPID()
	if host != "" {
		return fmt.Errorf("run %s is running on %s; stop it there", r.ID, host)
	}
	if !alive || pid <= 1 {
		return nil
	}
	a.ui.Say("stopping %s (pid %d)", r.ID, pid)
	// For the guild that waits for the process: what ends now was asked to, whatever code it ends with.
	if err := r.SetAttr(runner.AttrStopReason, "guild stop"); err != nil {
		return fmt.Errorf("stop run %s: %w", r.ID, err)
	}
	if err := signalGroup(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop run %s: %w", r.ID, err)
	}
	if o.noWait {
		return nil
	}
	if ended(ctx, st, r, o.timeout) {
		return nil
	}
	if !o.force {
		return &hintError{error: fmt.Errorf("run %s has not stopped after %s", r.ID, o.timeout), hint: "--force kills it"}
	}
	if err := signalGroup(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill run %s: %w", r.ID, err)
	}
	if !ended(ctx, st, r, o.timeout) {
		return fmt.Errorf("run %s was killed and is still there", r.ID)
	}
	return nil
}

const stopPoll = 20 * time.Millisecond

// ended waits until the run's process is gone, and then for the guild that takes note of that: the run can be restarted, or deleted, at once.
func ended(ctx context.Context, st *store.Store, r *store.Run, timeout time.Duration) bool {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	tick := time.NewTicker(stopPoll)
	defer tick.Stop()
	for {
		_, alive, _ := r.LockPID()
		if !alive && !runner.Busy(st, r) {
			return true
		}
		select {
		case <-ctx.Done():
			return !alive
		case <-deadline.C:
			return !alive
		case <-tick.C:
		}
	}
}

// signalGroup signals the process group that an operation leads; a process that leads none is signalled alone.
func signalGroup(pid int, sig syscall.Signal) error {
	target := pid
	if group, err := syscall.Getpgid(pid); err == nil && group == pid {
		target = -pid
	}
	if err := syscall.Kill(target, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}
