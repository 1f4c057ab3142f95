package trials

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// refused are functions of Hydra that are not here, and why.
var refused = map[string]string{
	"glob":        "it chooses among config groups, which guild has not",
	"interval":    "uniform[LOW:HIGH] draws from an interval",
	"tag":         "it only marks values for an optimizer",
	"shuffle":     "trials have one order",
	"int":         "write the values as they are to be",
	"float":       "write the values as they are to be",
	"str":         "write the values in quotes",
	"bool":        "write the values as they are to be",
	"json_str":    "write the values in quotes",
	"extend_list": "write the whole list",
}

var errUnmatched = errors.New("its brackets or quotes do not match; text is written in quotes")

// hydra reads a text in the syntax of Hydra's sweeps. ok is false if it is one plain value.
func (r *reader) hydra(text string) (values []any, ok bool, err error) {
	if inner, quoted := unquoted(text); quoted && !strings.Contains(inner, text[:1]) {
		return nil, false, nil
	}
	parts, matched := split(text, ',', round)
	name, _, isCall := strings.Cut(text, "(")
	isCall = isCall && (slices.Contains([]string{"choice", "range", "sort"}, name) || refused[name] != "")
	switch {
	case !matched && (isCall || strings.Contains(text, ",")):
		return nil, false, errUnmatched
	case len(parts) > 1:
		values, err = r.choice(parts, 0)
	default:
		values, ok, err = r.call(text, 0)
		return values, ok, err
	}
	return values, err == nil, err
}

// call reads choice(…), range(…) or sort(…). ok is false for anything else.
func (r *reader) call(text string, depth int) (values []any, ok bool, err error) {
	name, body, ok := cutCall(text, round)
	if !ok {
		return nil, false, nil
	}
	if why := refused[name]; why != "" {
		return nil, false, fmt.Errorf("%s(…) is not supported: %s", name, why)
	}
	if depth == maxNesting {
		return nil, false, errNesting
	}
	args, _ := split(body, ',', round)
	if strings.TrimSpace(body) == "" {
		args = nil
	}
	switch name {
	case "choice":
		if len(args) == 0 {
			return nil, false, errors.New("want choice(A,B,…)")
		}
		values, err = r.choice(args, depth+1)
	case "range":
		values, err = r.halfOpen(args)
	case "sort":
		values, err = r.sort(args, depth+1)
	default:
		return nil, false, nil
	}
	return values, err == nil, err
}

// choice reads values one by one. A function among them is replaced by its values; a list is one value.
func (r *reader) choice(parts []string, depth int) ([]any, error) {
	values := []any{}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" {
			return nil, errEmptyPlace
		}
		more, ok, err := r.call(part, depth)
		if !ok && err == nil {
			more, err = r.elements(part, 0)
		}
		if err != nil {
			return nil, err
		}
		values = append(values, more...)
	}
	return values, nil
}

// halfOpen reads the arguments of range(stop), range(start,stop) or range(start,stop,step).
func (r *reader) halfOpen(args []string) ([]any, error) {
	const want = "want range(STOP), range(START,STOP) or range(START,STOP,STEP)"
	names := []string{"start", "stop", "step"}
	given := make([]*decimal, len(names))
	for i, arg := range args {
		at := i
		if len(args) == 1 {
			at = 1
		}
		if key, value, named := strings.Cut(arg, "="); named {
			at, arg = slices.Index(names, strings.TrimSpace(key)), value
		}
		if at < 0 || at >= len(names) || given[at] != nil {
			return nil, errors.New(want)
		}
		d, err := parseDecimal(arg)
		if err != nil {
			return nil, err
		}
		given[at] = &d
	}
	if given[1] == nil {
		return nil, errors.New(want)
	}
	start, step := decimal{n: new(big.Int), whole: true}, decimal{n: big.NewInt(1), whole: true}
	if given[0] != nil {
		start = *given[0]
	}
	if given[2] != nil {
		step = *given[2]
	}
	return r.span(start, *given[1], step, false)
}

// sort reads values and sorts them: numbers by size, texts by their letters.
func (r *reader) sort(args []string, depth int) ([]any, error) {
	reverse := false
	values := args[:0:0]
	for _, arg := range args {
		key, value, named := strings.Cut(strings.TrimSpace(arg), "=")
		if !named || strings.TrimSpace(key) != "reverse" {
			values = append(values, arg)
			continue
		}
		v, err := run.ParseValue(strings.TrimSpace(value))
		isTrue, isBool := v.(bool)
		if err != nil || !isBool {
			return nil, errors.New("want reverse=true or reverse=false")
		}
		reverse = isTrue
	}
	if len(values) == 0 {
		return nil, errors.New("want sort(A,B,…)")
	}
	list, err := r.choice(values, depth)
	if err != nil {
		return nil, err
	}
	kinds := map[bool]bool{}
	for _, v := range list {
		switch v.(type) {
		case int64, float64:
			kinds[false] = true
		case string:
			kinds[true] = true
		default:
			return nil, errSort
		}
	}
	if len(kinds) > 1 {
		return nil, errSort
	}
	slices.SortStableFunc(list, func(a, b any) int {
		if reverse {
			a, b = b, a
		}
		return compare(a, b)
	})
	return list, nil
}

var errSort = errors.New("sort(…) takes numbers or texts, and not both")

func compare(a, b any) int {
	if x, ok := a.(string); ok {
		return cmp.Compare(x, b.(string))
	}
	x, xWhole := a.(int64)
	y, yWhole := b.(int64)
	if xWhole && yWhole {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(asFloat(a), asFloat(b))
}

func asFloat(v any) float64 {
	if n, ok := v.(int64); ok {
		return float64(n)
	}
	return v.(float64)
}
