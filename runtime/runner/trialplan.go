package runner

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// MaxTrials bounds a batch.
const MaxTrials = 1_000_000

// trialsAttr is the attribute of a batch that lists its trials.
func trialsAttr(trials []Trial) []any {
	list := make([]any, len(trials))
	for i, t := range trials {
		m := map[string]any{"id": string(t.ID), "flags": map[string]any(t.Flags), "seed": t.Seed}
		if t.Replicate != 0 {
			m["replicate"] = t.Replicate
		}
		setText(m, "condition", t.Condition)
		list[i] = m
	}
	return list
}

func parseTrials(v any) ([]Trial, error) {
	list, ok := v.([]any)
	if !ok || len(list) > MaxTrials {
		return nil, fmt.Errorf("attribute %q is no list of trials", AttrTrials)
	}
	trials := make([]Trial, len(list))
	seen := map[run.ID]bool{}
	for i, e := range list {
		m, _ := e.(map[string]any)
		id, err := run.ParseID(text(m["id"]))
		if err != nil {
			return nil, fmt.Errorf("attribute %q: trial %d: %w", AttrTrials, i+1, err)
		}
		if seen[id] {
			return nil, fmt.Errorf("attribute %q: trial %d: run %s is in it twice", AttrTrials, i+1, id)
		}
		seen[id] = true
		flags, _ := m["flags"].(map[string]any)
		replicate, _ := m["replicate"].(int64)
		seed, _ := m["seed"].(int64)
		trials[i] = Trial{Index: i, ID: id, Flags: flags, Replicate: int(replicate), Condition: text(m["condition"]), Seed: seed}
	}
	return trials, nil
}

// lastTrial is the last trial of a batch that may be used, or nil.
func (r *Runner) lastTrial(batch *store.Run) (*store.Run, error) {
	ids, err := trialRuns(batch, r.Store.Place, true)
	for _, id := range slices.Backward(ids) {
		if there, err := r.Store.Run(id); err == nil && there.Status().Available() {
			return there, nil
		}
	}
	return nil, err
}

// maxSeed is the largest random seed, as Guild AI's.
const maxSeed = 1<<32 - 1

// replan reads a plan from a hook. A trial that is there already is known by its id, and what the hook does not say of it stays; a flag
// that the user typed one value for cannot be changed.
func (b *Batch) replan(text json.RawMessage) ([]Trial, error) {
	var list []json.RawMessage // taken apart one by one: all at once are ten times the text
	if err := json.Unmarshal(text, &list); err != nil || list == nil {
		return nil, fmt.Errorf("plan: want an array of trials")
	}
	if len(list) > MaxTrials {
		return nil, fmt.Errorf("plan: %d trials, the limit is %d", len(list), MaxTrials)
	}
	present := map[run.ID]Trial{}
	for _, t := range b.spec.Trials {
		present[t.ID] = t
	}
	trials := make([]Trial, len(list))
	for i, e := range list {
		t, err := b.retrial(e, present)
		if err != nil {
			return nil, fmt.Errorf("plan: trial %d: %w", i+1, err)
		}
		delete(present, t.ID) // a second of the same id is another trial
		t.Index = i
		trials[i] = t
	}
	return trials, nil
}

// trialKeys are what a hook may say of a trial. Those of the event document that only say what became of it are let pass.
var trialKeys = []string{"index", "id", "flags", "replicate", "condition", "random_seed", "status", "skipped", "exit_status", "error", "scalars", "started", "duration"}

func (b *Batch) retrial(text json.RawMessage, present map[run.ID]Trial) (Trial, error) {
	v, err := run.FromJSON(text)
	if err != nil {
		return Trial{}, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return Trial{}, fmt.Errorf("want an object")
	}
	for name := range m {
		if !slices.Contains(trialKeys, name) {
			return Trial{}, fmt.Errorf("unknown key %q", name)
		}
	}
	id, _ := m["id"].(string)
	t, old := present[run.ID(id)]
	if !old {
		t = Trial{ID: run.NewID(), Seed: b.seedOf(0), Flags: maps.Clone(b.spec.Base)}
	}
	if v, ok := m["replicate"]; ok {
		n, isInt := v.(int64)
		if !isInt || n < 0 || n > MaxTrials {
			return t, fmt.Errorf("replicate: want a whole number from 0")
		}
		if t.Replicate = int(n); !old {
			t.Seed = b.seedOf(t.Replicate)
		}
	}
	if v, ok := m["condition"]; ok {
		t.Condition, _ = v.(string)
	}
	if v, ok := m["random_seed"]; ok {
		n, isInt := v.(int64)
		if !isInt || n < 0 || n > maxSeed {
			return t, fmt.Errorf("random_seed: want a whole number from 0 to %d", int64(maxSeed))
		}
		t.Seed = n
	}
	if v, ok := m["flags"]; ok {
		flags, isTable := v.(map[string]any)
		if !isTable {
			return t, fmt.Errorf("flags: want an object")
		}
		if err := b.setFlags(&t, flags); err != nil {
			return t, err
		}
	}
	if old {
		return t, nil
	}
	return t, b.required(t)
}

// required finds a flag that a new trial must have a value for and has none.
func (b *Batch) required(t Trial) error {
	for _, f := range b.target.Declared {
		if f.Required && t.Flags[f.Name] == nil {
			_, err := project.CheckFlag(b.target.Declared, f.Name, nil)
			return err
		}
	}
	return nil
}

func (b *Batch) setFlags(t *Trial, flags run.Flags) error {
	changed := maps.Clone(t.Flags)
	for _, name := range flags.Names() {
		was, there := t.Flags[name]
		if !there {
			return fmt.Errorf("operation %s has no flag %q", b.target.Op, name)
		}
		if run.Equal(was, flags[name]) {
			continue
		}
		if slices.Contains(b.target.Typed, name) && !b.varies(name) {
			return fmt.Errorf("flag %q was given by the user", name)
		}
		v, err := project.CheckFlag(b.target.Declared, name, flags[name])
		if err != nil {
			return err
		}
		changed[name] = v
	}
	t.Flags = changed
	return nil
}

// varies reports whether the user asked for several values of a flag.
func (b *Batch) varies(name string) bool { return slices.Contains(b.spec.Several, name) }

// seedStride is the step from the random seed of one replicate to that of the next, as Crystallize has it. All conditions of a replicate
// have the same seed, so that they can be compared in pairs.
const seedStride = 31337

func (b *Batch) seedOf(replicate int) int64 { return SeedOf(b.spec.Seed, replicate) }

// SeedOf is the random seed of a replicate of a batch: (seed + replicate·31337) mod 2^32.
func SeedOf(seed int64, replicate int) int64 {
	return int64(uint32(uint64(seed) + uint64(replicate)*seedStride))
}
