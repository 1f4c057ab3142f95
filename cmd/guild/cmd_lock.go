package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

func newRunsLock(a *app) *cobra.Command {
	return a.lockCommand("lock", "Make ended runs read-only, with digests that prove it (default: the newest)", "locked",
		func(ctx context.Context, r *store.Run) error {
			if status := r.Status(); !status.Final() {
				return fmt.Errorf("run %s is %s; only an ended run can be locked", r.ID, status)
			}
			ref, err := r.OpRef()
			if err != nil {
				return err
			}
			locked, err := lock.Create(ctx, r.Dir, lock.Options{Run: r.ID, Op: ref.Name()})
			if errors.Is(err, lock.ErrLocked) {
				return fmt.Errorf("run %s is locked already", r.ID)
			}
			if err != nil {
				return fmt.Errorf("run %s: %w", r.ID, err)
			}
			_, err = fmt.Fprintf(a.ui.Out, "%s %s\n", r.ID, locked.Root)
			return err
		})
}

func newRunsUnlock(a *app) *cobra.Command {
	return a.lockCommand("unlock", "Make locked runs writable again (default: the newest)", "unlocked",
		func(ctx context.Context, r *store.Run) error {
			err := lock.Unlock(ctx, r.Dir)
			if errors.Is(err, lock.ErrNotLocked) {
				return fmt.Errorf("run %s is not locked", r.ID)
			}
			if err != nil {
				return fmt.Errorf("run %s: %w", r.ID, err)
			}
			return nil
		})
}

func (a *app) lockCommand(use, short, done string, act func(context.Context, *store.Run) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " [<run>...]", Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, err := a.selected(args, "1")
			if err != nil {
				return err
			}
			a.orderly.Store(true)
			for _, r := range runs {
				if err := act(cmd.Context(), r); err != nil {
					return err
				}
			}
			a.ui.Say("%s %s", done, count(len(runs), "run"))
			return nil
		},
	}
}

func newRunsVerify(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "verify [<run>...]", Short: "Compare locked runs with their locks (default: the newest)", Args: cobra.ArbitraryArgs,
		Long: "Compare locked runs with their locks, and name every difference.\n\nExit codes: 0 intact, 1 different, 3 not locked.",
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, err := a.selected(args, "1")
			if err != nil {
				return err
			}
			return a.verify(cmd.Context(), runs)
		},
	}
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return cmd
}

// verified is the answer for one run, as JSON.
type verified struct {
	ID          run.ID       `json:"id"`
	Result      string       `json:"result"` // intact, different, not_locked
	Digest      string       `json:"digest,omitempty"`
	Files       int          `json:"files,omitempty"`
	Bytes       int64        `json:"bytes,omitempty"`
	Differences []difference `json:"differences,omitempty"`
}

// difference is one way in which a run is not what its lock says, as JSON.
type difference struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
	Want string `json:"want,omitempty"`
	Got  string `json:"got,omitempty"`
}

func (a *app) verify(ctx context.Context, runs []*store.Run) error {
	results := []verified{}
	code := exitOK
	for _, r := range runs {
		v := verified{ID: r.ID, Result: "intact"}
		report, err := lock.Verify(ctx, r.Dir, lock.VerifyOptions{})
		switch {
		case errors.Is(err, lock.ErrNotLocked):
			v.Result = "not_locked"
			if code == exitOK {
				code = exitNotLocked
			}
		case err != nil:
			return fmt.Errorf("run %s: %w", r.ID, err)
		default:
			v.Digest, v.Files, v.Bytes = report.Root.String(), report.Files, report.Bytes
			for _, d := range report.Differences {
				v.Differences = append(v.Differences, difference(d))
			}
			if len(report.Differences) > 0 {
				v.Result, code = "different", exitFailure
			}
		}
		results = append(results, v)
	}
	if a.json {
		if err := a.ui.JSON(map[string]any{"runs": results}); err != nil {
			return err
		}
	} else {
		a.printVerified(results)
	}
	if code != exitOK {
		return exitError(code)
	}
	return nil
}

func (a *app) printVerified(results []verified) {
	for _, v := range results {
		switch v.Result {
		case "intact":
			fmt.Fprintf(a.ui.Out, "%s intact: %s, %s\n", v.ID, count(v.Files, "file"), v.Digest)
		case "not_locked":
			fmt.Fprintf(a.ui.Out, "%s not locked\n", v.ID)
		default:
			fmt.Fprintf(a.ui.Out, "%s different: %s\n", v.ID, count(len(v.Differences), "difference"))
			for _, d := range v.Differences {
				line := fmt.Sprintf("  %s %s", d.Kind, ui.SafeLine(d.Path))
				if d.Want != "" || d.Got != "" {
					line += fmt.Sprintf(" (%s, was %s)", ui.SafeLine(d.Got), ui.SafeLine(d.Want))
				}
				fmt.Fprintln(a.ui.Out, line)
			}
		}
	}
}
