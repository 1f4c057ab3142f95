package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

// bulk is a command that moves or removes whole runs, and asks first.
type bulk struct {
	use, short, verb, done string
	deleted                bool // the runs are those in the trash
	// instead replaces the runs that were named by those that are meant. May be nil.
	instead func(st *store.Store, runs []*store.Run) ([]*store.Run, error)
	// check says of each run whether it may be done, before anything is done with any. May be nil.
	check func(r *store.Run) error
	// start returns what is done with each run, and what is to be done in the end.
	start func(ctx context.Context, st *store.Store) (act func(r *store.Run) error, end func(), err error)
}

// plainly does something with each run that needs no preparation.
func plainly(act func(st *store.Store, r *store.Run) error) func(context.Context, *store.Store) (func(*store.Run) error, func(), error) {
	return func(_ context.Context, st *store.Store) (func(*store.Run) error, func(), error) {
		return func(r *store.Run) error { return act(st, r) }, func() {}, nil
	}
}

func (a *app) bulkCommand(b bulk) *cobra.Command {
	var yes, all bool
	var f filter
	cmd := &cobra.Command{
		Use: b.use + " [<run>...]", Short: b.short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && !all && !f.active() {
				return usagef("name runs, or use --all or a filter", "which runs to %s is missing", b.verb)
			}
			if len(args) > 0 && all {
				return usagef("", "runs cannot be named with --all")
			}
			return a.runBulk(cmd.Context(), b, f, args, yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVarP(&all, "all", "a", false, "all runs")
	f.flags(cmd)
	return cmd
}

func (a *app) runBulk(ctx context.Context, b bulk, f filter, args []string, yes bool) error {
	if err := f.check(); err != nil {
		return err
	}
	st, err := a.store()
	if err != nil {
		return err
	}
	from := st
	if b.deleted {
		from = st.Deleted()
	}
	runs, err := pick(from, args, ":")
	if b.deleted && errors.Is(err, store.ErrNotFound) {
		return &hintError{error: err, hint: "'guild runs --deleted' lists them"}
	}
	if err != nil {
		return err
	}
	if runs, err = f.keep(runs); err != nil {
		return err
	}
	if b.instead != nil {
		if runs, err = b.instead(st, runs); err != nil {
			return err
		}
	}
	if b.check != nil {
		for _, r := range runs {
			if err := b.check(r); err != nil {
				return err
			}
		}
	}
	if ok, err := a.agreed(b.verb, runs, yes); err != nil || !ok {
		return cmp.Or(err, error(exitError(exitFailure)))
	}
	act, end, err := b.start(ctx, st)
	if err != nil {
		return err
	}
	defer end()
	for _, r := range runs {
		if err := act(r); err != nil {
			return err
		}
	}
	a.ui.Say("%s %s", b.done, count(len(runs), "run"))
	return nil
}

// agreed asks, where there is somebody to answer, whether something is to be done with runs.
func (a *app) agreed(verb string, runs []*store.Run, yes bool) (bool, error) {
	if yes || !a.ui.CanAsk() || len(runs) == 0 {
		return true, nil
	}
	cwd, err := workingDir()
	if err != nil {
		return false, err
	}
	a.ui.Plain(fmt.Sprintf("you are about to %s", verb))
	rows := make([][]string, len(runs))
	for i, r := range runs {
		s := describe(r)
		rows[i] = []string{"[" + s.id.Short() + "]", s.operation(cwd), s.startedText(), s.statusText(), s.label}
	}
	if err := ui.Columns(a.ui.Err, "  ", rows); err != nil {
		return false, err
	}
	return a.ui.Confirm("Continue?")
}

func newRunsRm(a *app) *cobra.Command {
	var force, noHooks, trials, keepLocked bool
	cmd := a.bulkCommand(bulk{
		use: "rm", short: "Move runs to the trash", verb: "delete", done: "deleted",
		instead: func(st *store.Store, runs []*store.Run) (_ []*store.Run, err error) {
			if force && keepLocked {
				return nil, usagef("", "--force and --keep-locked say different things of locked runs")
			}
			if keepLocked {
				runs = a.unlocked(runs) // a locked batch keeps its trials
			}
			if trials {
				runs, err = trialsOf(st, runs)
			}
			if keepLocked {
				runs = a.unlocked(runs)
			}
			return runs, err
		},
		check: func(r *store.Run) error {
			if r.Status() == run.Running {
				return &hintError{
					error: fmt.Errorf("run %s is running", r.ID), hint: fmt.Sprintf("'guild stop %s' stops it", r.ID.Short()),
				}
			}
			if lock.Locked(r.Dir) && !force {
				return &hintError{
					error: fmt.Errorf("run %s is locked", r.ID),
					hint:  fmt.Sprintf("--force deletes it as it is; 'guild runs unlock %s' unlocks it", r.ID.Short()),
				}
			}
			return nil
		},
		start: func(ctx context.Context, st *store.Store) (func(*store.Run) error, func(), error) {
			care, err := a.caretaker(noHooks)
			if err != nil {
				return nil, nil, err
			}
			act := func(r *store.Run) error { return a.deleteRun(ctx, care, st, r) }
			return act, func() { care.Close(context.WithoutCancel(ctx)) }, nil
		},
	})
	cmd.Aliases = []string{"delete"}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "also locked runs, which stay locked in the trash")
	cmd.Flags().BoolVar(&noHooks, "no-hooks", false, "do not call the hooks of the runs")
	cmd.Flags().BoolVar(&trials, "trials", false, "the trials of batches, and not the batches themselves")
	cmd.Flags().BoolVar(&keepLocked, "keep-locked", false, "leave locked runs alone, and locked batches with their trials")
	return cmd
}

// unlocked are those of the runs that are not locked.
func (a *app) unlocked(runs []*store.Run) []*store.Run {
	return slices.DeleteFunc(slices.Clone(runs), func(r *store.Run) bool {
		locked := lock.Locked(r.Dir)
		if locked {
			a.ui.Say("run %s is locked, and kept", r.ID.Short())
		}
		return locked
	})
}

// trialsOf are the runs that batches made for their trials, as far as they are there.
func trialsOf(st *store.Store, batches []*store.Run) ([]*store.Run, error) {
	var runs []*store.Run
	for _, b := range batches {
		ids, err := runner.TrialIDs(b)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			r, err := st.Run(id)
			if errors.Is(err, store.ErrNotFound) {
				continue // it was not run, or is deleted already
			}
			if err != nil {
				return nil, err
			}
			runs = append(runs, r)
		}
	}
	return runs, nil
}

