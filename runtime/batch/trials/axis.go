package trials

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/run"
)

// Axis is one flag and the values that it takes over the trials.
type Axis struct {
	Name   string
	Values []any         // in order; empty if sampled or an empty range
	Sample *Distribution // of a random search, else nil
}

// Distribution is where a random search draws from.
type Distribution struct {
	Kind      string // Uniform or LogUniform
	Low, High float64
	Int       bool // whole numbers, both ends included: both were written without point and exponent
}

// Kinds of distributions.
const (
	Uniform    = "uniform"
	LogUniform = "loguniform"
)

// ParseAxis reads the text typed for a flag. ok is false if it is one plain value; then the flag is no axis. multirun adds
// Hydra's reading: 1,2,3, choice(a,b) and range(a,b,step) are several values, and [1,2] is one that is a list. The error
// names the flag.
func ParseAxis(a run.Assignment, multirun bool) (axis Axis, ok bool, err error) {
	return parseAxis(a, multirun, Kinds{})
}

func parseAxis(a run.Assignment, multirun bool, kinds Kinds) (axis Axis, ok bool, err error) {
	if len(a.Text) > run.MaxValueLen || !utf8.ValidString(a.Text) {
		return Axis{}, false, nil // the reader of plain values says what is wrong
	}
	r, listFlag := newReader(), slices.Contains(kinds.Lists, a.Name)
	r.text = slices.Contains(kinds.Texts, a.Name)
	values, sample, ok, err := r.guild(a.Text, multirun)
	if listFlag && errors.Is(err, errEmptyList) {
		return Axis{}, false, nil
	}
	if !ok && err == nil && multirun {
		values, ok, err = r.hydra(a.Text)
	}
	if err != nil {
		return Axis{}, false, invalid(a.Name, a.Text, err)
	}
	if ok && listFlag && sample == nil && !lists(values) {
		return Axis{}, false, nil
	}
	return Axis{Name: a.Name, Values: r.texts(values), Sample: sample}, ok, nil
}

// lists reports whether all values are lists.
func lists(values []any) bool {
	return !slices.ContainsFunc(values, func(v any) bool { _, ok := v.([]any); return !ok })
}

// AxisOf makes an axis of the values that guild.toml or a batch file has for a flag. They have their types; a text may still
// be a sequence, such as "range[1:3]", whose values take its place, or, if it is the only value, a distribution.
// "'range[1:3]'", in quotes of its own, is text. The error names the flag.
func AxisOf(name string, values []any) (Axis, error) { return axisOf(newReader(), name, values) }

func axisOf(r *reader, name string, values []any) (Axis, error) {
	axis := Axis{Name: name, Values: make([]any, 0, len(values))}
	for _, v := range values {
		inner, sample, err := r.embedded(v)
		if sample != nil && len(values) == 1 {
			return Axis{Name: name, Sample: sample}, nil
		}
		if sample != nil {
			err = errSampleInList
		}
		if err != nil {
			text, isText := v.(string)
			if !isText {
				text = run.FormatValue(v)
			}
			return Axis{}, invalid(name, text, err)
		}
		axis.Values = append(axis.Values, inner...)
	}
	return axis, nil
}

func invalid(name, text string, err error) error {
	return fmt.Errorf("invalid value %s for flag %q: %w", show(text), name, err)
}

const shownLen = 60

// show returns a text as it stands in an error.
func show(text string) string {
	if utf8.RuneCountInString(text) > shownLen {
		text = string([]rune(text)[:shownLen-1]) + "…"
	}
	return strconv.Quote(text)
}
