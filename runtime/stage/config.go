package stage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/guild-run/guild/runtime/run"
)

// Bounds of a config file: bytes, brackets in brackets, and YAML nodes after aliases are expanded.
const (
	maxConfig      = 4 << 20
	maxConfigDepth = 500
	maxConfigNodes = 1 << 20
)

// configFormat reads and edits one kind of config file.
type configFormat struct {
	name  string
	nulls bool // whether it has null
	// decode returns the file's tables as map[string]any, its lists as []any; an empty file is an empty map.
	decode func(data []byte) (map[string]any, error)
	// edit sets the keys (paths of names) and keeps everything else as it is.
	edit func(data []byte, edits []configEdit) ([]byte, error)
}

// configEdit is one flag on its way into a file: no value, null, where the format has none removes the key.
type configEdit struct {
	flag  string
	path  []string
	value any
}

var configFormats = map[string]configFormat{
	".toml": {"TOML", false, decodeTOML, editTOML},
	".json": {"JSON", true, decodeJSON, editJSON},
	".yaml": {"YAML", true, decodeYAML, editYAML},
	".yml":  {"YAML", true, decodeYAML, editYAML},
}

func formatOf(file string) (configFormat, error) {
	format, ok := configFormats[strings.ToLower(path.Ext(file))]
	if !ok {
		return configFormat{}, fmt.Errorf("config file %q: want .toml, .json, .yaml or .yml", file)
	}
	return format, nil
}

// WriteConfig sets flags in a staged config file: TOML, JSON or YAML by its extension. A name with dots is a key in nested
// tables, unless the file has a key of the whole name. Everything else in the file is kept: order, comments, spelling.
// A key that has the flag's value already is not touched. The file is made if absent. The change is one that Restore
// takes back.
func WriteConfig(stageDir, path string, flags run.Flags) error {
	format, err := formatOf(path)
	if err != nil {
		return err
	}
	if err := checkPath("write", path); err != nil {
		return fmt.Errorf("config file: %w", err)
	}
	s, err := Open(stageDir)
	if err != nil {
		return err
	}
	defer s.Close()
	old, err := s.readAll(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("config file %q: %w", path, bare(err))
	}
	absent := err != nil
	data, err := format.set(old, flags)
	if err != nil {
		return fmt.Errorf("config file %q: %w", path, err)
	}
	if !absent && slices.Equal(data, old) {
		return nil
	}
	tx := s.Begin(TxOptions{KeepPristine: true})
	defer tx.Discard()
	if err := tx.put("write", path, data, false); err != nil {
		return fmt.Errorf("config file: %w", err)
	}
	if _, err := tx.Commit(); err != nil {
		return fmt.Errorf("config file %q: %w", path, err)
	}
	return nil
}

// ReadConfig returns the scalars of a config file as flags, those in nested tables under dotted names. Lists are left
// out; dates are text. A path that is a link is followed within dir.
func ReadConfig(dir, path string) (run.Flags, error) {
	format, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	if err := checkPath("read", path); err != nil {
		return nil, fmt.Errorf("config file: %w", err)
	}
	s, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	data, err := s.readAll(path)
	if err != nil {
		return nil, fmt.Errorf("config file %q: %w", path, bare(err))
	}
	tables, err := format.decode(data)
	if err != nil {
		return nil, fmt.Errorf("config file %q: %w", path, err)
	}
	flags := run.Flags{}
	flatten(flags, "", tables)
	return flags, nil
}

func (s *Stage) readAll(path string) ([]byte, error) {
	f, info, _, err := s.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > maxConfig {
		return nil, fmt.Errorf("it has %d bytes, the limit is %d", info.Size(), maxConfig)
	}
	return io.ReadAll(io.LimitReader(f, maxConfig))
}

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
