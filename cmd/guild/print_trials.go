package main

import (
	"fmt"
	"slices"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

func (a *app) confirmBatch(plan *runner.Plan, spec runner.BatchSpec, o runOptions) (bool, error) {
	verb := "run"
	if o.stage || o.batch.stageTrials {
		verb = "stage"
	}
	fmt.Fprintf(a.ui.Err, "You are about to %s %s as a batch of %d trials\n", verb, ui.SafeLine(plan.Op), len(spec.Trials))
	for _, name := range spec.Asked.Names() {
		fmt.Fprintf(a.ui.Err, "  %s: %s\n", ui.SafeLine(name), ui.SafeLine(run.FormatValue(spec.Asked[name])))
	}
	a.orderly.Store(false) // nothing is made yet, and the question waits for an answer
	defer a.orderly.Store(true)
	return a.ui.Confirm("Continue?")
}

// printTrials prints the flags of every trial: those that vary first, as they were typed.
func (a *app) printTrials(spec runner.BatchSpec, axes []trials.Axis) error {
	if a.json {
		list := make([]map[string]any, len(spec.Trials))
		for i, t := range spec.Trials {
			list[i] = map[string]any{"index": t.Index, "flags": t.Flags.JSON(), "replicate": t.Replicate, "random_seed": t.Seed}
			if t.Condition != "" {
				list[i]["condition"] = t.Condition
			}
		}
		return a.ui.JSON(map[string]any{"trials": list})
	}
	var names []string
	for _, axis := range axes {
		names = append(names, axis.Name)
	}
	for _, name := range spec.Asked.Names() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	header := append([]string{"#"}, names...)
	conditions, replicates := len(spec.Conditions) > 0, spec.Replicates > 1
	for _, t := range spec.Trials { // a hook may have thought of some
		conditions, replicates = conditions || t.Condition != "", replicates || t.Replicate > 0
	}
	if conditions {
		header = append(header, "condition")
	}
	if replicates {
		header = append(header, "replicate")
	}
	rows := [][]string{header}
	for _, t := range spec.Trials {
		row := []string{fmt.Sprint(t.Index + 1)}
		for _, name := range names {
			row = append(row, ui.SafeLine(run.FormatValue(t.Flags[name])))
		}
		if conditions {
			row = append(row, t.Condition)
		}
		if replicates {
			row = append(row, fmt.Sprint(t.Replicate+1))
		}
		rows = append(rows, row)
	}
	return ui.Columns(a.ui.Out, "", rows)
}

func printCommands(a *app, plan *runner.Plan, spec runner.BatchSpec) error {
	for _, t := range spec.Trials {
		words, err := plan.CommandWith(t.Flags)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.ui.Out, run.QuoteAll(words)); err != nil {
			return err
		}
	}
	return nil
}
