package run

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Flags are the resolved values of an operation's flags, by name.
type Flags map[string]any

// Names returns the names in order.
func (f Flags) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Equal reports whether both have the same names with equal values.
func (f Flags) Equal(g Flags) bool {
	return maps.EqualFunc(f, g, func(a, b any) bool { return Equal(a, b) })
}

// Label is the default label of a run: every flag that is not null, NAME=VALUE, in order of names. Ids of runs are short in it.
func (f Flags) Label() string {
	var parts []string
	for _, name := range f.Names() {
		if f[name] != nil {
			parts = append(parts, name+"="+labelValue(f[name]))
		}
	}
	return strings.Join(parts, " ")
}

const labelTextLen = 40

// runID is an id as NewID makes them.
var runID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func labelValue(v any) string {
	s := FormatValue(v)
	if runID.MatchString(s) {
		return ID(s).Short()
	}
	if utf8.RuneCountInString(s) > labelTextLen {
		return string([]rune(s)[:labelTextLen-1]) + "…"
	}
	return s
}

// Canonical returns one JSON text for all flags that are Equal: sorted names, no spaces, a float with an
// integral value that fits 64 bits written as that integer. NaN and infinities are strings with a leading NUL,
// which no flag can have.
func (f Flags) Canonical() []byte { return appendCanonical(nil, map[string]any(f)) }

func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		if i := int64(v); equalIntFloat(i, v) {
			return strconv.AppendInt(b, i, 10)
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(b, `"\u0000`+FormatFloat(v)+`"`...)
		}
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case string:
		return appendJSONString(b, v)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, e)
		}
		return append(b, ']')
	case Flags:
		return appendCanonical(b, map[string]any(v))
	case map[string]any:
		b = append(b, '{')
		for i, name := range Flags(v).Names() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, name)
			b = append(b, ':')
			b = appendCanonical(b, v[name])
		}
		return append(b, '}')
	default:
		panic(fmt.Sprintf("run: flag value of type %T", v))
	}
}

func appendJSONString(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return append(b, text...)
}

// Assignment is NAME=VALUE as the user typed it.
type Assignment struct {
	Name string
	Text string
}

// ParseAssignment splits NAME=VALUE.
func ParseAssignment(arg string) (Assignment, error) {
	name, text, ok := strings.Cut(arg, "=")
	if !ok {
		return Assignment{}, fmt.Errorf("%q is not a flag assignment", arg)
	}
	if name == "" {
		return Assignment{}, fmt.Errorf("%q has no flag name", arg)
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable) || strings.ContainsAny(name, " \t") {
		return Assignment{}, fmt.Errorf("%q is not a flag name", name)
	}
	return Assignment{Name: name, Text: text}, nil
}

// JSON returns the flags with every value in a form that encoding/json writes without losing its type:
// floats keep their point. NaN and infinities, which JSON has not, become the text YAML has for them.
func (f Flags) JSON() map[string]any { return jsonValue(map[string]any(f)).(map[string]any) }

func jsonValue(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strings.Replace("."+FormatFloat(v), ".-", "-.", 1)
		}
		return json.Number(FormatFloat(v))
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = jsonValue(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[name] = jsonValue(e)
		}
		return out
	default:
		return v
	}
}

// FromJSON decodes one JSON value into a flag value: integers to int64, other numbers to float64.
func FromJSON(data []byte) (any, error) {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return fixNumbers(v)
}

func fixNumbers(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return i, nil
		}
		f, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("number %s is out of range", v)
		}
		return f, nil
	case []any:
		for i := range v {
			fixed, err := fixNumbers(v[i])
			if err != nil {
				return nil, err
			}
			v[i] = fixed
		}
	case map[string]any:
		for name := range v {
			fixed, err := fixNumbers(v[name])
			if err != nil {
				return nil, err
			}
			v[name] = fixed
		}
	}
	return v, nil
}
