package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// standInsFile, under .guild of a batch, tells of trials for which another run stands than the one that was planned. It has a line for each;
// the last of a trial counts. They are written when it happens, by whoever it happens to: a batch that is killed, and a trial that is
// restarted by itself or on another machine, are no exceptions.
const standInsFile = "stand-ins.jsonl"

// standIn is one line of it.
type standIn struct {
	Trial run.ID `json:"trial"`
	Run   run.ID `json:"run"`
	Why   string `json:"why"`
}

// Reasons for a stand-in.
const (
	standsRestarted = "restarted" // the trial could not be restarted in place, and the run was made from its content
	standsNeeded    = "needed"    // the run was there, with the flags of the trial, which was not made
)

func (s standIn) write(batch *store.Run) error {
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return batch.AppendOnly(standInsFile, line)
}

func readStandIns(batch *store.Run) (map[run.ID]standIn, error) {
	data, err := readRegular(batch.Path(standInsFile), maxRecords)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[run.ID]standIn{}
	for line := range bytes.Lines(data) {
		var s standIn
		if json.Unmarshal(line, &s) == nil && s.Trial != "" { // else a crash cut it short
			all[s.Trial] = s
		}
	}
	return all, nil
}

// current is the run that a planned one has become by being restarted. One that was not wholly made does not count.
func current(id run.ID, all map[run.ID]standIn, place func(run.ID) *store.Run) run.ID {
	for range all {
		s, ok := all[id]
		if !ok || s.Why != standsRestarted {
			break
		}
		if from, _, err := place(s.Run).Attr(AttrRestartedFrom); err != nil || text(from) != string(id) {
			break
		}
		id = s.Run
	}
	return id
}

// replaces tells the batch of a trial that the session's run, which is about to be made from its content, stands for it. A batch that is
// locked or gone is told nothing, and neither of a run that is another experiment, or repeats one that went well.
func (s *session) replaces(old *store.Run, id run.ID) error {
	note := standIn{old.ID, id, standsRestarted}
	switch {
	case s.member == nil:
		return nil
	case s.batch != nil:
		return note.write(s.batch.s.run)
	}
	was, err := old.Flags()
	if err != nil || old.Status() == run.Completed || !was.Equal(s.plan.Flags) {
		return err
	}
	batch, err := s.r.Store.Run(s.member.batch.ID)
	if err != nil || lock.Locked(batch.Dir) {
		return nil
	}
	return errors.Join(note.write(batch), batch.Sync())
}

// StandIn is the run that was there and is taken for a trial; nil if there is none, or it is not what it was.
func (b *Batch) StandIn(t Trial) *store.Run {
	s, ok := b.stands[t.ID]
	if !ok || s.Why != standsNeeded {
		return nil
	}
	there, err := b.s.r.Store.Run(s.Run)
	if err != nil || !there.Status().Available() {
		return nil
	}
	return there
}

// Current is the run that a trial has become by being restarted, here or, as far as Refresh has seen, elsewhere.
func (b *Batch) Current(id run.ID) run.ID { return current(id, b.stands, b.s.r.Store.Place) }

// Refresh looks at what others have written since.
func (b *Batch) Refresh() (err error) {
	b.stands, err = readStandIns(b.s.run)
	return err
}

// readStandIns puts into the plan what trials have become.
func (b *Batch) readStandIns(r *Runner, batch *store.Run) (err error) {
	if b.stands, err = readStandIns(batch); err != nil {
		return err
	}
	b.moved = map[run.ID]run.ID{}
	for i, t := range b.spec.Trials {
		if now := current(t.ID, b.stands, r.Store.Place); now != t.ID {
			b.spec.Trials[i].ID, b.moved[now] = now, t.ID
		}
	}
	return nil
}

// stand notes which run a trial has led to, if that is not the planned one.
func (b *Batch) stand(r Result) error {
	switch {
	case r.Run == nil || r.Run.ID == r.Trial.ID:
		return nil
	case r.Skipped == standsNeeded:
		if b.stands[r.Trial.ID].Run == r.Run.ID {
			return nil
		}
		return standIn{r.Trial.ID, r.Run.ID, standsNeeded}.write(b.s.run)
	}
	b.spec.Trials[r.Index].ID, b.moved[r.Run.ID] = r.Run.ID, r.Trial.ID
	return nil
}

// savePlan writes the plan where trials have become other runs, and removes the links to those of before.
func (b *Batch) savePlan() error {
	if len(b.moved) == 0 {
		return nil
	}
	for _, was := range b.moved {
		if err := os.Remove(b.linkPath(was)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	clear(b.moved)
	return b.s.run.SetAttr(AttrTrials, trialsAttr(b.spec.Trials))
}
