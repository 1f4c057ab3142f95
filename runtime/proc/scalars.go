package proc

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// Limits on what output can make of itself: names come from it.
const (
	maxScalars   = 1024 // names
	maxScalarLen = 256  // bytes of a name
)

// stepKey is the name whose value is not a scalar but the step of those that follow.
const stepKey = "step"

// Scalar sums up the values of one name. NaN counts and can be Last, but is Min or Max only while nothing else was.
type Scalar struct {
	Last, Min, Max float64
	Count          int
	Step           int64 // of Last
}

// Scalars finds scalars in lines of output. Its methods may be called from several goroutines.
//
// A scalar has the step that the output gave last. Until it gives one, steps are counted: from 0, and on by one
// when a name comes again.
type Scalars struct {
	mu      sync.Mutex
	rules   []ScalarRule
	events  *eventFile // nil when none is wanted
	entries map[string]*scalarEntry
	found   []scalarValue // in the present line

	step  int64 // given, or counted so far
	given bool
	round int // of counting; a name seen in it begins the next one
}

type scalarEntry struct {
	Scalar
	name    string
	ignored bool
	round   int
}

type scalarValue struct {
	entry *scalarEntry
	value float64
}

// NewScalars returns a Scalars with no rules but those given.
func NewScalars(rules []ScalarRule) *Scalars {
	return &Scalars{rules: slices.Clone(rules), entries: map[string]*scalarEntry{}}
}

// Ignore leaves out scalars of these names. They count for the steps nevertheless.
func (s *Scalars) Ignore(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if e := s.entry(name); e != nil {
			e.ignored = true
		}
	}
}

// Summary returns what was found so far, by name.
func (s *Scalars) Summary() map[string]Scalar {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := map[string]Scalar{}
	for name, e := range s.entries {
		if e.Count > 0 {
			sum[name] = e.Scalar
		}
	}
	return sum
}

// Line looks for scalars in a line without its newline, and reports whether there were any. A line of more than
// MaxLine bytes has none.
func (s *Scalars) Line(line []byte) (changed bool) {
	if len(line) > MaxLine {
		return false
	}
	line = cleanLine(line)
	if len(line) == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = s.found[:0]
	for i := range s.rules {
		s.rules[i].match(line, s.set)
	}
	if len(s.found) == 0 {
		return false
	}
	s.countStep()
	slices.SortFunc(s.found, func(a, b scalarValue) int { return cmp.Compare(a.entry.name, b.entry.name) })
	for _, f := range s.found {
		if !f.entry.ignored {
			f.entry.add(f.value, s.step)
			s.events.add(f.entry.name, f.value, s.step)
			changed = true
		}
	}
	return changed
}

// set takes a value of the present line; a later one of the same name replaces it.
func (s *Scalars) set(name []byte, value float64) {
	if string(name) == stepKey {
		// The comparison is false for NaN; 1<<63 is the first that does not fit.
		if math.Abs(value) < 1<<63 {
			s.step, s.given = int64(value), true
		}
		return
	}
	e := s.entries[string(name)]
	if e == nil {
		if e = s.entry(string(name)); e == nil {
			return
		}
	}
	for i := range s.found {
		if s.found[i].entry == e {
			s.found[i].value = value
			return
		}
	}
	s.found = append(s.found, scalarValue{e, value})
}

// entry returns the entry of a name, or nil if the name is too long or there are too many.
func (s *Scalars) entry(name string) *scalarEntry {
	e := s.entries[name]
	if e == nil && len(name) <= maxScalarLen && len(s.entries) < maxScalars {
		e = &scalarEntry{name: name, round: -1}
		s.entries[name] = e
	}
	return e
}

// countStep sets the step for the names of the present line, if the output gives none.
func (s *Scalars) countStep() {
	if s.given {
		return
	}
	if slices.ContainsFunc(s.found, func(f scalarValue) bool { return f.entry.round == s.round }) {
		s.step++
		s.round++
	}
	for _, f := range s.found {
		f.entry.round = s.round
	}
}

func (e *scalarEntry) add(v float64, step int64) {
	if e.Count == 0 || math.IsNaN(e.Min) {
		e.Min, e.Max = v, v
	}
	if !math.IsNaN(v) {
		e.Min, e.Max = min(e.Min, v), max(e.Max, v)
	}
	e.Last, e.Step = v, step
	e.Count++
}
