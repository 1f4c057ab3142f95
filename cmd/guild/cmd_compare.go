package main

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type compareOptions struct {
	list    listOptions
	ranking ranking
	columns []string
	csv     bool
}

func newRunsCompare(a *app) *cobra.Command {
	var o compareOptions
	cmd := &cobra.Command{
		Use: "compare [<run>...]", Short: "Show flags and scalars of runs side by side (default: the newest 20)", Args: cobra.ArbitraryArgs,
		Long: `Show flags and scalars of runs side by side, newest first, or the best first with --min or --max.

A scalar is shown with its last value. NAME.min, NAME.max and NAME.step are columns, too, and so is every attribute. Where a flag and a
scalar have the same name, flags.NAME and scalars.NAME are the two.`,
		Example: "  guild runs compare --op train --min loss\n  guild runs compare 1:10 -c lr -c loss.min\n  guild runs compare --all --csv > runs.csv",
		RunE:    func(_ *cobra.Command, args []string) error { return runCompare(a, o, args) },
	}
	f := cmd.Flags()
	f.IntVarP(&o.list.limit, "limit", "n", defaultLimit, "show at most `N` runs")
	f.BoolVarP(&o.list.all, "all", "a", false, "show all runs")
	o.ranking.flags(cmd)
	f.StringArrayVarP(&o.columns, "column", "c", nil, "show only `NAME` of flags, scalars and attributes (repeatable)")
	f.BoolVar(&o.csv, "csv", false, "write CSV")
	f.BoolVar(&a.json, "json", false, "write JSON")
	o.list.filter.flags(cmd)
	exclusive(cmd, "csv", "json")
	return cmd
}

func runCompare(a *app, o compareOptions, args []string) error {
	if o.list.limit < 1 {
		return usagef("use --all to show all runs", "invalid value %d for --limit", o.list.limit)
	}
	if len(args) > 0 && o.list.all {
		return usagef("", "runs cannot be named with --all")
	}
	if err := o.ranking.check(); err != nil {
		return err
	}
	if err := o.list.filter.check(); err != nil {
		return err
	}
	st, err := a.store()
	if err != nil {
		return err
	}
	runs, err := pick(st, args, ":")
	if err != nil {
		return err
	}
	if runs, err = o.list.filter.keep(runs); err != nil {
		return err
	}
	if o.ranking.active() {
		if runs, err = o.ranking.order(runs); err != nil {
			return err
		}
	}
	total := len(runs)
	if len(args) == 0 && !o.list.all {
		runs = runs[:min(total, o.list.limit)]
	}
	if err := a.printCompared(runs, o); err != nil {
		return err
	}
	if total > len(runs) && !a.json && !o.csv {
		a.ui.Say("showing the first %d of %d runs; --all shows all", len(runs), total)
	}
	return nil
}

func (a *app) printCompared(runs []*store.Run, o compareOptions) error {
	if a.json {
		list := []map[string]any{}
		for i, row := range jsonRuns(numbered(runs)) {
			delete(row, "index") // it would be one of another list
			flags, _ := runs[i].Flags()
			scalars, _, _ := runs[i].Attr(runner.AttrScalars)
			m, _ := scalars.(map[string]any)
			row["flags"], row["scalars"] = flags.JSON(), run.Flags(m).JSON()
			list = append(list, row)
		}
		return a.ui.JSON(map[string]any{"runs": list})
	}
	columns := o.columns
	if len(columns) == 0 {
		columns = columnsOf(runs)
	}
	heading := append([]string{"run", "operation", "started", "status"}, columns...)
	rows := [][]string{heading}
	for _, r := range runs {
		s := describe(r)
		row := []string{s.id.Short(), s.ref.Name(), s.startedText(), s.statusText()}
		for _, c := range columns {
			row = append(row, cell(valueOf(r, c)))
		}
		rows = append(rows, row)
	}
	if o.csv {
		w := csv.NewWriter(a.ui.Out)
		if err := w.WriteAll(rows); err != nil {
			return err
		}
		return w.Error()
	}
	for _, row := range rows {
		for i := range row {
			row[i] = ui.SafeLine(row[i])
		}
	}
	if a.ui.OutIsTerminal {
		return ui.Columns(a.ui.Out, "", rows)
	}
	for _, row := range rows {
		if _, err := fmt.Fprintln(a.ui.Out, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return nil
}

func numbered(runs []*store.Run) []listed {
	rows := make([]listed, len(runs))
	for i, r := range runs {
		rows[i] = listed{summary: describe(r)}
	}
	return rows
}

// columnsOf are the names of all flags that runs have, then those of their scalars.
func columnsOf(runs []*store.Run) []string {
	flags, scalars := map[string]bool{}, map[string]bool{}
	for _, r := range runs {
		of, _ := r.Flags()
		for name := range of {
			flags[name] = true
		}
		v, _, _ := r.Attr(runner.AttrScalars)
		m, _ := v.(map[string]any)
		for name := range m {
			scalars[name] = true
		}
	}
	var columns []string
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if scalars[name] {
			name = flagPrefix + name
		}
		columns = append(columns, name)
	}
	for _, name := range slices.Sorted(maps.Keys(scalars)) {
		if flags[name] {
			name = scalarPrefix + name
		}
		columns = append(columns, name)
	}
	return columns
}
