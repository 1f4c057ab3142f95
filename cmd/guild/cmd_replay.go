package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type replayOptions struct {
	against string
	hook    string
	all     bool
}

func newHooksReplay(a *app) *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use: "replay [<run>...]", Short: "Execute the recorded events of runs again (default: the newest run)", Args: cobra.ArbitraryArgs,
		Long: `Execute the recorded events of runs again, offline, from what is kept in the runs. With the modules that are pinned in them, every
bit must be as it was. With --against, show what another module would have decided.

Exit codes: 0 all the same, 1 something differs.`,
		Example: "  guild hooks replay 4f1c\n  guild hooks replay --against new/lr-guard.wasm --all",
		RunE:    func(cmd *cobra.Command, args []string) error { return runHooksReplay(cmd.Context(), a, o, args) },
	}
	cmd.Flags().StringVar(&o.against, "against", "", "decide with the module in `FILE` instead")
	cmd.Flags().StringVar(&o.hook, "hook", "", "--against stands for hook `NAME` (default: the name of the file)")
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "all runs")
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return cmd
}

func runHooksReplay(ctx context.Context, a *app, o replayOptions, args []string) error {
	if o.hook != "" && o.against == "" {
		return usagef("", "--hook is for --against")
	}
	if o.all && len(args) > 0 {
		return usagef("", "runs cannot be named with --all")
	}
	spec := "1"
	if o.all {
		spec = ":"
	}
	st, err := a.store()
	if err != nil {
		return err
	}
	runs, err := pick(st, args, spec)
	if err != nil {
		return err
	}
	r, err := a.runner()
	if err != nil {
		return err
	}
	defer r.Close(context.WithoutCancel(ctx))
	replay := r.Replay
	if o.against != "" {
		if replay, err = o.replayAgainst(r); err != nil {
			return err
		}
	}
	results := []runner.Replayed{}
	for _, target := range runs {
		if err := replay(ctx, target, func(e runner.Replayed) { results = append(results, e) }); err != nil {
			if o.all && errors.Is(err, runner.ErrNotRecorded) {
				a.ui.Decide("%s", err)
				continue
			}
			return err
		}
	}
	return a.printReplay(results, o.against != "")
}

type replayFunc = func(context.Context, *store.Run, func(runner.Replayed)) error

func (o replayOptions) replayAgainst(r *runner.Runner) (replayFunc, error) {
	module, err := readFile(o.against, abi.MaxModule)
	if err != nil {
		return nil, err
	}
	name := o.hook
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(o.against), filepath.Ext(o.against))
	}
	return func(ctx context.Context, target *store.Run, report func(runner.Replayed)) error {
		return r.ReplayAgainst(ctx, target, name, module, report)
	}, nil
}

// printReplay shows every event when replaying, and the changed decisions only when comparing modules.
func (a *app) printReplay(results []runner.Replayed, against bool) error {
	differing := 0
	for _, e := range results {
		if !e.Same && (!against || e.Was != e.Now) {
			differing++
		}
	}
	if a.json {
		if err := a.ui.JSON(map[string]any{"events": results, "different": differing}); err != nil {
			return err
		}
	} else {
		a.printReplayLines(results, against)
		a.ui.Say("%s replayed, %d different", count(len(results), "event"), differing)
	}
	if differing > 0 {
		return exitError(exitFailure)
	}
	return nil
}

func (a *app) printReplayLines(results []runner.Replayed, against bool) {
	for _, e := range results {
		line := fmt.Sprintf("%s %s %s", e.Run.Short(), e.Hook, e.Event)
		switch {
		case against && e.Was == e.Now:
			continue
		case against:
			line += fmt.Sprintf(": was %s, would be %s", e.Was, e.Now)
			if e.Reason != "" {
				line += ": " + e.Reason
			}
			if e.Unknown {
				line += " (a guess: it asked for what was not recorded)"
			}
		case e.Same:
			line += fmt.Sprintf(": %s again, %d units of fuel", e.Now, e.Fuel)
		default:
			line += ": differs: " + e.Difference
		}
		fmt.Fprintln(a.ui.Out, ui.SafeLine(line))
	}
}
