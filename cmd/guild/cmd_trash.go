package main

import (
	"errors"
	"fmt"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

// bulk is a command that moves or removes whole runs, and asks first.
type bulk struct {
	use, short, verb, done string
	deleted                bool // the runs are those in the trash
	act                    func(st *store.Store, r *store.Run) error
}

func (a *app) bulkCommand(b bulk) *cobra.Command {
	var yes, all bool
	cmd := &cobra.Command{
		Use: b.use + " [<run>...]", Short: b.short, Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && !all {
				return usagef("name runs, or use --all", "which runs to %s is missing", b.verb)
			}
			if len(args) > 0 && all {
				return usagef("", "runs cannot be named with --all")
			}
			return a.runBulk(b, args, yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVarP(&all, "all", "a", false, "all runs")
	return cmd
}

func (a *app) runBulk(b bulk, args []string, yes bool) error {
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
	if !yes && a.ui.CanAsk() && len(runs) > 0 {
		a.ui.Plain(fmt.Sprintf("you are about to %s", b.verb))
		rows := make([][]string, len(runs))
		for i, r := range runs {
			s := describe(r)
			rows[i] = []string{"[" + s.id.Short() + "]", s.operation(workingDir()), s.startedText(), s.statusText(), s.label}
		}
		if err := ui.Columns(a.ui.Err, "  ", rows); err != nil {
			return err
		}
		if ok, err := a.ui.Confirm("Continue?"); err != nil || !ok {
			return exitError(exitFailure)
		}
	}
	for _, r := range runs {
		if err := b.act(st, r); err != nil {
			return err
		}
	}
	a.ui.Say("%s %s", b.done, count(len(runs), "run"))
	return nil
}

func newRunsRm(a *app) *cobra.Command {
	cmd := a.bulkCommand(bulk{
		use: "rm", short: "Move runs to the trash", verb: "delete", done: "deleted",
		act: func(st *store.Store, r *store.Run) error {
			if r.Status() == run.Running {
				return &hintError{
					error: fmt.Errorf("run %s is running", r.ID), hint: fmt.Sprintf("'guild stop %s' stops it", r.ID.Short()),
				}
			}
			if lock.Locked(r.Dir) {
				return &hintError{
					error: fmt.Errorf("run %s is locked", r.ID), hint: fmt.Sprintf("'guild runs unlock %s' unlocks it", r.ID.Short()),
				}
			}
			return st.Delete(r.ID)
		},
	})
	cmd.Aliases = []string{"delete"}
	return cmd
}

func newRunsRestore(a *app) *cobra.Command {
	return a.bulkCommand(bulk{
		use: "restore", short: "Take runs back out of the trash", verb: "restore", done: "restored", deleted: true,
		act: func(st *store.Store, r *store.Run) error { return st.Restore(r.ID) },
	})
}

func newRunsPurge(a *app) *cobra.Command {
	return a.bulkCommand(bulk{
		use: "purge", short: "Remove deleted runs for good", verb: "permanently delete", done: "permanently deleted", deleted: true,
		act: func(st *store.Store, r *store.Run) error { return st.Purge(r.ID) },
	})
}
