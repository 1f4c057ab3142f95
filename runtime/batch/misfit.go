package batch

import (
	"errors"
	"fmt"
	"slices"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

// misfit is a value in guild.toml that does not fit the flag it is for. It wraps nothing: a *project.FlagError is about what the user typed.
type misfit struct{ problem, hint string }

func (e *misfit) Error() string { return e.problem }

func (e *misfit) Hint() string { return e.hint }

// ofStep is the error of a step whose flags do not fit: they are from the pipeline.
func ofStep(err error) error {
	if flag := (*project.FlagError)(nil); errors.As(err, &flag) {
		return &misfit{err.Error(), flag.Hint}
	}
	return err
}

// Misfit is the error of a flag whose value is from guild.toml, with its place there. Any other error is itself.
func (q Request) Misfit(plan *runner.Plan, err error) error {
	flag := (*project.FlagError)(nil)
	if !errors.As(err, &flag) {
		return err
	}
	name := flag.Flag
	if place, ok := q.places[name]; ok {
		return &misfit{place.Error(flag.Problem).Error(), flag.Hint}
	}
	given := slices.Contains(q.Typed, name) || slices.ContainsFunc(q.Axes, func(a trials.Axis) bool { return a.Name == name }) ||
		slices.ContainsFunc(q.Rows, func(row run.Flags) bool { _, ok := row[name]; return ok })
	if given {
		return err
	}
	for _, c := range q.config {
		value, ok := c.Flags[name]
		if !ok {
			continue
		}
		if _, wrong := q.value(plan, name, value); errors.As(wrong, &flag) {
			return &misfit{c.Places[name].Error(fmt.Sprintf("condition %q: %s", c.Name, flag.Problem)).Error(), flag.Hint}
		}
	}
	return err
}
