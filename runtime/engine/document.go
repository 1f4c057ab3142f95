package engine

import (
	"errors"
	"strconv"
	"strings"
)

// Paths that are remembered per document; a guest that asks for more pays for each.
const (
	maxKnownPaths = 512
	maxKnownBytes = 1 << 20
)

var (
	errPath   = errors.New("malformed path")
	errAbsent = errors.New("absent")
)

// document answers questions about one JSON value by dotted path. It parses the text when it is first asked, and
// remembers answers, so that a guest may ask twice (for the size, then for the value) at little cost.
type document struct {
	text   []byte
	parsed bool
	root   any
	known  map[string][]byte
	bytes  int
	// The last path that became known, and its answer: it is mostly asked for again at once.
	lastPath string
	last     []byte
	// kept has answers of earlier events. They save the host work, and the guest nothing: what an event costs must not depend
	// on those before it.
	kept      map[string][]byte
	keptBytes int
}

// reset makes d answer for another text.
func (d *document) reset(text []byte) {
	clear(d.known)
	*d = document{text: text, known: d.known}
}

// next forgets what was asked for, as another event begins, but not what the text says.
func (d *document) next() {
	if d.kept == nil {
		d.kept = map[string][]byte{}
	}
	for path, text := range d.known {
		if _, ok := d.kept[path]; !ok && len(d.kept) < maxKnownPaths && d.keptBytes+len(path)+len(text) <= maxKnownBytes {
			d.kept[path] = text
			d.keptBytes += len(path) + len(text)
		}
	}
	d.forget()
}

func (d *document) forget() {
	clear(d.known)
	d.bytes, d.lastPath, d.last = 0, "", nil
}

// again returns the value at a path that was asked for before in this event.
func (d *document) again(path []byte) (value []byte, ok bool) {
	if d.last != nil && string(path) == d.lastPath {
		return d.last, true
	}
	value, ok = d.known[string(path)]
	return value, ok
}

// get returns the value at a path as compact JSON with sorted keys; it is not to be changed. Errors are errPath,
// errAbsent, and what is wrong with the text.
func (d *document) get(path []byte) ([]byte, error) {
	if v, ok := d.again(path); ok {
		return v, nil
	}
	if text, ok := d.kept[string(path)]; ok {
		d.remember(path, text)
		return text, nil
	}
	if err := d.parse(); err != nil {
		return nil, err
	}
	keys, err := splitPath(string(path))
	if err != nil {
		return nil, err
	}
	v, ok := lookup(d.root, keys)
	if !ok {
		return nil, errAbsent
	}
	text, err := canonicalJSON(v)
	if err != nil {
		return nil, err
	}
	d.remember(path, text)
	return text, nil
}

func (d *document) remember(path, text []byte) {
	if len(d.known) >= maxKnownPaths || d.bytes+len(path)+len(text) > maxKnownBytes {
		return
	}
	if d.known == nil {
		d.known = map[string][]byte{}
	}
	d.lastPath, d.last = string(path), text
	d.known[d.lastPath] = text
	d.bytes += len(path) + len(text)
}

// set replaces the value below the root at keys, making objects on the way. What cannot be placed is left out.
func (d *document) set(value []byte, keys ...string) {
	if d.parse() != nil {
		return
	}
	v, err := parseJSON(value)
	if err != nil {
		return
	}
	at, ok := d.root.(map[string]any)
	for ; ok && len(keys) > 1; keys = keys[1:] {
		if at[keys[0]] == nil {
			at[keys[0]] = map[string]any{}
		}
		at, ok = at[keys[0]].(map[string]any)
	}
	if ok {
		at[keys[0]] = v
		d.forget()
		clear(d.kept)
		d.keptBytes = 0
	}
}

func (d *document) parse() error {
	if d.parsed {
		return nil
	}
	if len(d.text) == 0 {
		d.root, d.parsed = map[string]any{}, true
		return nil
	}
	root, err := parseJSON(d.text)
	if err != nil {
		return err
	}
	d.root, d.parsed = root, true
	return nil
}

func lookup(v any, keys []string) (any, bool) {
	for _, key := range keys {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[key]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.ParseUint(key, 10, 31)
			if err != nil || i >= uint64(len(at)) || len(key) > 1 && key[0] == '0' {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// splitPath splits a dotted path; a key with a dot in it stands in double quotes, where \" and \\ are one character.
func splitPath(path string) ([]string, error) {
	var keys []string
	for rest := path; rest != ""; {
		var key string
		if rest[0] == '"' {
			var ok bool
			if key, rest, ok = unquote(rest[1:]); !ok {
				return nil, errPath
			}
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			key, rest = rest[:end], rest[end:]
			if key == "" || strings.IndexByte(key, '"') >= 0 {
				return nil, errPath
			}
		}
		keys = append(keys, key)
		if rest == "" {
			break
		}
		if rest[0] != '.' || len(rest) == 1 {
			return nil, errPath
		}
		rest = rest[1:]
	}
	return keys, nil
}

func unquote(s string) (key, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i >= len(s) || s[i] != '"' && s[i] != '\\' {
				return "", "", false
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}
