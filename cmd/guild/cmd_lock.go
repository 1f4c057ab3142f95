package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/lock/sshsig"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type lockOptions struct {
	several
	sign string
}

func newRunsLock(a *app) *cobra.Command {
	var o lockOptions
	cmd := &cobra.Command{
		Use: "lock [<run>...]", Short: "Make ended runs read-only, with digests that prove it (default: the newest)", Args: cobra.ArbitraryArgs,
		Long: `Make ended runs read-only, and write down what they are: a BLAKE3 digest of every file, modes, links and directories, and one root
digest over all that. Label, tags, comments and marks stay free.

With --all or filters, runs that have not ended or are locked already are passed over.

--sign takes a file with a private SSH key; or a public one, or "agent" or "agent:COMMENT", for a key that an agent holds. A key on a
security token (ed25519-sk, ecdsa-sk) signs through an agent, or through ssh-keygen. A run that is locked already is verified and signed.`,
		Example: "  guild runs lock 1 3 4f1c\n  guild runs lock --all --status completed\n  guild runs lock --sign ~/.ssh/id_ed25519",
		RunE:    func(cmd *cobra.Command, args []string) error { return runLock(cmd.Context(), a, o, args) },
	}
	o.flags(a, cmd)
	cmd.Flags().StringVar(&o.sign, "sign", "", "sign the lock with SSH key `KEY`, a file or \"agent\"")
	return cmd
}

// lockedRun is the answer for one run, as JSON.
type lockedRun struct {
	ID       run.ID        `json:"id"`
	Result   string        `json:"result"` // locked, already_locked, not_ended
	Digest   string        `json:"digest,omitempty"`
	Files    int           `json:"files,omitempty"`
	Bytes    int64         `json:"bytes,omitempty"`
	Signed   *signatureDoc `json:"signature,omitempty"`
	Warnings []warning     `json:"warnings,omitempty"`
}

// Results of a lock.
const (
	resultLocked        = "locked"
	resultAlreadyLocked = "already_locked"
	resultNotEnded      = "not_ended"
)

func runLock(ctx context.Context, a *app, o lockOptions, args []string) error {
	defer lessGarbageCollection()()
	runs, named, err := o.chosen(a, args)
	if err != nil {
		return err
	}
	var key *sshsig.Key
	if o.sign != "" {
		if key, err = a.signingKey(ctx, o.sign); err != nil {
			return err
		}
		defer key.Close()
	}
	care, err := a.caretaker(o.noHooks)
	if err != nil {
		return err
	}
	defer care.Close(context.WithoutCancel(ctx))
	var results []lockedRun
	counts := map[string]int{}
	err = a.each(ctx, runs, func(i int, r *store.Run) error {
		progress, done := a.watch("lock", r, i, len(runs))
		res, err := a.lockOne(ctx, care, r, key, named, progress)
		done()
		if err != nil {
			return err
		}
		results = append(results, *res)
		counts[res.Result]++
		if !a.json && res.Result == resultLocked {
			_, err = fmt.Fprintf(a.ui.Out, "%s %s\n", res.ID, res.Digest)
		}
		return err
	})
	if a.json {
		err = errors.Join(a.ui.JSON(map[string]any{"runs": nonNilRuns(results)}), err)
	}
	if err == nil || counts[resultLocked] > 0 {
		text := "locked"
		if key != nil {
			text = "locked and signed"
		}
		a.ui.Say("%s %s%s%s", text, count(counts[resultLocked], "run"),
			passedOver(counts[resultAlreadyLocked], "locked already"), passedOver(counts[resultNotEnded], "not ended"))
	}
	return err
}

// passedOver is "; 3 were locked already".
func passedOver(n int, what string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "; 1 was " + what
	}
	return fmt.Sprintf("; %d were %s", n, what)
}