// deleteRun moves a run to the trash, unless one of its hooks refuses.
func (a *app) deleteRun(ctx context.Context, care *runner.Runner, st *store.Store, r *store.Run) error {
	release, err := care.Claim(r)
	if err != nil {
		return err
	}
	defer release()
	around, err := care.Around(r, false)
	if err != nil {
		return unopened(err)
	}
	defer around.Close()
	var doc *abi.LockDoc
	if around.Handles(abi.OnDeleteBegin, abi.OnDeleteEnd) {
		if l, err := lock.Read(r.Dir); err == nil {
			doc = lockDoc(l.Root, l.Files, nil)
		}
	}
	if err := around.Fire(ctx, abi.OnDeleteBegin, doc); err != nil {
		return refusal(err, "deleted", r.ID)
	}
	if err := st.Delete(r.ID); err != nil {
		return err
	}
	deleted, err := st.Deleted().Run(r.ID)
	if err == nil {
		around.Moved(deleted)
		err = around.Fire(context.WithoutCancel(ctx), abi.OnDeleteEnd, doc)
	}
	if err != nil {
		a.ui.Warnf("hooks are not called: %s", message(err))
	}
	return nil
}

func newRunsRestore(a *app) *cobra.Command {
	return a.bulkCommand(bulk{
		use: "restore", short: "Take runs back out of the trash", verb: "restore", done: "restored", deleted: true,
		start: plainly(func(st *store.Store, r *store.Run) error { return st.Restore(r.ID) }),
	})
}

func newRunsPurge(a *app) *cobra.Command {
	return a.bulkCommand(bulk{
		use: "purge", short: "Remove deleted runs for good", verb: "permanently delete", done: "permanently deleted", deleted: true,
		start: plainly(func(st *store.Store, r *store.Run) error { return st.Purge(r.ID) }),
	})
}
