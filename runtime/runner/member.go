package runner

import (
	"fmt"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// AttrTrial says of a trial which batch it is in, and as what. It makes a trial that is started on its own, later or on another machine, the
// same to hooks as one that its batch starts.
const AttrTrial = "trial"

// member is what a run is in a batch.
type member struct {
	batch      *store.Run // its Dir need not be there any more
	index      int
	count      int
	replicate  int
	replicates int
	condition  string
}

func (m *member) attr() map[string]any {
	attr := map[string]any{
		"batch": string(m.batch.ID), "index": m.index, "count": m.count, "replicate": m.replicate, "replicates": m.replicates,
	}
	setText(attr, "condition", m.condition)
	return attr
}

// memberOf reads what a run is in a batch; nil if it is in none. Batches are in the store of their trials.
func (r *Runner) memberOf(target *store.Run) (*member, error) {
	v, ok, err := target.Attr(AttrTrial)
	if err != nil || !ok {
		return nil, err
	}
	attr, _ := v.(map[string]any)
	id, err := run.ParseID(text(attr["batch"]))
	if err != nil {
		return nil, fmt.Errorf("run %s: attribute %q: %w", target.ID, AttrTrial, err)
	}
	number := func(name string) int { n, _ := attr[name].(int64); return int(n) }
	return &member{
		batch: r.Store.Place(id), index: number("index"), count: number("count"), replicate: number("replicate"), replicates: number("replicates"),
		condition: text(attr["condition"]),
	}, nil
}

func (m *member) document() *abi.BatchDoc {
	return &abi.BatchDoc{
		ID: string(m.batch.ID), Dir: m.batch.Dir, Index: &m.index, Count: m.count, Replicate: &m.replicate, Replicates: m.replicates,
		Condition: m.condition,
	}
}

// batchRun is the run that keeps the state of the batch this run is in, or is; nil if there is none.
func (s *session) batchRun() *store.Run {
	switch {
	case s.member != nil:
		if batch, err := s.r.Store.Run(s.member.batch.ID); err == nil { // else it was deleted
			return batch
		}
	case s.batch != nil:
		return s.batch.s.run
	}
	return nil
}

// batchDocument is the event document's part on the batch.
func (s *session) batchDocument(event abi.Event) *abi.BatchDoc {
	switch {
	case s.member != nil:
		return s.member.document()
	case s.batch != nil:
		return s.batch.document(event)
	}
	return nil
}
