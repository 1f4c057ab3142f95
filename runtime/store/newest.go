package store

import (
	"slices"

	"github.com/guild-run/guild/runtime/run"
)

// maxRounds bounds how often a listing starts again because runs changed under it.
const maxRounds = 4

// Newest returns the n runs that started last (those that did not start count from when they were made), newest first, and how many
// runs there are. n <= 0 is all.
func (s *Store) Newest(n int) (runs []*Run, total int, err error) {
	t, err := s.load()
	if err != nil {
		return nil, 0, err
	}
	defer s.settle(t)
	t.refresh(t.loose, s.grown)
	top := t.newest(n)
	for range maxRounds {
		// All that is shown is looked at; with all of a large store that would be a scan.
		if !t.refresh(top[:min(len(top), maxRechecked)], s.reordered) {
			break
		}
		top = t.newest(n)
	}
	runs = make([]*Run, len(top))
	for i, off := range top {
		runs[i] = t.run(off)
	}
	return runs, len(t.live), nil
}

// rekeyChecked is how many of the newest runs are checked for what was written since they were indexed, by hand or by another tool:
// flags, and the start of those that match.
const rekeyChecked = 32

// Matching returns the runs whose operation and flags hash to key (canon.RunKey), newest first. Each was read for it. A run that
// cannot be read matches nothing.
func (s *Store) Matching(key run.Digest) ([]*Run, error) {
	var runs []*Run
	err := s.EachMatching(key, func(r *Run) (bool, error) {
		runs = append(runs, r)
		return true, nil
	})
	return runs, err
}

// EachMatching calls do with the runs of Matching, each as soon as it was read, until do wants no more or fails.
func (s *Store) EachMatching(key run.Digest, do func(*Run) (more bool, err error)) error {
	t, err := s.load()
	if err != nil {
		return err
	}
	defer s.settle(t)
	t.refresh(t.loose, s.grown)
	t.refresh(t.newest(rekeyChecked), s.rekeyed)
	var hits []int32
	for _, off := range t.live {
		if [16]byte(t.at(off).key()) == [16]byte(key[:16]) {
			hits = append(hits, off)
		}
	}
	slices.SortFunc(hits, t.compare)
	if t.refresh(hits[:min(len(hits), rekeyChecked)], s.reordered) {
		slices.SortFunc(hits, t.compare)
	}
	for _, off := range hits {
		r := t.run(off)
		if got, err := r.key(); err != nil || got != key || !isRun(r.Dir) {
			continue
		}
		if more, err := do(r); err != nil || !more {
			return err
		}
	}
	return nil
}
