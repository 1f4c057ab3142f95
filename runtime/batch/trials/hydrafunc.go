package trials

import (
	"cmp"
	"errors"
	"math/big"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

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
