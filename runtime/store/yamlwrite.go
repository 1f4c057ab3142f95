package store

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/run"
)

// encodeYAML writes a value as PyYAML's safe_dump does in block style, but for the folding of long lines: sorted keys,
// lists at the indent of their key, ASCII only, quotes where the text would read as something else.
func encodeYAML(v any) ([]byte, error) {
	e := encoder{}
	if err := e.node(v, 0, -1); err != nil {
		return nil, err
	}
	if e.out[len(e.out)-1] != '\n' {
		e.out = append(e.out, '\n')
	}
	if len(e.out) > maxAttr {
		return nil, fmt.Errorf("%d bytes, the limit is %d", len(e.out), maxAttr)
	}
	return e.out, nil
}

type encoder struct {
	out []byte
	// compact: a collection begins on this line, after the dash of a list or the colon of a key in "? " form.
	compact bool
}

// node writes v after what stands on the line already ("key:", "-", or nothing at indent -1), with its line feed.
func (e *encoder) node(v any, depth, indent int) error {
	if depth > maxNesting {
		return fmt.Errorf("nested more than %d deep", maxNesting)
	}
	switch v := plainTypes(v).(type) {
	case []any:
		if len(v) == 0 {
			e.inline("[]", indent)
			return nil
		}
		return e.list(v, depth, indent)
	case map[string]any:
		if len(v) == 0 {
			e.inline("{}", indent)
			return nil
		}
		return e.mapping(v, depth, indent)
	default:
		text, err := scalarText(v, max(indent, 0)+2)
		if err != nil {
			return err
		}
		e.inline(text, indent)
		return nil
	}
}

func (e *encoder) inline(text string, indent int) {
	if indent >= 0 {
		e.out = append(e.out, ' ')
	}
	e.out = append(append(e.out, text...), '\n')
	e.compact = false
}

func (e *encoder) list(list []any, depth, indent int) error {
	own := max(indent, 0)
	if e.compact {
		own = indent + 2
	}
	for i, v := range list {
		e.begin(i, own)
		e.out = append(e.out, '-')
		e.compact = true
		if err := e.node(v, depth+1, own); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) mapping(m map[string]any, depth, indent int) error {
	own := indent + 2
	if indent < 0 {
		own = 0
	}
	for i, name := range slices.Sorted(maps.Keys(m)) {
		e.begin(i, own)
		key, err := scalarText(name, own+2)
		if err != nil {
			return err
		}
		if simpleKey(name) {
			e.out = append(append(e.out, key...), ':')
		} else {
			e.out = append(append(e.out, "? "+key+"\n"...), strings.Repeat(" ", own)+":"...)
			e.compact = true
		}
		if err := e.node(m[name], depth+1, own); err != nil {
			return err
		}
	}
	return nil
}

// begin starts element i of a collection: on the line that holds the collection, or on a line of its own.
func (e *encoder) begin(i, indent int) {
	switch {
	case i > 0:
		e.out = append(e.out, strings.Repeat(" ", indent)...)
	case e.compact:
		e.out = append(e.out, ' ')
	case len(e.out) > 0:
		e.out = append(append(e.out, '\n'), strings.Repeat(" ", indent)...)
	}
	e.compact = false
}

// simpleKey: longer keys, and those of several lines, are written with a question mark.
func simpleKey(s string) bool {
	return s != "" && utf8.RuneCountInString(s) < 128 && !strings.ContainsAny(s, "\n\u0085\u2028\u2029")
}

// plainTypes brings the types that callers have to those that YAML has.
func plainTypes(v any) any {
	switch v := v.(type) {
	case run.Flags:
		return map[string]any(v)
	case map[string]string:
		m := make(map[string]any, len(v))
		for name, text := range v {
			m[name] = text
		}
		return m
	case []string:
		return toAny(v)
	case []map[string]any:
		return toAny(v)
	case []int64:
		return toAny(v)
	case []float64:
		return toAny(v)
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case uint32:
		return int64(v)
	case run.ID:
		return string(v)
	case run.Status:
		return string(v)
	}
	return v
}

func toAny[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func scalarText(v any, indent int) (string, error) {
	switch v := v.(type) {
	case nil:
		return "null", nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return floatText(v), nil
	case string:
		if !utf8.ValidString(v) {
			return "", fmt.Errorf("%q is not UTF-8", v)
		}
		return quoteYAML(v, indent), nil
	}
	return "", fmt.Errorf("a value of type %T cannot be stored", v)
}

// floatText is Python's repr, with the point before the exponent that YAML 1.1 asks for.
func floatText(f float64) string {
	if math.IsNaN(f) {
		return ".nan"
	}
	if math.IsInf(f, 0) {
		return strings.Replace(run.FormatFloat(f), "inf", ".inf", 1)
	}
	s := run.FormatFloat(f)
	if !strings.Contains(s, ".") {
		s = strings.Replace(s, "e", ".0e", 1)
	}
	return s
}
