package stage

import (
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/guild-run/guild/runtime/run"
)

// flatten goes through names in order, so that of a nested and a dotted name that are the same, always one wins.
func flatten(flags run.Flags, prefix string, tables map[string]any) {
	for _, name := range run.Flags(tables).Names() {
		if name == "" || name[0] == 0 {
			continue // no flag is called so
		}
		switch v := tables[name].(type) {
		case map[string]any:
			flatten(flags, prefix+name+".", v)
		default:
			if scalar, ok := scalarOf(v); ok {
				flags[prefix+name] = scalar
			}
		}
	}
}

func scalarOf(v any) (any, bool) {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v, true
	case time.Time:
		return v.Format(time.RFC3339Nano), true
	}
	return nil, false
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	default:
		return v
	}
}

// sameValue reports whether a key needs no change: equal, and of the same type but for 1 and 1.0.
func sameValue(now, value any) bool {
	if t, ok := now.(time.Time); ok {
		s, ok := value.(string)
		return ok && s == t.Format(time.RFC3339Nano)
	}
	if !plain(now) {
		return false
	}
	return run.Equal(now, value)
}

// plain reports whether v is made of the types a flag can have.
func plain(v any) bool {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return true
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !plain(e) })
	case map[string]any:
		for _, e := range v {
			if !plain(e) {
				return false
			}
		}
		return true
	}
	return false
}

func equalConfig(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			if w, ok := b[k]; !ok || !equalConfig(v, w) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalConfig)
	case float64:
		if i, ok := b.(int64); ok { // 1e+20 may come back as an integer where a format has but one kind of number
			return a == float64(i)
		}
		b, ok := b.(float64)
		return ok && (a == b || math.IsNaN(a) && math.IsNaN(b))
	case int64:
		if f, ok := b.(float64); ok {
			return f == float64(a)
		}
		return a == b
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	default:
		return reflect.DeepEqual(a, b)
	}
}
