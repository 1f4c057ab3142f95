package project

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// Holds evaluates the condition. lookup returns the value at a path, written as event_get takes it, and whether there
// is one. The operands of && and || that do not matter any more are not evaluated.
func (c *Condition) Holds(lookup func(path string) (any, bool)) (bool, error) {
	e := evaluation{lookup: lookup}
	return e.truth(c.root)
}

type evaluation struct {
	lookup func(path string) (any, bool)
}

func (e *evaluation) truth(t *term) (bool, error) {
	v, err := e.value(t)
	if err != nil {
		return false, err
	}
	switch v := v.(type) {
	case bool:
		return v, nil
	case nil:
		return false, nil
	}
	return false, t.fail("%s is neither true nor false", t.show(v))
}

func (t *term) fail(format string, args ...any) error {
	return &ConditionError{Col: t.col, Problem: fmt.Sprintf(format, args...)}
}

// show names a value in an error: by its path if it has one.
func (t *term) show(v any) string {
	if t.op == opPath {
		return t.path + " = " + showValue(v)
	}
	return showValue(v)
}

func (e *evaluation) value(t *term) (any, error) {
	switch t.op {
	case opValue:
		return t.value, nil
	case opPath:
		v, _ := e.lookup(t.path)
		plain, ok := plainValue(v)
		if !ok {
			return nil, t.fail("%s is of a kind that conditions do not know", t.path)
		}
		return plain, nil
	case opList:
		list := make([]any, len(t.args))
		for i, arg := range t.args {
			v, err := e.value(arg)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case opNot:
		v, err := e.truth(t.args[0])
		return !v, err
	case opAnd, opOr:
		for _, arg := range t.args {
			v, err := e.truth(arg)
			if err != nil || v == (t.op == opOr) {
				return v, err
			}
		}
		return t.op == opAnd, nil
	}
	left, err := e.value(t.args[0])
	if err != nil {
		return nil, err
	}
	right, err := e.value(t.args[1])
	if err != nil {
		return nil, err
	}
	return t.compare(left, right)
}

func (t *term) compare(left, right any) (any, error) {
	switch t.op {
	case opEqual:
		return run.Equal(left, right), nil
	case opNotEqual:
		return !run.Equal(left, right), nil
	case opIn:
		return t.in(left, right)
	}
	if left == nil || right == nil {
		return false, nil
	}
	var order int
	ok := true
	if a, isText := left.(string); isText {
		b, alsoText := right.(string)
		if !alsoText {
			return nil, t.incomparable(left, right)
		}
		order = strings.Compare(a, b)
	} else {
		if !isNumber(left) || !isNumber(right) {
			return nil, t.incomparable(left, right)
		}
		order, ok = compareNumbers(left, right)
	}
	switch t.op {
	case opLess:
		ok = ok && order < 0
	case opLessEqual:
		ok = ok && order <= 0
	case opGreater:
		ok = ok && order > 0
	case opGreaterEqual:
		ok = ok && order >= 0
	}
	return ok, nil
}

func (t *term) incomparable(left, right any) error {
	return t.fail("cannot compare %s with %s", t.args[0].show(left), t.args[1].show(right))
}

func (t *term) in(left, right any) (any, error) {
	switch right := right.(type) {
	case nil:
		return false, nil
	case []any:
		for _, e := range right {
			if run.Equal(left, e) {
				return true, nil
			}
		}
		return false, nil
	}
	return nil, t.fail(`"in" wants a list, not %s`, t.args[1].show(right))
}

// plainValue brings what a lookup returns to the values of flags.
func plainValue(v any) (any, bool) {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, []any, map[string]any:
		return v, true
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case run.Flags:
		return map[string]any(v), true
	case run.Status:
		return string(v), true
	case run.ID:
		return string(v), true
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list, true
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return i, true
		}
		f, err := v.Float64()
		return f, err == nil
	}
	return nil, false
}
