package trials

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"

	"github.com/guild-run/guild/runtime/run"
)

// grid is all combinations, unlisted.
type grid struct {
	blocks  []block
	total   uint64 // of all blocks; what is sampled counts as one value
	sampled bool
}

// block is the combinations of one row: the product of its axes.
type block struct {
	fixed run.Flags
	axes  []Axis
	count uint64
}

// combination is what makes one trial of a condition: the fixed flags of a block, and a value for each of its axes.
type combination struct {
	*block
	values []any
}

// grid lays out the blocks.
func (s *Spec) grid() (*grid, error) {
	axes := s.axes()
	rows := s.Rows
	if len(rows) == 0 {
		rows = []run.Flags{nil}
	}
	if len(rows) > MaxTrials {
		return nil, fmt.Errorf("the batch files have %d trials, the limit is %d", len(rows), MaxTrials)
	}
	g, r := &grid{blocks: make([]block, len(rows))}, &reader{left: 2 * MaxTrials}
	for i, row := range rows {
		b, err := s.block(r, row, axes)
		if err != nil {
			return nil, fmt.Errorf("trial %d of the batch files: %w", i+1, err)
		}
		var over uint64
		if g.total, over = bits.Add64(g.total, b.count, 0); over > 0 || g.total > math.MaxInt64 {
			return nil, fmt.Errorf("the batch has over %d trials, the limit is %d", uint64(math.MaxInt64), MaxTrials)
		}
		for _, axis := range b.axes {
			g.sampled = g.sampled || axis.Sample != nil
		}
		g.blocks[i] = b
	}
	return g, nil
}

// axes are those that count: the last of each name, in the place of the first, and none that was typed plain.
func (s *Spec) axes() []Axis {
	var axes []Axis
	at := map[string]int{}
	for _, axis := range s.Axes {
		if _, typed := s.Typed[axis.Name]; typed {
			continue
		}
		if i, twice := at[axis.Name]; twice {
			axes[i] = axis
			continue
		}
		at[axis.Name] = len(axes)
		axes = append(axes, axis)
	}
	return axes
}

// block lays out one row.
func (s *Spec) block(r *reader, row run.Flags, axes []Axis) (block, error) {
	b := block{fixed: run.Flags{}}
	for _, name := range row.Names() {
		_, typed := s.Typed[name]
		if typed || slices.ContainsFunc(axes, func(a Axis) bool { return a.Name == name }) {
			continue
		}
		axis, plain, err := rowAxis(r, name, row[name])
		if err != nil {
			return block{}, err
		}
		if plain {
			b.fixed[name] = axis.Values[0]
		} else {
			b.axes = append(b.axes, axis)
		}
	}
	maps.Copy(b.fixed, s.Typed)
	if len(b.axes) == 0 {
		b.axes = axes // shared: there may be many rows
	} else {
		b.axes = append(b.axes, axes...)
	}
	b.count = product(b.axes)
	return b, nil
}

// rowAxis reads a value of a row. plain: it is one value, and no list.
func rowAxis(r *reader, name string, value any) (axis Axis, plain bool, err error) {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	if axis, err = axisOf(r, name, list); err != nil {
		return Axis{}, false, err
	}
	return axis, !isList && axis.Sample == nil && len(axis.Values) == 1, nil
}

// product returns how many combinations the axes have, counting what is sampled once; no more than 2^64 - 1.
func product(axes []Axis) uint64 {
	count := uint64(1)
	for _, axis := range axes {
		if axis.Sample == nil && len(axis.Values) == 0 {
			return 0
		}
		high, low := bits.Mul64(count, uint64(max(1, len(axis.Values))))
		if count = low; high > 0 {
			count = math.MaxUint64
		}
	}
	return count
}

// at returns the combination of that number. The last axis varies fastest.
func (b *block) at(number uint64) combination {
	values := make([]any, len(b.axes))
	for i, axis := range slices.Backward(b.axes) {
		n := uint64(len(axis.Values))
		values[i] = axis.Values[number%n]
		number /= n
	}
	return combination{b, values}
}

// apply sets the flags of the combination.
func (c combination) apply(flags run.Flags) {
	maps.Copy(flags, c.fixed)
	for i, axis := range c.axes {
		flags[axis.Name] = c.values[i]
	}
}

// list returns the combinations with these numbers, which are in order.
func (g *grid) list(numbers []uint64) []combination {
	list := make([]combination, 0, len(numbers))
	before, i := uint64(0), 0
	for _, number := range numbers {
		for number-before >= g.blocks[i].count {
			before += g.blocks[i].count
			i++
		}
		list = append(list, g.blocks[i].at(number-before))
	}
	return list
}

// width returns the most flags that a combination sets.
func (g *grid) width() int {
	most := 0
	for _, b := range g.blocks {
		most = max(most, len(b.fixed)+len(b.axes))
	}
	return most
}

func widest(conditions []Condition) int {
	most := 0
	for _, c := range conditions {
		most = max(most, len(c.Flags))
	}
	return most
}
