package runner

import (
	"os"
	"path/filepath"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// doneStep is a step that has a run.
type doneStep struct {
	name string
	run  run.ID
	exit int // of the step: a batch is completed, and some of its trials may not be
}

// leftStep is what an earlier start of the pipeline has left of a step.
type leftStep struct {
	run  *store.Run // nil: nothing
	exit int
}

// stepsBefore are the runs that an earlier start of the pipeline has left, by step.
func (s *session) stepsBefore() (map[string]leftStep, error) {
	v, _, err := s.run.Attr(AttrSteps)
	if err != nil {
		return nil, err
	}
	before := map[string]leftStep{}
	for _, e := range anySlice(v) {
		m, _ := e.(map[string]any)
		if there, err := s.r.Store.Run(run.ID(text(m["run"]))); err == nil { // else it was deleted
			exit, _ := m["exit_status"].(int64)
			before[text(m["name"])] = leftStep{there, int(exit)}
		}
	}
	return before, nil
}

// made notes which run of which operation a step has made: of a batch it is the last trial that ended well, and of a pipeline what its
// steps made counts too.
func (r *Runner) made(id run.ID, earlier map[string]run.ID) {
	there, err := r.Store.Run(id)
	if err == nil && IsBatch(there) {
		there, err = r.lastTrial(there)
	}
	if err != nil || there == nil {
		return
	}
	v, _, _ := there.Attr(AttrSteps)
	for _, e := range anySlice(v) {
		m, _ := e.(map[string]any)
		r.made(run.ID(text(m["run"])), earlier)
	}
	if ref, err := there.OpRef(); err == nil {
		earlier[ref.Op] = there.ID
	}
}

// notReached are the steps from one on, as an earlier start has left them: whoever is interrupted before has not lost them.
func (s *session) notReached(from int, before map[string]leftStep) []doneStep {
	var list []doneStep
	for i := from; i < len(s.plan.Steps); i++ {
		name := stepName(s.plan.Steps, i)
		if left := before[name]; left.run != nil {
			list = append(list, doneStep{name, left.run.ID, left.exit})
		}
	}
	return list
}

func stepsAttr(done []doneStep) []any {
	list := make([]any, len(done))
	for i, d := range done {
		list[i] = map[string]any{"name": d.name, "run": string(d.run), "exit_status": d.exit}
	}
	return list
}

// linkStep shows the run of a step in the pipeline's directory, as Guild AI does.
func (s *session) linkStep(name string, id run.ID) error {
	link := filepath.Join(s.run.Dir, name)
	target := filepath.Join("..", string(id))
	if was, err := os.Readlink(link); err == nil {
		if was == target {
			return nil
		}
		if err := os.Remove(link); err != nil {
			return err
		}
	}
	return os.Symlink(target, link)
}
