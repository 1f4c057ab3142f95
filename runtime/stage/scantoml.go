package stage

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// scanTOML finds heads and values in a TOML text that is known to be valid. What it finds is checked in the end by
// reading the edited file, so it need not know all of the grammar.
func scanTOML(data []byte) *tomlText {
	t := &tomlText{data: data, heads: []tomlHead{{}}}
	for i := 0; i < len(data); {
		line := i
		i = t.blank(i)
		switch {
		case i >= len(data):
		case data[i] == '\n':
			i++
		case data[i] == '#':
			i = t.lineEnd(i)
		case data[i] == '[':
			i = t.head(line, i)
		default:
			i = t.item(line, i)
		}
	}
	return t
}

func (t *tomlText) blank(i int) int {
	for i < len(t.data) && (t.data[i] == ' ' || t.data[i] == '\t' || t.data[i] == '\r') {
		i++
	}
	return i
}

func (t *tomlText) head(line, i int) int {
	list := bytes.HasPrefix(t.data[i:], []byte("[["))
	if i++; list {
		i++
	}
	path, i := t.key(i)
	for _, h := range t.heads {
		if h.list && len(h.path) < len(path) && slices.Equal(h.path, path[:len(h.path)]) {
			list = true
		}
	}
	end := t.lineEnd(min(i, len(t.data)))
	t.heads = append(t.heads, tomlHead{path, list, line, end})
	return end
}

func (t *tomlText) item(line, i int) int {
	path, i := t.key(i)
	i = t.blank(min(i+1, len(t.data))) // over "="
	end := t.value(i)
	head := len(t.heads) - 1
	t.items = append(t.items, tomlItem{slices.Concat(t.heads[head].path, path), head, line, i, end})
	return t.lineEnd(end)
}

// key reads a dotted key and returns where it ends: at "=" or "]".
func (t *tomlText) key(i int) (path []string, end int) {
	for {
		i = t.blank(i)
		if i >= len(t.data) {
			return path, i
		}
		start := i
		switch t.data[i] {
		case '\'':
			i = t.str(i)
			path = append(path, strings.Trim(string(t.data[start:i]), "'"))
		case '"':
			i = t.str(i)
			name, err := strconv.Unquote(string(t.data[start:i]))
			if err != nil {
				name = string(t.data[start:i]) // an escape that only TOML has: found by no flag
			}
			path = append(path, name)
		default:
			for i < len(t.data) && strings.IndexByte(bareKey, t.data[i]) >= 0 {
				i++
			}
			path = append(path, string(t.data[start:i]))
		}
		if i = t.blank(i); i >= len(t.data) || t.data[i] != '.' {
			return path, i
		}
		i++
	}
}

// str returns where the string at i ends, of any of the four kinds.
func (t *tomlText) str(i int) int {
	quote := t.data[i]
	long := strings.Repeat(string(quote), 3)
	if bytes.HasPrefix(t.data[i:], []byte(long)) {
		for i += 3; i < len(t.data); i++ {
			if quote == '"' && t.data[i] == '\\' {
				i++
				continue
			}
			if bytes.HasPrefix(t.data[i:], []byte(long)) {
				// Up to two quotes more belong to the text.
				for i += 3; i < len(t.data) && t.data[i] == quote; i++ {
				}
				return i
			}
		}
		return len(t.data)
	}
	for i++; i < len(t.data) && t.data[i] != quote && t.data[i] != '\n'; i++ {
		if quote == '"' && t.data[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(t.data))
}

// value returns where the value at i ends.
func (t *tomlText) value(i int) int {
	depth, end := 0, i
	for i < len(t.data) {
		switch c := t.data[i]; {
		case c == '"' || c == '\'':
			i = t.str(i)
			end = i
		case c == '[' || c == '{':
			depth++
			i++
		case c == ']' || c == '}':
			depth--
			i++
			end = i
		case c == '#':
			if depth == 0 {
				return end
			}
			i = t.lineEnd(i)
		case c == '\n' && depth == 0:
			return end
		default:
			if i++; c != ' ' && c != '\t' && c != '\r' {
				end = i
			}
		}
	}
	return end
}
