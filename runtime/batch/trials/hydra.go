package trials

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
