package main

import (
	"context"
	"fmt"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

// defaultLimit is how many runs a list shows unless told otherwise.
const defaultLimit = 20

type listOptions struct {
	limit   int
	all     bool
	deleted bool
	filter  filter
}

func newRuns(a *app) *cobra.Command {
	var o listOptions
	list := func(cmd *cobra.Command, _ []string) error { return runRunsList(cmd.Context(), a, o) }
	runs := &cobra.Command{
		Use: "runs", Short: "List, show and manage runs", Args: noArgs, RunE: list,
		Example: "  guild runs\n  guild runs --status error\n  guild runs info 1",
	}
	o.flags(a, runs)
	sub := &cobra.Command{Use: "list", Short: "List runs, newest first", Args: noArgs, RunE: list}
	o.flags(a, sub)
	runs.AddCommand(
		sub, newRunsInfo(a), newRunsRm(a), newRunsRestore(a), newRunsPurge(a), newRunsLabel(a), newRunsTag(a), newRunsComment(a),
		newRunsMark(a), newRunsCompare(a), newRunsDiff(a), newRunsLock(a), newRunsVerify(a), newRunsUnlock(a), newRunsExport(a), newRunsImport(a),
	)
	return runs
}

func (o *listOptions) flags(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVarP(&o.limit, "limit", "n", defaultLimit, "show at most `N` runs")
	f.BoolVarP(&o.all, "all", "a", false, "show all runs")
	f.BoolVarP(&o.deleted, "deleted", "d", false, "show deleted runs")
	f.BoolVar(&a.json, "json", false, "write JSON")
	o.filter.flags(cmd)
}

func runRunsList(_ context.Context, a *app, o listOptions) error {
	if o.limit < 1 {
		return usagef("use --all to show all runs", "invalid value %d for --limit", o.limit)
	}
	st, err := a.store()
	if err != nil {
		return err
	}
	if o.deleted {
		st = st.Deleted()
	}
	if err := o.filter.check(); err != nil {
		return err
	}
	rows, total, err := o.collect(st)
	if err != nil {
		return runner.AboutHome(st.Home(), err)
	}
	if a.json {
		return a.ui.JSON(map[string]any{"runs": jsonRuns(rows), "total": total})
	}
	if len(rows) == 0 {
		a.sayNone(st, o)
	}
	return a.printRuns(rows, total)
}

// sayNone tells an empty list from a home that was mistyped and a filter that nothing matches.
func (a *app) sayNone(st *store.Store, o listOptions) {
	switch {
	case o.filter.active():
		a.ui.Say("no matching runs")
	case o.deleted:
		a.ui.Say("there are no deleted runs")
	default:
		a.ui.Say("there are no runs in %s", st.Home())
	}
}

// listed is a run with its place in the list of all runs, counted from 1.
type listed struct {
	summary
	index int
}

// collect reads as many runs as it must: with filters it goes on until enough match.
func (o listOptions) collect(st *store.Store) ([]listed, int, error) {
	want := o.limit
	if o.all || o.filter.active() {
		want = 0
	}
	runs, total, err := st.Newest(want)
	if err != nil {
		return nil, 0, err
	}
	var rows []listed
	matched := 0
	for i, r := range runs {
		if o.filter.active() && !o.filter.matches(r) {
			continue
		}
		matched++
		if o.all || len(rows) < o.limit {
			rows = append(rows, listed{describe(r), i + 1})
		}
	}
	if o.filter.active() {
		total = matched
	}
	return rows, total, nil
}

func (a *app) printRuns(rows []listed, total int) error {
	cwd, err := workingDir()
	if err != nil {
		return err
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		cells[i] = []string{fmt.Sprintf("[%d:%s]", r.index, r.id.Short()), r.operation(cwd), r.startedText(), r.statusText(), r.label}
	}
	if err := ui.Columns(a.ui.Out, "", cells); err != nil {
		return err
	}
	if total > len(rows) {
		a.ui.Say("showing the first %d of %d runs; --all shows all", len(rows), total)
	}
	return nil
}

func jsonRuns(rows []listed) []map[string]any {
	list := []map[string]any{}
	for _, r := range rows {
		list = append(list, map[string]any{
			"index": r.index, "id": r.id, "short_id": r.id.Short(), "dir": r.dir, "operation": r.ref.Name(), "project": r.ref.Package,
			"started": jsonTime(r.started), "status": r.status, "label": r.label, "tags": nonNil(r.tags), "marked": r.marked,
			"locked": lock.Locked(r.dir),
		})
	}
	return list
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
