package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// FlagError is a flag that cannot be what it was set to.
type FlagError struct {
	// Flag is the name as given.
	Flag string
	// Problem is the whole error, in one line.
	Problem string
	// Hint is a line of advice, or "".
	Hint string
}

func (e *FlagError) Error() string { return e.Problem }

// ResolveFlags makes the flags of a run: what the user typed, brought to the type of each flag, over the defaults. It also
// returns the names that were typed, in order. A flag without a default that is not given is null. With force, flags that
// nobody declared and values that do not fit are taken as run.ParseValue reads them. The error is a *FlagError, but for a default of the
// project that does not fit: that is nothing the user typed.
func ResolveFlags(flags []Flag, given []run.Assignment, force bool) (run.Flags, []string, error) {
	values := make(run.Flags, len(flags)+len(given))
	typed := make([]string, 0, len(given))
	for _, a := range given {
		if slices.Contains(typed, a.Name) {
			return nil, nil, flagError(a.Name, "flag %q is given twice", a.Name)
		}
		typed = append(typed, a.Name)
		v, err := resolveGiven(flags, a, force)
		if err != nil {
			return nil, nil, err
		}
		values[a.Name] = v
	}
	for i := range flags {
		f := &flags[i]
		v, ok := values[f.Name]
		if !ok {
			var problem string
			if v, problem = f.check(f.Default); problem != "" {
				// What a script has as a default works for the script, whatever was found out about its type.
				if f.Declared && !force {
					return nil, nil, fmt.Errorf("invalid default %s of flag %q: %s", showValue(f.Default), f.Name, problem)
				}
				v = f.Default
			}
		}
		if v == nil && f.Required && !force {
			return nil, nil, flagError(f.Name, "flag %q is required", f.Name)
		}
		values[f.Name] = v
	}
	slices.Sort(typed)
	return values, typed, nil
}

func resolveGiven(flags []Flag, a run.Assignment, force bool) (any, error) {
	f := find(flags, a.Name)
	if f == nil && !force {
		return nil, unsupported(flags, a.Name)
	}
	if f == nil {
		f = &Flag{Name: a.Name}
	}
	v, problem := f.parse(a.Text)
	if problem == "" {
		return v, nil
	}
	parsed, err := run.ParseValue(a.Text)
	if _, isList := parsed.([]any); force && err == nil && !isList {
		return parsed, nil
	}
	return nil, invalidFlag(a.Name, a.Text, parsed, problem)
}

// invalidFlag shows what was typed: a number or a list bare, as it was meant; anything else in quotes.
func invalidFlag(name, text string, parsed any, problem string) *FlagError {
	shown := showValue(text)
	switch parsed.(type) {
	case int64, float64, []any:
		shown = cut(text)
	}
	return flagError(name, "invalid value %s for flag %q: %s", shown, name, problem)
}

// CheckFlag brings a value that a hook sets to the flag's type, or refuses it with a *FlagError.
func CheckFlag(flags []Flag, name string, v any) (any, error) {
	f := find(flags, name)
	if f == nil {
		return nil, unsupported(flags, name)
	}
	if v == nil && f.Required {
		return nil, flagError(name, "flag %q is required", name)
	}
	value, problem := f.check(v)
	if problem != "" {
		return nil, flagError(name, "invalid value %s for flag %q: %s", showValue(v), name, problem)
	}
	return value, nil
}

func find(flags []Flag, name string) *Flag {
	for i := range flags {
		if flags[i].Name == name {
			return &flags[i]
		}
	}
	return nil
}

const hintedFlags = 12

func unsupported(flags []Flag, name string) *FlagError {
	err := flagError(name, "unsupported flag %q", name)
	names := make([]string, len(flags))
	for i := range flags {
		names[i] = flags[i].Name
	}
	err.Hint = didYouMean(run.Nearest(name, names))
	switch {
	case err.Hint != "":
	case len(names) == 0:
		err.Hint = "the operation has no flags"
	case len(names) <= hintedFlags:
		err.Hint = "its flags are " + strings.Join(names, ", ")
	}
	return err
}

func flagError(name, format string, args ...any) *FlagError {
	return &FlagError{Flag: name, Problem: fmt.Sprintf(format, args...)}
}
