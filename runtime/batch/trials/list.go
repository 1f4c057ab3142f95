package trials

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

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
		v, err := r.value(part)
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
