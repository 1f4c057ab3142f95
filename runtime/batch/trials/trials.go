package trials

import (
	"maps"

	"github.com/guild-run/guild/runtime/run"
)

// MaxTrials bounds the trials of a batch, the values of an axis and the rows of a batch file.
const MaxTrials = 1_000_000

// maxFlags bounds the flags of all trials together, and so the memory of a plan: about a gigabyte.
const maxFlags = 20 * MaxTrials

// defaultDraws is how often values are drawn where something is sampled and nobody said how often.
const defaultDraws = 20

// Condition is a named set of flags that all trials are run with.
type Condition struct {
	Name  string
	Flags run.Flags
}

// Spec is everything that decides the trials. Where several of its parts have a flag, Base loses to a row, a row to an axis,
// and all of them to Typed. A flag of a condition must be in none but Base.
type Spec struct {
	Base       run.Flags   // flags that every trial has, resolved, with defaults
	Typed      run.Flags   // flags typed with one plain value; an axis of the same name is dropped
	Axes       []Axis      // in the order typed; a later one of the same name takes the place of the earlier
	Rows       []run.Flags // of batch files; a list in a row is an axis
	Conditions []Condition
	Replicates int   // 0 and 1: one
	Most       int   // the most trials there may be; 0: all, or 20 draws where something is sampled
	Seed       int64 // of all that is random
}

// Trial is one member of a batch.
type Trial struct {
	Index     int       // from 0, the place in the list
	Flags     run.Flags // the trial's own map; lists in it may be shared and are not to be changed
	Replicate int       // from 0; the same for all conditions of one replicate
	Condition string    // the name, or ""
}

// Trials makes the list: for each replicate, for each condition, every combination. The combinations are the rows in
// their order, and for each the product of the lists in it, in the order of names, and of the axes, in their order; the first
// varies slowest. Where something is sampled, combinations are drawn instead. A list that would be longer than MaxTrials is an
// error, before memory is used.
func (s Spec) Trials() ([]Trial, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	g, err := s.grid()
	if err != nil {
		return nil, err
	}
	conditions, replicates := s.Conditions, max(1, s.Replicates)
	if len(conditions) == 0 {
		conditions = []Condition{{}}
	}
	combinations, err := s.combinations(g, len(conditions)*replicates)
	if err != nil {
		return nil, err
	}
	list := make([]Trial, 0, len(combinations)*len(conditions)*replicates)
	for replicate := range replicates {
		for _, condition := range conditions {
			for _, c := range combinations {
				flags := make(run.Flags, len(s.Base)+len(c.values))
				maps.Copy(flags, s.Base)
				maps.Copy(flags, condition.Flags)
				c.apply(flags)
				list = append(list, Trial{Index: len(list), Flags: flags, Replicate: replicate, Condition: condition.Name})
			}
		}
	}
	return list, nil
}
