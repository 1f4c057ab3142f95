package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type verifyOptions struct {
	several
	quick          bool
	recursive      bool
	root           string
	signer         string
	allowedSigners string
	hooks          []string
}

func newRunsVerify(a *app) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use: "verify [<run>...]", Short: "Compare locked runs with their locks (default: the newest)", Args: cobra.ArbitraryArgs,
		Long: `Compare locked runs with their locks, and name every difference.

A run that used files of others is different if their locks are not those that it used; --recursive verifies them, too, and theirs. One
that was not locked when it was used proves nothing about then, and counts as not locked.

--quick reads only files whose size, times, mode or inode changed since they were last hashed. That finds accidents; against intent,
hash everything, and demand a --root that was kept elsewhere or a --signer.

Exit codes: 0 intact, 1 different, 3 not locked.`,
		Example: "  guild runs verify --all\n  guild runs verify 4f1c --signer ann@example.org --allowed-signers team.txt\n" +
			"  guild runs verify 4f1c --require-hook lr-guard@blake3:…",
		RunE: func(cmd *cobra.Command, args []string) error { return runVerify(cmd.Context(), a, o, args) },
	}
	o.flags(a, cmd)
	f := cmd.Flags()
	f.BoolVar(&o.quick, "quick", false, "read only files that changed by size, times, mode or inode")
	f.BoolVar(&o.recursive, "recursive", false, "verify the runs whose files a run used, and theirs")
	f.StringVar(&o.root, "root", "", "demand the root digest `DIGEST` of the lock")
	f.StringVar(&o.signer, "signer", "", "demand a signature by `NAME`")
	f.StringVar(&o.allowedSigners, "allowed-signers", "", "`FILE` that says whose keys are whose, as for ssh-keygen and git")
	f.StringArrayVar(&o.hooks, "require-hook", nil, "demand that the run passed hook `NAME@DIGEST` (repeatable)")
	return cmd
}

func runVerify(ctx context.Context, a *app, o verifyOptions, args []string) error {
	defer lessGarbageCollection()()
	runs, _, err := o.chosen(a, args)
	if err != nil {
		return err
	}
	v := &verifier{app: a, quick: o.quick, recursive: o.recursive, done: map[run.ID]*verified{}}
	if o.root != "" {
		if len(runs) > 1 {
			return usagef("", "--root is for one run, not for %d", len(runs))
		}
		if v.root, err = run.ParseDigest(o.root); err != nil {
			return usagef("", "--root: %s", err)
		}
	}
	if v.signatures, err = readSignatures(o.signer, o.allowedSigners); err != nil {
		return err
	}
	if v.hooks, err = parseRequired(o.hooks); err != nil {
		return err
	}
	if v.care, err = a.caretaker(o.noHooks); err != nil {
		return err
	}
	defer v.care.Close(context.WithoutCancel(ctx))
	results := []*verified{}
	code := exitOK
	err = a.each(ctx, runs, func(i int, r *store.Run) error {
		progress, done := a.watch("verify", r, i, len(runs))
		res, err := v.verify(ctx, r, true, progress)
		done()
		if err != nil {
			return err
		}
		results = append(results, res)
		code = worse(code, res.code())
		if !a.json {
			a.printVerified(res, "", "")
		}
		return nil
	})
	if len(runs) != 1 && ctx.Err() == nil {
		a.ui.Say("verified %s", verdicts(results))
	}
	if a.json {
		err = errors.Join(a.ui.JSON(map[string]any{"runs": results}), err)
	}
	if err == nil && code != exitOK {
		err = exitError(code)
	}
	return err
}

// verifier verifies runs, each once.
type verifier struct {
	app        *app
	care       *runner.Runner
	quick      bool
	recursive  bool
	root       run.Digest // demanded
	signatures *signatures
	hooks      []requiredHook
	done       map[run.ID]*verified
}

// verify verifies a run. asked: it was asked for, rather than used by one that was.
func (v *verifier) verify(ctx context.Context, r *store.Run, asked bool, progress func(lock.Progress)) (*verified, error) {
	if old, ok := v.done[r.ID]; ok && !asked {
		return old, nil
	}
	res := &verified{ID: r.ID, Result: resultIntact, Quick: v.quick}
	options := lock.VerifyOptions{Quick: v.quick, Progress: progress}
	if asked {
		options.Root = v.root
		options.Signature = func(sums, text []byte) (err error) {
			res.Signature, err = v.signatures.check(sums, text)
			return err
		}
	}
	v.app.busy(r, false)
	report, err := lock.Verify(ctx, r.Dir, options)
	if errors.Is(err, lock.ErrNotLocked) {
		res.Result, res.Quick = resultNotLocked, false
		v.done[r.ID] = res
		return res, nil
	}
	if err != nil {
		return nil, lockProblem(r, err)
	}
	if asked {
		res.Hooks = v.requireHooks(r, report)
	}
	v.done[r.ID] = res // before its upstream runs: a circle cannot be, and is no reason to hang
	if err := v.upstream(ctx, r, report, res, progress); err != nil {
		return nil, err
	}
	res.fill(report)
	v.app.warnings(r.ID, report.Warnings)
	// Hooks that were tampered with have no say.
	tampered := slices.ContainsFunc(report.Differences, func(d lock.Difference) bool {
		return d.Path == lock.SumsFile || strings.HasPrefix(d.Path, ".guild/hooks")
	})
	v.app.observe(ctx, v.care, r, abi.OnVerifyEnd, lockDoc(report.Root, report.Files, report.Differences), tampered)
	return res, nil
}

func (v *verified) fill(report *lock.Report) {
	v.Digest, v.Files, v.Bytes, v.Warnings = report.Root.String(), report.Files, report.Bytes, warnings(report.Warnings)
	if v.Quick {
		read := report.Files - report.Unread
		v.FilesRead = &read
	}
	for _, d := range report.Differences {
		v.Differences = append(v.Differences, difference{d.Path, pathBytes(d.Path), d.Kind, d.Want, d.Got})
	}
	if len(v.Differences) > 0 {
		v.Result = resultDifferent
	}
}

// upstream compares the runs that a run used with what its lock says of them.
func (v *verifier) upstream(ctx context.Context, r *store.Run, report *lock.Report, res *verified, progress func(lock.Progress)) error {
	differ := func(up lock.Upstream, got string) {
		want := "not locked"
		if !up.Root.IsZero() {
			want = up.Root.String()
		}
		report.Differences = append(report.Differences, lock.Difference{Path: string(up.Run), Kind: lock.UpstreamOf, Want: want, Got: got})
	}
	for _, up := range report.Upstream {
		used, err := v.care.Store.Run(up.Run)
		if err != nil { // its digest stands, here are no files to compare with it
			if v.recursive {
				differ(up, "not here")
			}
			continue
		}
		if !up.Root.IsZero() {
			switch l, err := lock.Read(used.Dir); {
			case errors.Is(err, lock.ErrNotLocked):
				differ(up, "not locked")
			case errors.Is(err, lock.ErrDamaged):
				differ(up, "damaged lock")
			case err != nil:
				return lockProblem(used, err)
			case l.Root != up.Root:
				differ(up, l.Root.String())
			}
		}
		if !v.recursive {
			continue
		}
		sub, err := v.verify(ctx, used, false, progress)
		if err != nil {
			return fmt.Errorf("run %s: upstream %w", r.ID, err)
		}
		res.Upstream = append(res.Upstream, usedRun{sub, up.Root.IsZero() && sub.Result != resultNotLocked})
	}
	return nil
}
