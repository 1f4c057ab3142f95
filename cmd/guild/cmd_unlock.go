package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type unlockOptions struct {
	several
	force bool
}

func newRunsUnlock(a *app) *cobra.Command {
	var o unlockOptions
	cmd := &cobra.Command{
		Use: "unlock [<run>...]", Short: "Make locked runs writable again (default: the newest)", Args: cobra.ArbitraryArgs,
		Long: `Give everything in locked runs the mode it had before, and remove their locks. A hook of the run may refuse that.

With --all or filters, runs that are not locked are passed over.`,
		Example: "  guild runs unlock 1 4f1c\n  guild runs unlock --all --tag draft",
		RunE:    func(cmd *cobra.Command, args []string) error { return runUnlock(cmd.Context(), a, o, args) },
	}
	o.flags(a, cmd)
	cmd.Flags().BoolVarP(&o.force, "force", "f", false, "also if the lock is damaged: make everything writable for its owner")
	return cmd
}

// unlockedRun is the answer for one run, as JSON.
type unlockedRun struct {
	ID     run.ID `json:"id"`
	Result string `json:"result"` // unlocked, not_locked
	Digest string `json:"digest,omitempty"`
}

// Results of an unlock and of a verification.
const (
	resultUnlocked  = "unlocked"
	resultNotLocked = "not_locked"
)

func runUnlock(ctx context.Context, a *app, o unlockOptions, args []string) error {
	runs, named, err := o.chosen(a, args)
	if err != nil {
		return err
	}
	care, err := a.caretaker(o.noHooks)
	if err != nil {
		return err
	}
	defer care.Close(context.WithoutCancel(ctx))
	var results []unlockedRun
	n := 0
	err = a.each(ctx, runs, func(_ int, r *store.Run) error {
		res, err := a.unlockOne(ctx, care, r, named, o.force)
		if err != nil {
			return err
		}
		results = append(results, *res)
		if res.Result == resultUnlocked {
			n++
		}
		return nil
	})
	if a.json {
		err = errors.Join(a.ui.JSON(map[string]any{"runs": nonNilRuns(results)}), err)
	}
	if err == nil || n > 0 {
		a.ui.Say("unlocked %s", count(n, "run"))
	}
	return err
}

func (a *app) unlockOne(ctx context.Context, care *runner.Runner, r *store.Run, named, force bool) (*unlockedRun, error) {
	res := &unlockedRun{ID: r.ID, Result: resultUnlocked}
	release, err := care.Claim(r)
	if err != nil {
		return nil, err
	}
	defer release()
	around, err := care.Around(r, false)
	if err != nil {
		return nil, unopened(err)
	}
	defer around.Close()
	l, err := lock.Read(r.Dir)
	if err == nil {
		res.Digest = l.Root.String()
	} else {
		l = &lock.Lock{} // damaged, or half undone: Unlock knows
	}
	if lock.Locked(r.Dir) {
		if err := around.Fire(ctx, abi.OnUnlockBegin, lockDoc(l.Root, l.Files, nil)); err != nil {
			return nil, refusal(err, "unlocked", r.ID)
		}
	}
	a.busy(r, true)
	unlock := lock.Unlock
	if force {
		unlock = lock.Force
	}
	switch err := unlock(ctx, r.Dir); {
	case errors.Is(err, lock.ErrNotLocked):
		if res.Result = resultNotLocked; !named {
			return res, nil
		}
		return nil, fmt.Errorf("run %s is not locked", r.ID)
	case errors.Is(err, lock.ErrDamaged):
		return nil, &hintError{error: lockProblem(r, err), hint: "--force makes everything writable, and removes the lock"}
	case err != nil:
		return nil, lockProblem(r, err)
	}
	if err := around.Fire(context.WithoutCancel(ctx), abi.OnUnlockEnd, lockDoc(l.Root, l.Files, nil)); err != nil {
		a.ui.Warnf("hooks are not called: %s", message(err))
	}
	return res, nil
}
