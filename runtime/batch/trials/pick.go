package trials

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/guild-run/guild/runtime/run"
)

// combinations returns those that each condition of each replicate is run with; each is how many trials one makes.
func (s *Spec) combinations(g *grid, each int) ([]combination, error) {
	count := g.total
	if g.sampled && count > 0 {
		count = defaultDraws
	}
	if s.Most > 0 {
		most := uint64(s.Most / each)
		if most == 0 {
			return nil, fmt.Errorf("at most %d trials are too few: every combination makes %d, one for each condition and replicate", s.Most, each)
		}
		if count > 0 && (g.sampled || most < count) {
			count = most
		}
	}
	if over, trials := bits.Mul64(count, uint64(each)); over > 0 || trials > MaxTrials {
		return nil, s.tooManyTrials(over, trials)
	}
	width := g.width() + len(s.Base) + widest(s.Conditions)
	if all := int(count) * each * width; all > maxFlags {
		return nil, fmt.Errorf("%d trials of %d flags each are too many: the limit is %d flags in all", int(count)*each, width, maxFlags)
	}
	switch {
	case g.sampled:
		return g.draw(s.Seed, int(count)), nil
	case count < g.total:
		return g.list(pick(newStream(s.Seed, gridStream), g.total, count)), nil
	}
	numbers := make([]uint64, count)
	for i := range numbers {
		numbers[i] = uint64(i)
	}
	return g.list(numbers), nil
}

func (s *Spec) tooManyTrials(over, trials uint64) error {
	n := fmt.Sprint(trials)
	if over > 0 {
		n = "over 18446744073709551615"
	}
	advice := ""
	if s.Most == 0 {
		advice = "; --trials N takes N of them"
	}
	return fmt.Errorf("the batch has %s trials, the limit is %d%s", n, MaxTrials, advice)
}

// check refuses what no batch can have.
func (s *Spec) check() error {
	switch {
	case s.Replicates < 0 || s.Replicates > MaxTrials:
		return fmt.Errorf("%d is not a number of replicates: want 1 to %d", s.Replicates, MaxTrials)
	case s.Most < 0 || s.Most > MaxTrials:
		return fmt.Errorf("%d is not a number of trials: want 1 to %d", s.Most, MaxTrials)
	case len(s.Conditions) > MaxTrials:
		return errors.New("there are too many conditions")
	}
	names := map[string]bool{}
	for _, c := range s.Conditions {
		if names[c.Name] {
			return fmt.Errorf("condition %q is given twice", c.Name)
		}
		names[c.Name] = true
		if err := s.conflict(c); err != nil {
			return err
		}
	}
	return nil
}

// conflict finds a flag that a condition sets and something else too, which would leave the condition without a meaning.
func (s *Spec) conflict(c Condition) error {
	for _, name := range c.Flags.Names() {
		var other string
		switch {
		case has(s.Typed, name):
			other = "typed"
		case slices.ContainsFunc(s.Axes, func(a Axis) bool { return a.Name == name }):
			other = "given several values"
		case slices.ContainsFunc(s.Rows, func(row run.Flags) bool { return has(row, name) }):
			other = "in a batch file"
		default:
			continue
		}
		return fmt.Errorf("flag %q is %s, and condition %q sets it too", name, other, c.Name)
	}
	return nil
}

func has(flags run.Flags, name string) bool {
	_, ok := flags[name]
	return ok
}

// Names of streams that are no axis: no flag has a NUL in its name.
const (
	gridStream = "\x00grid"
	rowStream  = "\x00row"
)

// pick returns count different numbers below total, in order; each choice is as likely. (Floyd's method.)
func pick(s stream, total, count uint64) []uint64 {
	chosen := make(map[uint64]bool, count)
	numbers := make([]uint64, 0, count)
	for top := total - count; top < total; top++ {
		n := s.below(top + 1)
		if chosen[n] {
			n = top
		}
		chosen[n] = true
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

// draw returns combinations at random: of the rows, of the values of each list, and from each distribution. Every axis has
// a stream of its own, so that one more does not change what is drawn for the others.
func (g *grid) draw(seed int64, count int) []combination {
	var blocks []*block
	for i := range g.blocks {
		if g.blocks[i].count > 0 {
			blocks = append(blocks, &g.blocks[i])
		}
	}
	rows, streams := newStream(seed, rowStream), map[string]stream{}
	list := make([]combination, count)
	for i := range list {
		b := blocks[rows.below(uint64(len(blocks)))]
		list[i] = combination{b, make([]any, len(b.axes))}
		for j, axis := range b.axes {
			s, ok := streams[axis.Name]
			if !ok {
				s = newStream(seed, axis.Name)
				streams[axis.Name] = s
			}
			if axis.Sample != nil {
				list[i].values[j] = axis.Sample.draw(s)
			} else {
				list[i].values[j] = axis.Values[s.below(uint64(len(axis.Values)))]
			}
		}
	}
	return list
}
