package runner

import (
	"errors"
	"path/filepath"

	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// partsOf are the runs that a run is made of, as a lock names them: the steps of a pipeline, or the trials of a batch, that have come to an
// end, each with the digest of its lock. place says where runs are.
func partsOf(target *store.Run, place func(run.ID) *store.Run) ([]lock.Upstream, error) {
	ids, err := stepRuns(target)
	if err == nil && IsBatch(target) {
		ids, err = trialRuns(target, place, true)
	}
	if err != nil {
		return nil, err
	}
	var list []lock.Upstream
	seen := map[run.ID]bool{}
	for _, id := range ids {
		part := place(id)
		if _, ended, err := part.Attr(AttrExitStatus); err != nil || !ended || seen[id] {
			continue
		}
		seen[id] = true
		entry := lock.Upstream{Run: id}
		if root, err := run.ParseDigest(lockDigest(part.Dir)); err == nil {
			entry.Root = root
		}
		list = append(list, entry)
	}
	return list, nil
}

// beside is where the runs are that are in the same store.
func beside(r *store.Run) func(run.ID) *store.Run {
	return func(id run.ID) *store.Run {
		return &store.Run{ID: id, Dir: filepath.Join(filepath.Dir(r.Dir), string(id))}
	}
}

func stepRuns(pipeline *store.Run) ([]run.ID, error) {
	v, _, err := pipeline.Attr(AttrSteps)
	var ids []run.ID
	for _, e := range anySlice(v) {
		m, _ := e.(map[string]any)
		if id, err := run.ParseID(text(m["run"])); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// trialRuns are the runs of the trials of a batch, in their order; those that were not run, or are deleted, are not there. With others a run
// that was taken for a trial is that trial's.
func trialRuns(batch *store.Run, place func(run.ID) *store.Run, others bool) ([]run.ID, error) {
	v, ok, err := batch.Attr(AttrTrials)
	if err == nil && !ok {
		err = errors.New("it is no batch")
	}
	if err != nil {
		return nil, err
	}
	trials, err := parseTrials(v)
	if err != nil {
		return nil, err
	}
	stands, err := readStandIns(batch)
	if err != nil {
		return nil, err
	}
	ids := make([]run.ID, len(trials))
	for i, t := range trials {
		ids[i] = current(t.ID, stands, place)
		s, ok := stands[ids[i]]
		if !ok || s.Why != standsNeeded || !others {
			continue
		}
		if _, err := place(ids[i]).OpRef(); err != nil { // it was not made
			ids[i] = s.Run
		}
	}
	return ids, nil
}
