package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
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
}

// filterOptions are the names of a filter's options.
var filterOptions = []string{"op", "label", "tag", "status", "marked", "unmarked"}

func (f *filter) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.ops, "op", nil, "only runs of operation `NAME` (repeatable)")
	cmd.Flags().StringArrayVar(&f.labels, "label", nil, "only runs with `TEXT` in their label (repeatable)")
	cmd.Flags().StringArrayVar(&f.tags, "tag", nil, "only runs with `TAG` (repeatable)")
	cmd.Flags().StringArrayVar(&f.statuses, "status", nil, "only runs of `STATUS` (repeatable)")
	cmd.Flags().BoolVar(&f.marked, "marked", false, "only marked runs")
	cmd.Flags().BoolVar(&f.unmarked, "unmarked", false, "only runs that are not marked")
}

func (f *filter) active() bool {
	return len(f.ops)+len(f.labels)+len(f.tags)+len(f.statuses) > 0 || f.marked || f.unmarked
}

func (f *filter) check() error {
	if f.marked && f.unmarked {
		return usagef("", "--marked cannot be used with --unmarked")
	}
	for _, s := range f.statuses {
		if !slices.Contains(run.Statuses, run.Status(s)) {
			return usagef("statuses are pending, staged, running, denied, completed, error, terminated", "invalid value %q for --status", s)
		}
	}
	return nil
}

func (f *filter) matches(s summary) bool {
	if len(f.ops) > 0 && !slices.Contains(f.ops, s.ref.Name()) {
		return false
	}
	if len(f.statuses) > 0 && !slices.Contains(f.statuses, string(s.status)) {
		return false
	}
	if f.marked && !s.marked || f.unmarked && s.marked {
		return false
	}
	for _, text := range f.labels {
		if !strings.Contains(s.label, text) {
			return false
		}
	}
	for _, tag := range f.tags {
		if !slices.Contains(s.tags, tag) {
			return false
		}
	}
	return true
}

// keep are those of the runs that match; none is an error.
func (f *filter) keep(runs []*store.Run) ([]*store.Run, error) {
	if !f.active() {
		return runs, nil
	}
	kept := slices.DeleteFunc(slices.Clone(runs), func(r *store.Run) bool { return !f.matches(describe(r)) })
	if len(kept) == 0 {
		return nil, fmt.Errorf("no matching runs")
	}
	return kept, nil
}
