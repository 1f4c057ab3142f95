package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

// filter narrows a list of runs. Several statuses are alternatives, and so are several operations; everything else must hold together.
type filter struct {
	ops      []string
	labels   []string
	tags     []string
	statuses []string
	marked   bool
	unmarked bool
	locked   bool
	unlocked bool
}

// filterOptions are the names of a filter's options.
var filterOptions = []string{"op", "label", "tag", "status", "marked", "unmarked", "locked", "unlocked"}

func (f *filter) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.ops, "op", nil, "only runs of operation `NAME` (repeatable)")
	cmd.Flags().StringArrayVar(&f.labels, "label", nil, "only runs with `TEXT` in their label (repeatable)")
	cmd.Flags().StringArrayVar(&f.tags, "tag", nil, "only runs with `TAG` (repeatable)")
	cmd.Flags().StringArrayVar(&f.statuses, "status", nil, "only runs of `STATUS` (repeatable)")
	cmd.Flags().BoolVar(&f.marked, "marked", false, "only marked runs")
	cmd.Flags().BoolVar(&f.unmarked, "unmarked", false, "only runs that are not marked")
	cmd.Flags().BoolVar(&f.locked, "locked", false, "only locked runs")
	cmd.Flags().BoolVar(&f.unlocked, "unlocked", false, "only runs that are not locked")
}

func (f *filter) active() bool {
	return len(f.ops)+len(f.labels)+len(f.tags)+len(f.statuses) > 0 || f.marked || f.unmarked || f.locked || f.unlocked
}

func (f *filter) check() error {
	if f.marked && f.unmarked {
		return usagef("", "--marked cannot be used with --unmarked")
	}
	if f.locked && f.unlocked {
		return usagef("", "--locked cannot be used with --unlocked")
	}
	for _, s := range f.statuses {
		if !slices.Contains(run.Statuses, run.Status(s)) {
			return usagef("statuses are pending, staged, running, denied, completed, error, terminated", "invalid value %q for --status", s)
		}
	}
	return nil
}

// matches reads no more of a run than it takes to know.
func (f *filter) matches(r *store.Run) bool {
	if len(f.ops) > 0 {
		if ref := operationOf(r); !slices.Contains(f.ops, ref.Name()) {
			return false
		}
	}
	if len(f.statuses) > 0 && !slices.Contains(f.statuses, string(r.Status())) {
		return false
	}
	if (f.marked || f.unmarked) && isMarked(r) != f.marked {
		return false
	}
	if (f.locked || f.unlocked) && lock.Locked(r.Dir) != f.locked {
		return false
	}
	if len(f.labels) > 0 {
		label := attrText(r, runner.AttrLabel)
		if slices.ContainsFunc(f.labels, func(text string) bool { return !strings.Contains(label, text) }) {
			return false
		}
	}
	if len(f.tags) > 0 {
		tags := attrList(r, runner.AttrTags)
		return !slices.ContainsFunc(f.tags, func(tag string) bool { return !slices.Contains(tags, tag) })
	}
	return true
}

func isMarked(r *store.Run) bool {
	marked, _, _ := r.Attr(runner.AttrMarked)
	return marked == true
}

// keep are those of the runs that match; none is an error.
func (f *filter) keep(runs []*store.Run) ([]*store.Run, error) {
	if !f.active() {
		return runs, nil
	}
	kept := slices.DeleteFunc(slices.Clone(runs), func(r *store.Run) bool { return !f.matches(r) })
	if len(kept) == 0 {
		return nil, fmt.Errorf("no matching runs")
	}
	return kept, nil
}
