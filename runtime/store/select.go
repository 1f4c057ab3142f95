package store

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// Select returns the runs that specifications name, in the order given, each once: a number N is the Nth of Newest, from
// 1; "A:B" those from A to B, ":" all; anything else is an id or the beginning of exactly one. A number that is in range wins over an
// id. The errors are *NoMatchError and *AmbiguousError.
func (s *Store) Select(specs []string) ([]*Run, error) {
	sel := selection{store: s, have: map[run.ID]bool{}}
	for _, spec := range specs {
		if err := sel.add(spec); err != nil {
			return nil, err
		}
	}
	return sel.runs, nil
}

type selection struct {
	store *Store
	runs  []*Run
	have  map[run.ID]bool

	newest []*Run // as many as were asked for so far
	total  int
	loaded bool
}

func (sel *selection) add(spec string) error {
	if from, to, ok := parseSlice(spec); ok {
		return sel.slice(spec, from, to)
	}
	if n, err := strconv.Atoi(spec); err == nil && n > 0 {
		if err := sel.load(n); err != nil {
			return err
		}
		if n <= len(sel.newest) {
			sel.take(sel.newest[n-1])
			return nil
		}
	}
	if r, err := sel.store.Run(run.ID(spec)); err == nil {
		sel.take(r)
		return nil
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	return sel.prefix(spec)
}

func (sel *selection) slice(spec string, from, to int) error {
	if err := sel.load(to); err != nil {
		return err
	}
	end := min(to, len(sel.newest))
	if from > end && spec != ":" {
		return &NoMatchError{Spec: spec}
	}
	for i := max(from, 1); i <= end; i++ {
		sel.take(sel.newest[i-1])
	}
	return nil
}

func (sel *selection) prefix(spec string) error {
	if spec == "" {
		return &NoMatchError{Spec: spec}
	}
	t, err := sel.store.load()
	if err != nil {
		return err
	}
	switch ids := t.withPrefix(spec); len(ids) {
	case 0:
		return &NoMatchError{Spec: spec}
	case 1:
		r, err := sel.store.Run(ids[0])
		if err != nil {
			return &NoMatchError{Spec: spec}
		}
		sel.take(r)
		return nil
	default:
		return &AmbiguousError{Spec: spec, IDs: ids}
	}
}

// load makes the newest n runs known, as far as there are so many.
func (sel *selection) load(n int) error {
	if n == 0 || sel.loaded && min(n, sel.total) <= len(sel.newest) {
		return nil
	}
	runs, total, err := sel.store.Newest(n)
	if err != nil {
		return err
	}
	sel.newest, sel.total, sel.loaded = runs, total, true
	return nil
}

func (sel *selection) take(r *Run) {
	if !sel.have[r.ID] {
		sel.have[r.ID] = true
		sel.runs = append(sel.runs, r)
	}
}

// parseSlice reads A:B; a bound that is left out is the first or the last.
func parseSlice(spec string) (from, to int, ok bool) {
	a, b, ok := strings.Cut(spec, ":")
	if !ok || a != "" && !allDigits(a) || b != "" && !allDigits(b) {
		return 0, 0, false
	}
	return bound(a, 1), bound(b, noBound), true
}

const noBound = math.MaxInt32

func bound(s string, without int) int {
	if s == "" {
		return without
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > noBound {
		return noBound
	}
	return n
}
