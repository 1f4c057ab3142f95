package runner

import (
	"errors"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Result is what became of a trial.
type Result struct {
	Trial
	Run     *store.Run // that stands for it; nil if there is none
	Status  run.Status // "" if it was not run
	Skipped string     // why it was not run: "needed", "denied" or "stopped"
	Error   string
	Refused *Refused // by a hook; else nil
}

// document describes a trial and what became of it.
func (r Result) document() abi.TrialDoc {
	seed := r.Seed
	doc := abi.TrialDoc{
		Index: r.Index, ID: string(r.ID), Flags: r.Flags.JSON(), Replicate: r.Replicate, Condition: r.Condition, RandomSeed: &seed,
		Status: string(r.Status), Skipped: r.Skipped, Error: r.Error,
	}
	if r.Run == nil {
		return doc
	}
	doc.ID = string(r.Run.ID)
	if flags, err := r.Run.Flags(); err == nil && len(flags) > 0 { // hooks may have set some that were planned otherwise
		doc.Flags = flags.JSON()
	}
	doc.Scalars = Scalars(r.Run)
	if v, _, err := r.Run.Attr(AttrExitStatus); err == nil {
		if code, ok := v.(int64); ok {
			exit := int(code)
			doc.ExitStatus = &exit
		}
	}
	started, stopped := timeAttr(r.Run, AttrStarted), timeAttr(r.Run, AttrStopped)
	if !started.IsZero() && !stopped.IsZero() {
		seconds := stopped.Sub(started).Seconds()
		doc.Started, doc.Duration = stamp(started), &seconds
	}
	return doc
}

// Scalars reads the scalars that a run left.
func Scalars(r *store.Run) map[string]abi.ScalarDoc {
	v, _, err := r.Attr(AttrScalars)
	m, _ := v.(map[string]any)
	if err != nil || len(m) == 0 {
		return nil
	}
	number := func(v any) abi.Float {
		switch v := v.(type) {
		case int64:
			return abi.Float(v)
		case float64:
			return abi.Float(v)
		}
		return 0
	}
	scalars := map[string]abi.ScalarDoc{}
	for name, e := range m {
		s, _ := e.(map[string]any)
		count, _ := s["count"].(int64)
		step, _ := s["step"].(int64)
		scalars[name] = abi.ScalarDoc{Last: number(s["last"]), Min: number(s["min"]), Max: number(s["max"]), Count: int(count), Step: step}
	}
	return scalars
}

func timeAttr(r *store.Run, name string) time.Time {
	v, _, err := r.Attr(name)
	micros, ok := v.(int64)
	if err != nil || !ok {
		return time.Time{}
	}
	return time.UnixMicro(micros)
}

// Abandon records the end of a trial whose guild is gone: it ran on another machine, and whoever looks after that machine says it has
// ended. exit is the exit status, or 0 if nobody knows: then it is an error.
func (b *Batch) Abandon(target *store.Run, exit int, reason string) error {
	err := target.SetAttr(AttrStopReason, reason)
	if exit != 0 {
		err = errors.Join(err, target.SetAttr(AttrExitStatus, exit))
	}
	return errors.Join(err, target.SetAttr(AttrStopped, micros(b.s.now())), target.ClearLock(), target.Sync(), b.s.r.Store.Record(target))
}
