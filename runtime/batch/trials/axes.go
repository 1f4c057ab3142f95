package trials

import (
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// Axes reads all that was typed for flags and parts the axes from the plain values. With multirun a later assignment of a
// name takes the place of the earlier one, as in Hydra. Without, two of a name are an error if one is an axis; plain ones
// are left to those who resolve them.
func Axes(assignments []run.Assignment, multirun bool, kinds Kinds) (axes []Axis, plain []run.Assignment, err error) {
	if multirun {
		assignments = latest(assignments)
	}
	isAxis, r := map[string]bool{}, &reader{left: 2 * MaxTrials}
	for _, a := range assignments {
		axis, ok, err := parseAxis(a, multirun, kinds)
		if err != nil {
			return nil, nil, err
		}
		if before, twice := isAxis[a.Name]; twice && (ok || before) {
			return nil, nil, fmt.Errorf("flag %q is given twice", a.Name)
		}
		isAxis[a.Name] = ok
		if !ok {
			plain = append(plain, bare(a, multirun, kinds))
			continue
		}
		if err := r.takeInt(len(axis.Values)); err != nil {
			return nil, nil, invalid(a.Name, a.Text, err)
		}
		axes = append(axes, axis)
	}
	return axes, plain, nil
}

// bare takes away the quotes that keep a text from being read as several values, where nobody else does: a flag of texts takes them as
// part of the text.
func bare(a run.Assignment, multirun bool, kinds Kinds) run.Assignment {
	inner, quoted := unquoted(a.Text)
	if !quoted || !slices.Contains(kinds.Texts, a.Name) {
		return a
	}
	if _, ok, err := ParseAxis(run.Assignment{Name: a.Name, Text: inner}, multirun); ok || err != nil {
		a.Text = inner
	}
	return a
}

// Kinds names the flags whose values are not what they look like.
type Kinds struct {
	Lists []string // take lists: [1,2] is one value, and [[1,2],[3]] are two
	Texts []string // take text: 1, 0.10 and yes are texts, as they are written
}

// latest keeps the last assignment of each name, in the place of the first.
func latest(assignments []run.Assignment) []run.Assignment {
	at := make(map[string]int, len(assignments))
	var list []run.Assignment
	for _, a := range assignments {
		if i, twice := at[a.Name]; twice {
			list[i] = a
			continue
		}
		at[a.Name] = len(list)
		list = append(list, a)
	}
	return list
}

// Hint returns advice for a plain value that Hydra would read as several, or "". Give it what was typed without multirun.
func Hint(a run.Assignment) string {
	if _, ok, err := ParseAxis(a, false); ok || err != nil {
		return ""
	}
	if _, ok, err := ParseAxis(a, true); !ok || err != nil {
		return ""
	}
	if parts, _ := split(a.Text, ',', round); len(parts) > 1 && !strings.ContainsAny(a.Text, "()") {
		return fmt.Sprintf("%s is one text; a trial for each value is %s, or -m", run.Quote(a.Name+"="+a.Text), run.Quote(a.Name+"=["+a.Text+"]"))
	}
	return fmt.Sprintf("%s is one text; with -m it is several values", run.Quote(a.Name+"="+a.Text))
}