func nonNilRuns[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// lockOne locks a run. One that is not named may be locked already, or not have ended.
func (a *app) lockOne(ctx context.Context, care *runner.Runner, r *store.Run, key *sshsig.Key, named bool, progress func(lock.Progress)) (*lockedRun, error) {
	res := &lockedRun{ID: r.ID}
	release, err := care.Claim(r)
	if running := (*runner.Running)(nil); errors.As(err, &running) && !named {
		res.Result = resultNotEnded
		return res, nil
	}
	if err != nil {
		return nil, err
	}
	defer release()
	if status := r.Status(); !status.Final() {
		if res.Result = resultNotEnded; !named {
			return res, nil
		}
		return nil, fmt.Errorf("run %s is %s; only an ended run can be locked", r.ID, status)
	}
	options, err := runner.LockOptions(r)
	if err != nil {
		return nil, err
	}
	if !lock.Locked(r.Dir) {
		if err := r.ClearLock(); err != nil { // what a guild that was killed has left
			return nil, err
		}
	}
	options.Progress = progress
	if key != nil {
		options.Sign = a.signer(ctx, key)
		res.Signed = &signatureDoc{Key: key.Fingerprint(), Type: key.Type()}
	}
	locked, err := lock.Create(ctx, r.Dir, options)
	if errors.Is(err, lock.ErrLocked) {
		return a.lockedAlready(ctx, r, res, key, named, progress)
	}
	if err != nil {
		return nil, lockProblem(r, err)
	}
	res.Result, res.Digest, res.Files, res.Bytes = resultLocked, locked.Root.String(), locked.Files, locked.Bytes
	res.Warnings = warnings(locked.Warnings)
	a.warnings(r.ID, locked.Warnings)
	a.observe(ctx, care, r, abi.OnLockEnd, lockDoc(locked.Root, locked.Files, nil), false)
	return res, nil
}

// lockedAlready signs the lock that is there, if that is what was asked for.
func (a *app) lockedAlready(ctx context.Context, r *store.Run, res *lockedRun, key *sshsig.Key, named bool, progress func(lock.Progress)) (*lockedRun, error) {
	if key == nil {
		if res.Result = resultAlreadyLocked; !named {
			return res, nil
		}
		return nil, fmt.Errorf("run %s is locked already", r.ID)
	}
	report, err := lock.Verify(ctx, r.Dir, lock.VerifyOptions{Progress: progress})
	if err != nil {
		return nil, lockProblem(r, err)
	}
	if !report.Intact() {
		return nil, &hintError{
			error: fmt.Errorf("run %s is not what its lock says, and is not signed: %s", r.ID, count(len(report.Differences), "difference")),
			hint:  fmt.Sprintf("'guild runs verify %s' lists them", r.ID.Short()),
		}
	}
	a.busy(r, true)
	if err := lock.Sign(ctx, r.Dir, report.Root, a.signer(ctx, key)); err != nil {
		return nil, lockProblem(r, err)
	}
	res.Result, res.Digest, res.Files, res.Bytes = resultLocked, report.Root.String(), report.Files, report.Bytes
	return res, nil
}

// lockProblem names the run rather than its directory.
func lockProblem(r *store.Run, err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
	return fmt.Errorf("run %s: %w", r.ID, err)
}

// observe tells hooks what was done to a run. They cannot change that, so a problem with them is a warning.
func (a *app) observe(ctx context.Context, care *runner.Runner, r *store.Run, event abi.Event, doc *abi.LockDoc, onlySystem bool) {
	around, err := care.Around(r, onlySystem)
	if err == nil {
		err = around.Fire(context.WithoutCancel(ctx), event, doc)
		around.Close()
	}
	if err != nil {
		a.ui.Warnf("hooks are not called: %s", message(err))
	}
}

// lessGarbageCollection has memory looked through less often until the function it returns is called: what a lock needs grows to its
// end, and looking through it is for nothing.
func lessGarbageCollection() (end func()) {
	before := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(before) }
}
