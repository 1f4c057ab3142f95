package trials

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// forms are the functions of Guild AI, and how each is written.
var forms = map[string]string{
	"range":    "range[START:END] or range[START:END:STEP]",
	"linspace": "linspace[START:END] or linspace[START:END:N]",
	"logspace": "logspace[START:END], logspace[START:END:N] or logspace[START:END:N:BASE]",
	Uniform:    "uniform[LOW:HIGH]",
	LogUniform: "loguniform[LOW:HIGH]",
}

var formNames = []string{"range", "linspace", "logspace", Uniform, LogUniform}

// guild reads a text in the syntax of Guild AI. ok is false if it is one plain value, which a list is too if oneList.
func (r *reader) guild(text string, oneList bool) (values []any, sample *Distribution, ok bool, err error) {
	values, sample, ok, err = r.function(text)
	if ok || err != nil {
		return values, sample, ok, err
	}
	if body, times, ok := repetition(text); ok {
		values, err := r.list(body, 0)
		if err == nil {
			values, err = r.repeat(values, times)
		}
		return values, nil, true, err
	}
	if name, body, ok := cutCall(text, square); ok && name == "" && !oneList {
		values, err := r.list(body, 0)
		return values, nil, true, err
	}
	return nil, nil, false, nil
}

// function reads range[…] and the like, and [a:b]. ok is false for anything else.
func (r *reader) function(text string) (values []any, sample *Distribution, ok bool, err error) {
	name, body, ok := cutCall(text, square)
	if !ok || !strings.Contains(body, ":") {
		if _, known := forms[name]; ok && known {
			return nil, nil, false, fmt.Errorf("want %s", forms[name])
		}
		return nil, nil, false, nil
	}
	parts := strings.Split(body, ":")
	switch name {
	case "":
		if n, numbers := parseDecimals(parts); numbers == nil {
			if len(n) > 2 {
				return nil, nil, false, errors.New("want [LOW:HIGH], from which values are drawn, or range[START:END:STEP]")
			}
			sample, err = distribution(Uniform, n)
			return nil, sample, err == nil, err
		}
		return nil, nil, false, nil
	case "range", "linspace", "logspace":
		values, err = r.sequence(name, parts)
	case Uniform, LogUniform:
		var n []decimal
		if n, err = parseDecimals(parts); err == nil {
			sample, err = distribution(name, n)
		}
	default:
		return nil, nil, false, notAFunction(name)
	}
	return values, sample, err == nil, err
}

// notAFunction refuses what looks like a mistyped function. Other text is text.
func notAFunction(name string) error {
	meant := run.Nearest(name, formNames)
	if name == "geomspace" {
		meant = "logspace"
	}
	if meant == "" {
		return nil
	}
	return fmt.Errorf("unknown function %q (did you mean %q? text is written in quotes)", name, meant)
}

func (r *reader) sequence(name string, parts []string) ([]any, error) {
	most := map[string]int{"range": 3, "linspace": 3, "logspace": 4}[name]
	if len(parts) > most {
		return nil, fmt.Errorf("want %s", forms[name])
	}
	n, err := parseDecimals(parts)
	if err != nil {
		return nil, err
	}
	if name == "range" {
		step := decimal{n: big.NewInt(1), whole: true}
		if len(n) == 3 {
			step = n[2]
		}
		return r.span(n[0], n[1], step, true)
	}
	count := 5
	if len(n) > 2 {
		if !n[2].whole || n[2].n.Sign() < 0 {
			return nil, fmt.Errorf("%s is not a number of values", show(strings.TrimSpace(parts[2])))
		}
		if err := r.take(n[2].n); err != nil {
			return nil, err
		}
		count = int(n[2].n.Int64())
	}
	if name == "linspace" {
		return linspace(n[0], n[1], count)
	}
	base := decimal{n: big.NewInt(10), whole: true}
	if len(n) == 4 {
		base = n[3]
	}
	return logspace(n[0], n[1], count, base)
}

// list reads the body of a list. A function in it is replaced by its values; a list in it is one value.
func (r *reader) list(body string, depth int) ([]any, error) {
	if depth == maxNesting {
		return nil, errNesting
	}
	parts, _ := split(body, ',', square) // matched, or it would not be a body
	if depth == 0 && strings.TrimSpace(body) == "" {
		return nil, errEmptyList
	}
	values := []any{}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" && strings.TrimSpace(body) != "" {
			return nil, errEmptyPlace
		}
		if part == "" {
			break
		}
		more, err := r.elements(part, depth)
		if err != nil {
			return nil, err
		}
		values = append(values, more...)
	}
	return values, nil
}

func (r *reader) elements(part string, depth int) ([]any, error) {
	values, sample, ok, err := r.function(part)
	if sample != nil {
		return nil, errSampleInList
	}
	if ok || err != nil {
		return values, err
	}
	body, times, isList := repetition(part)
	if !isList {
		var name string
		name, body, isList = cutCall(part, square)
		isList, times = isList && name == "", 1
	}
	if !isList {
		if err := r.takeInt(1); err != nil {
			return nil, err
		}
		v, err := run.ParseValue(part)
		return []any{v}, err
	}
	inner, err := r.list(body, depth+1)
	if err == nil {
		inner, err = r.repeat(inner, times)
	}
	if err == nil && size(inner) > maxListValue {
		err = fmt.Errorf("a value that is a list has more than %d elements", maxListValue)
	}
	return []any{inner}, err
}

// maxListValue bounds the elements of one value that is a list, those of lists in it included.
const maxListValue = 10_000

func size(v any) int {
	list, ok := v.([]any)
	if !ok {
		return 1
	}
	n := 1
	for _, e := range list {
		n += size(e)
	}
	return n
}

// repetition cuts "[…]*3".
func repetition(text string) (body string, times int, ok bool) {
	star := strings.LastIndexByte(text, '*')
	if star < 0 {
		return "", 0, false
	}
	name, body, ok := cutCall(strings.TrimSpace(text[:star]), square)
	digits := strings.TrimSpace(text[star+1:])
	if !ok || name != "" || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", 0, false
	}
	times, err := strconv.Atoi(digits)
	if errors.Is(err, strconv.ErrRange) {
		times = MaxTrials + 1 // too many, unless there is nothing to repeat
	}
	return body, times, true
}

func (r *reader) repeat(values []any, times int) ([]any, error) {
	n := new(big.Int).Mul(big.NewInt(int64(size(values)-1)), big.NewInt(int64(times)))
	if err := r.take(n); err != nil {
		return nil, err
	}
	return slices.Repeat(values, times), nil
}

// embedded reads one of several values that have their types: the values of a function, or the value itself.
func (r *reader) embedded(v any) (values []any, sample *Distribution, err error) {
	if text, isText := v.(string); isText {
		values, sample, ok, err := r.function(text)
		if ok || err != nil {
			return values, sample, err
		}
		if inner, quoted := unquoted(text); quoted && isFunction(inner) {
			v = inner
		}
	}
	return []any{v}, nil, r.takeInt(1)
}

// isFunction reports whether a text is read as a function, be it one with a mistake.
func isFunction(text string) bool {
	none := &reader{}
	_, _, ok, err := none.function(text)
	return ok || err != nil
}
