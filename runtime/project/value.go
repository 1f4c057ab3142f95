package project

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// typeAny is the family of a flag that has neither a type nor a default: it takes what run.ParseValue makes of it.
const typeAny = ""

// family is the flag's type; without one, the type that its default or its choices suggest. An int default takes
// any number, so that `epochs = 1` can be given 0.5.
func (f *Flag) family() string {
	if f.Type != "" {
		return f.Type
	}
	if f.Default != nil {
		return familyOf(f.Default)
	}
	family := typeAny
	for i, c := range f.Choices {
		switch of := familyOf(c); {
		case i == 0 || of == family:
			family = of
		case isNumeric(of) && isNumeric(family):
			family = TypeNumber
		default:
			return typeAny
		}
	}
	return family
}

func isNumeric(family string) bool { return family == TypeFloat || family == TypeNumber }

func familyOf(v any) string {
	switch v.(type) {
	case float64:
		return TypeFloat
	case int64:
		return TypeNumber
	case string:
		return TypeString
	case bool:
		return TypeBool
	case []any:
		return TypeList
	}
	return typeAny
}

// parse reads the text of a value as the flag's type does. The problem is "" if it fits.
func (f *Flag) parse(text string) (value any, problem string) {
	if err := checkText(text); err != nil {
		return nil, err.Error()
	}
	family := f.family()
	if family == TypeString || family == TypePath {
		return f.check(text)
	}
	v, err := run.ParseValue(text)
	if err != nil {
		// An integer too big for an int is still a float.
		if big, bigErr := strconv.ParseFloat(text, 64); bigErr == nil && (family == TypeFloat || family == TypeNumber) {
			return f.check(big)
		}
		return nil, err.Error()
	}
	switch n := v.(type) {
	case int64:
		if family == TypeBool && (n == 0 || n == 1) && len(text) == 1 {
			v = n == 1
		}
	case float64:
		if family == TypeInt { // typed as a float; 3.0 from a hook, whose language may know no ints, is another thing
			return nil, "want an int"
		}
	}
	return f.check(v)
}

// check coerces a value to the flag's type and holds it against range and choices.
func (f *Flag) check(v any) (value any, problem string) {
	if v == nil {
		return nil, ""
	}
	if value, problem = f.coerce(v); problem != "" {
		return nil, problem
	}
	if f.Min != nil || f.Max != nil {
		if problem := f.checkRange(value); problem != "" {
			return nil, problem
		}
	}
	if len(f.Choices) > 0 && !slices.ContainsFunc(f.Choices, func(c any) bool { return run.Equal(c, value) }) {
		return nil, "want one of " + choicesText(f.Choices)
	}
	return value, ""
}

// IsList reports whether the flag's value is a list, so that [1, 2] is one value.
func (f *Flag) IsList() bool { return f.family() == TypeList }

// IsText reports whether the flag's value is text, so that 1 and yes are.
func (f *Flag) IsText() bool { return f.family() == TypeString || f.family() == TypePath }

// checkRange refuses nan too: it is within no range.
func (f *Flag) checkRange(v any) (problem string) {
	if !isNumber(v) {
		return "want a number"
	}
	if f.Min != nil {
		if order, ok := compareNumbers(v, *f.Min); !ok || order < 0 {
			return "the minimum is " + boundText(*f.Min)
		}
	}
	if f.Max != nil {
		if order, ok := compareNumbers(v, *f.Max); !ok || order > 0 {
			return "the maximum is " + boundText(*f.Max)
		}
	}
	return ""
}

const noList = "want one value, not a list"

func (f *Flag) coerce(v any) (value any, problem string) {
	family := f.family()
	if _, isList := v.([]any); isList != (family == TypeList) {
		if isList {
			return nil, noList
		}
		return nil, "want a list, such as [1, 2]"
	}
	if s, ok := v.(string); ok {
		if err := checkText(s); err != nil {
			return nil, err.Error()
		}
	}
	switch family {
	case TypeInt:
		if n, ok := v.(float64); ok && n == math.Trunc(n) && n >= -(1<<63) && n < 1<<63 {
			return int64(n), ""
		}
		return want[int64](v, "want an int")
	case TypeFloat:
		if n, ok := v.(int64); ok {
			return float64(n), ""
		}
		return want[float64](v, "want a float")
	case TypeNumber:
		if isNumber(v) {
			return v, ""
		}
		return nil, "want a number"
	case TypeBool:
		return want[bool](v, "want yes or no")
	case TypeString:
		return want[string](v, "want a string")
	case TypePath:
		return absolute(v)
	}
	if _, isTable := v.(map[string]any); isTable {
		return nil, "a flag cannot hold a table"
	}
	return v, ""
}

func want[T any](v any, problem string) (any, string) {
	if _, ok := v.(T); ok {
		return v, ""
	}
	return nil, problem
}

// absolute makes a path independent of the directory in which the operation will run.
func absolute(v any) (any, string) {
	s, ok := v.(string)
	if !ok {
		return nil, "want a path"
	}
	if s == "" {
		return s, ""
	}
	path, err := filepath.Abs(s)
	if err != nil {
		return nil, err.Error()
	}
	return path, ""
}

func boundText(f float64) string { return strings.TrimSuffix(run.FormatFloat(f), ".0") }

func choicesText(choices []any) string {
	const most = 12
	var words []string
	for i, c := range choices {
		if i == most {
			words = append(words, "…")
			break
		}
		words = append(words, cut(run.FormatValue(c)))
	}
	return strings.Join(words, ", ")
}
