package stage

import (
	"fmt"
	"math"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// set edits data so that it has the flags.
func (format configFormat) set(data []byte, flags run.Flags) ([]byte, error) {
	tables, err := format.decode(data)
	if err != nil {
		return nil, err
	}
	var edits []configEdit
	for _, name := range flags.Names() {
		value := flags[name]
		if err := format.check(name, value); err != nil {
			return nil, err
		}
		path, now, found := lookup(tables, name)
		if found && sameValue(now, value) || !found && value == nil && !format.nulls {
			continue
		}
		edits = append(edits, configEdit{name, path, value})
	}
	if len(edits) == 0 {
		return data, nil
	}
	want, err := expected(tables, edits, format.nulls)
	if err != nil {
		return nil, err
	}
	edited, err := format.edit(data, edits)
	if err != nil {
		return nil, err
	}
	// An editor that spoils a file it did not understand must not go unseen.
	got, err := format.decode(edited)
	if err != nil {
		return nil, fmt.Errorf("cannot set %s: %w", edits[0].flag, err)
	}
	if !equalConfig(got, want) {
		return nil, fmt.Errorf("cannot set %s: the file is written in a way that guild cannot edit", edits[0].flag)
	}
	return edited, nil
}

func (format configFormat) check(name string, value any) error {
	switch v := value.(type) {
	case nil, bool, int64, string:
		return nil
	case float64:
		if format.name == "JSON" && (math.IsNaN(v) || math.IsInf(v, 0)) {
			return fmt.Errorf("flag %q is %s, which JSON has not", name, run.FormatFloat(v))
		}
		return nil
	case []any:
		for _, e := range v {
			if e == nil && !format.nulls {
				return fmt.Errorf("flag %q has a null, which %s has not", name, format.name)
			}
			if err := format.check(name, e); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for _, key := range run.Flags(v).Names() {
			if v[key] == nil && !format.nulls {
				return fmt.Errorf("flag %q has a null, which %s has not", name, format.name)
			}
			if err := format.check(name, v[key]); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("flag %q has a value of type %T", name, value)
	}
}

// lookup finds where the file has, or would have, the key of a flag.
func lookup(tables map[string]any, name string) (path []string, value any, found bool) {
	for {
		if v, ok := tables[name]; ok {
			return append(path, name), v, true
		}
		// Of the keys that begin the name, the longest that is a table.
		var next map[string]any
		cut := -1
		for i := len(name) - 1; i > 0; i-- {
			if name[i] != '.' {
				continue
			}
			if v, ok := tables[name[:i]]; ok {
				next, _ = v.(map[string]any)
				cut = i
				break
			}
		}
		if cut < 0 || next == nil {
			return append(path, strings.Split(name, ".")...), nil, false
		}
		path, tables, name = append(path, name[:cut]), next, name[cut+1:]
	}
}

// expected is what the file must say after the edits.
func expected(tables map[string]any, edits []configEdit, nulls bool) (map[string]any, error) {
	want := clone(tables).(map[string]any)
	for _, e := range edits {
		at := want
		for i, name := range e.path[:len(e.path)-1] {
			if name == "" {
				return nil, fmt.Errorf("flag %q has an empty name between its dots", e.flag)
			}
			switch v := at[name].(type) {
			case map[string]any:
				at = v
			case nil:
				if _, null := at[name]; null && nulls {
					return nil, fmt.Errorf("flag %q: %q is no table in the file", e.flag, strings.Join(e.path[:i+1], "."))
				}
				next := map[string]any{}
				at[name] = next
				at = next
			default:
				return nil, fmt.Errorf("flag %q: %q is no table in the file", e.flag, strings.Join(e.path[:i+1], "."))
			}
		}
		last := e.path[len(e.path)-1]
		if last == "" {
			return nil, fmt.Errorf("flag %q has an empty name after its last dot", e.flag)
		}
		if e.value == nil && !nulls {
			delete(at, last)
		} else {
			at[last] = clone(e.value)
		}
	}
	return want, nil
}
