package main

import (
	"errors"
	"fmt"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type selectOptions struct {
	all    bool
	dir    bool
	short  bool
	attr   string
	filter filter
	best   ranking
}

func newSelect(a *app) *cobra.Command {
	var o selectOptions
	cmd := &cobra.Command{
		Use: "select [<run>...]", Short: "Print the id of a run, or its directory, or an attribute (default: the newest run)",
		Args:    cobra.ArbitraryArgs,
		Example: "  cd $(guild select --dir)\n  guild select --attr exit_status 4f1c\n  guild select --op train --min loss",
		RunE:    func(_ *cobra.Command, args []string) error { return runSelect(a, o, args) },
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "print all that match")
	f.BoolVarP(&o.dir, "dir", "p", false, "print the run directory")
	f.BoolVarP(&o.short, "short-id", "s", false, "print the short id")
	f.StringVar(&o.attr, "attr", "", "print `NAME`: an attribute, a flag or a scalar")
	f.BoolVar(&a.json, "json", false, "write JSON")
	o.best.flags(cmd)
	o.filter.flags(cmd)
	return cmd
}

func runSelect(a *app, o selectOptions, args []string) error {
	if o.dir && o.attr != "" {
		return usagef("", "--dir cannot be used with --attr")
	}
	if err := errors.Join(o.best.check(), o.filter.check()); err != nil {
		return err
	}
	st, err := a.store()
	if err != nil {
		return err
	}
	runs, err := o.find(st, args)
	if err != nil {
		return err
	}
	var values []any
	for _, r := range runs {
		v, err := o.value(r)
		if err != nil {
			return err
		}
		values = append(values, v)
	}
	if a.json {
		return a.ui.JSON(map[string]any{"selected": values})
	}
	for _, v := range values {
		text, ok := v.(string)
		if !ok {
			text = run.FormatValue(v)
		}
		if _, err := fmt.Fprintln(a.ui.Out, text); err != nil {
			return err
		}
	}
	return nil
}

func (o selectOptions) find(st *store.Store, args []string) ([]*store.Run, error) {
	everything, otherwise := len(args) == 0, "1"
	if o.all || o.filter.active() || o.best.active() {
		otherwise = ":"
	}
	runs, err := pick(st, args, otherwise)
	if err != nil {
		return nil, err
	}
	if runs, err = o.filter.keep(runs); err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("there are no runs in %s", st.Home())
	}
	if o.best.active() {
		if runs, err = o.best.order(runs); err != nil {
			return nil, err
		}
	}
	if (everything || o.best.active()) && !o.all {
		runs = runs[:1]
	}
	return runs, nil
}

func (o selectOptions) value(r *store.Run) (any, error) {
	switch {
	case o.dir:
		return r.Dir, nil
	case o.short:
		return r.ID.Short(), nil
	case o.attr == "":
		return string(r.ID), nil
	}
	v, ok, err := r.Attr(o.attr)
	if !ok {
		if found, has := valueOf(r, o.attr); has {
			v, ok, err = found, true, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("run %s has no attribute, flag or scalar %q", r.ID, o.attr)
	}
	if m, isMap := v.(map[string]any); isMap {
		return run.Flags(m).JSON(), nil
	}
	return v, nil
}

// pick finds the runs that arguments name, or without any those of a default. A store without runs has no such default.
func pick(st *store.Store, args []string, otherwise string) ([]*store.Run, error) {
	byDefault := len(args) == 0
	if byDefault {
		args = []string{otherwise}
	}
	runs, err := st.Select(args)
	if byDefault && errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("there are no runs in %s", st.Home())
	}
	return runs, runHint(runner.AboutHome(st.Home(), err))
}

// runHint adds to an error about finding runs where to look.
func runHint(err error) error {
	if err == nil {
		return nil
	}
	ambiguous := (*store.AmbiguousError)(nil)
	if errors.Is(err, store.ErrNotFound) || errors.As(err, &ambiguous) {
		return &hintError{error: err, hint: "'guild runs' lists them"}
	}
	return err
}
