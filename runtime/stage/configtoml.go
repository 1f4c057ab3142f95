package stage

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/guild-run/guild/runtime/run"
)

func decodeTOML(data []byte) (map[string]any, error) {
	if err := shallow(data); err != nil {
		return nil, err
	}
	tables := map[string]any{}
	if err := toml.Unmarshal(data, &tables); err != nil {
		if parse := new(toml.ParseError); errors.As(err, parse) {
			return nil, fmt.Errorf("line %d: %s", parse.Position.Line, parse.Message)
		}
		return nil, err
	}
	return plainTOML(tables).(map[string]any), nil
}

// shallow refuses brackets nested deeper than any sane file has them, before the parser's stack does. It counts those in
// strings too.
func shallow(data []byte) error {
	depth := 0
	for _, b := range data {
		switch b {
		case '[', '{':
			if depth++; depth > maxConfigDepth {
				return fmt.Errorf("more than %d brackets are open at a time", maxConfigDepth)
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return nil
}

// plainTOML gives arrays of tables the type of other arrays.
func plainTOML(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plainTOML(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plainTOML(v[i])
		}
	case []map[string]any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainTOML(v[i])
		}
		return list
	}
	return v
}

// editTOML splices values into the text, so that all else keeps its form.
func editTOML(data []byte, edits []configEdit) ([]byte, error) {
	for _, e := range edits {
		t := scanTOML(data)
		switch item := t.find(e.path); {
		case item != nil && len(item.path) == len(e.path):
			if e.value == nil {
				data = t.drop(item)
			} else {
				data = splice(data, item.start, item.end, tomlValue(e.value))
			}
		case item != nil: // in an inline table, which is one value
			text, err := inlineWith(data[item.start:item.end], e.path[len(item.path):], e.value)
			if err != nil {
				return nil, err
			}
			data = splice(data, item.start, item.end, text)
		default:
			data = t.insert(e.path, tomlValue(e.value))
		}
	}
	return data, nil
}

// inlineWith rewrites an inline table with one key set or, if value is nil, removed.
func inlineWith(text []byte, path []string, value any) (string, error) {
	v, err := decodeTOML(append([]byte("v = "), text...))
	if err != nil {
		return "", err
	}
	table, ok := v["v"].(map[string]any)
	if !ok || !plain(table) {
		return "", fmt.Errorf("cannot set %s: the file is written in a way that guild cannot edit", strings.Join(path, "."))
	}
	at := table
	for _, name := range path[:len(path)-1] {
		next, ok := at[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[name] = next
		}
		at = next
	}
	if last := path[len(path)-1]; value == nil {
		delete(at, last)
	} else {
		at[last] = value
	}
	return tomlValue(table), nil
}

// tomlText knows where in a valid TOML text which value is.
type tomlText struct {
	data  []byte
	items []tomlItem
	heads []tomlHead // the first stands for the top of the file
}

type tomlItem struct {
	path       []string
	head       int
	line       int // where its line begins
	start, end int // of the value
}

type tomlHead struct {
	path  []string
	list  bool // [[path]], or a table in one
	start int  // of its line
	end   int  // after its line
}

// find returns the item that holds the value of path: the one of that path, or the inline table it is in.
func (t *tomlText) find(path []string) *tomlItem {
	for i := range t.items {
		item := &t.items[i]
		if t.heads[item.head].list || len(item.path) > len(path) || !slices.Equal(item.path, path[:len(item.path)]) {
			continue
		}
		if len(item.path) == len(path) || t.data[item.start] == '{' {
			return item
		}
	}
	return nil
}

// drop removes the lines of an item.
func (t *tomlText) drop(item *tomlItem) []byte {
	return splice(t.data, item.line, t.lineEnd(item.end), "")
}

// lineEnd is the beginning of the line after the one of i.
func (t *tomlText) lineEnd(i int) int {
	if n := bytes.IndexByte(t.data[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(t.data)
}

// insert adds a key after the last of its table, or its table to the end of the file.
func (t *tomlText) insert(path []string, value string) []byte {
	table := path[:len(path)-1]
	head := -1
	for i, h := range t.heads {
		if !h.list && slices.Equal(h.path, table) {
			head = i
		}
	}
	dotted := path[len(path)-1:]
	if head < 0 {
		// A table that exists as dotted keys only can be added to by dotted keys only.
		for _, item := range t.items {
			h := t.heads[item.head]
			if !h.list && len(item.path) > len(table) && len(h.path) < len(table) && slices.Equal(item.path[:len(table)], table) {
				head, dotted = item.head, path[len(h.path):]
			}
		}
	}
	line := tomlKey(dotted) + " = " + value + "\n"
	if head < 0 {
		gap := ""
		if len(bytes.TrimSpace(t.data)) > 0 {
			gap = "\n"
			if t.data[len(t.data)-1] != '\n' {
				gap = "\n\n"
			}
		}
		return splice(t.data, len(t.data), len(t.data), gap+"["+tomlKey(table)+"]\n"+line)
	}
	at := t.heads[head].end
	if head == 0 && len(t.heads) > 1 {
		at = t.aboveComments(t.heads[1].start)
	} else if head == 0 {
		at = len(t.data)
	}
	for _, item := range t.items {
		if item.head == head {
			at = t.lineEnd(item.end)
		}
	}
	if at > 0 && t.data[at-1] != '\n' {
		line = "\n" + line
	}
	if head == 0 && at < len(t.data) && t.data[at] != '\n' {
		line += "\n"
	}
	return splice(t.data, at, at, line)
}

// aboveComments goes up over the comment lines right above i.
func (t *tomlText) aboveComments(i int) int {
	for i > 0 {
		start := bytes.LastIndexByte(t.data[:i-1], '\n') + 1
		if line := bytes.TrimSpace(t.data[start:i]); len(line) == 0 || line[0] != '#' {
			break
		}
		i = start
	}
	return i
}

func tomlKey(path []string) string {
	parts := make([]string, len(path))
	for i, name := range path {
		parts[i] = name
		if name == "" || strings.Trim(name, bareKey) != "" {
			parts[i] = jsonString(name)
		}
	}
	return strings.Join(parts, ".")
}

const bareKey = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func tomlValue(v any) string {
	switch v := v.(type) {
	case string:
		return jsonString(v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = tomlValue(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, name := range run.Flags(v).Names() {
			parts = append(parts, tomlKey([]string{name})+" = "+tomlValue(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case float64:
		return run.FormatFloat(v)
	default:
		return fmt.Sprint(v) // bool, int64
	}
}
