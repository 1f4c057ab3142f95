package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

// Prefixes say which of two things of the same name is meant.
const (
	flagPrefix   = "flags."
	scalarPrefix = "scalars."
)

// scalarParts are what is kept of a scalar; NAME.min is the least it was.
var scalarParts = []string{"last", "min", "max", "step", "count"}

// scalarOf is a scalar of a run: the last value of NAME, or NAME.min and the like.
func scalarOf(r *store.Run, name string) (any, bool) {
	v, _, _ := r.Attr(runner.AttrScalars)
	scalars, _ := v.(map[string]any)
	if scalar, ok := scalars[name].(map[string]any); ok {
		return scalar["last"], true
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 && slices.Contains(scalarParts, name[i+1:]) {
		if scalar, ok := scalars[name[:i]].(map[string]any); ok {
			return scalar[name[i+1:]], true
		}
	}
	return nil, false
}

func flagOf(r *store.Run, name string) (any, bool) {
	flags, err := r.Flags()
	if err != nil {
		return nil, false
	}
	v, ok := flags[name]
	return v, ok
}

// valueOf is what a run has under a name: of its scalars, else of its flags, else of its attributes.
func valueOf(r *store.Run, name string) (any, bool) {
	if rest, ok := strings.CutPrefix(name, flagPrefix); ok {
		return flagOf(r, rest)
	}
	if rest, ok := strings.CutPrefix(name, scalarPrefix); ok {
		return scalarOf(r, rest)
	}
	if v, ok := scalarOf(r, name); ok {
		return v, true
	}
	if v, ok := flagOf(r, name); ok {
		return v, true
	}
	v, ok, err := r.Attr(name)
	return v, ok && err == nil
}

// ranking orders runs by a number that they have.
type ranking struct{ least, most string }

func (k *ranking) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.least, "min", "", "the run with the least `NAME` first: a scalar or flag")
	cmd.Flags().StringVar(&k.most, "max", "", "the run with the greatest `NAME` first")
}

func (k ranking) check() error {
	if k.least != "" && k.most != "" {
		return usagef("", "--min cannot be used with --max")
	}
	return nil
}

func (k ranking) active() bool { return k.least != "" || k.most != "" }

// order are the runs that have the number, the best first; of equals the first stays first.
func (k ranking) order(runs []*store.Run) ([]*store.Run, error) {
	name, sign := k.least, 1.0
	if k.most != "" {
		name, sign = k.most, -1
	}
	type ranked struct {
		run   *store.Run
		value float64
	}
	var list []ranked
	for _, r := range runs {
		v, _ := valueOf(r, name)
		if n, ok := asNumber(v); ok {
			list = append(list, ranked{r, sign * n})
		}
	}
	if len(list) == 0 {
		return nil, &hintError{
			error: fmt.Errorf("no run has a number %q", name), hint: "'guild runs info' shows the scalars and flags of a run",
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(a.value, b.value) })
	kept := make([]*store.Run, len(list))
	for i, e := range list {
		kept[i] = e.run
	}
	return kept, nil
}

// asNumber is a value as a number; nan is none.
func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v)
	}
	return 0, false
}

// cell is a value in a table.
func cell(v any, ok bool) string {
	if !ok || v == nil {
		return ""
	}
	if s, isText := v.(string); isText {
		return s
	}
	return run.FormatValue(v)
}
