package stage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

func decodeJSON(data []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return map[string]any{}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, jsonError(data, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	tables, ok := plainJSON(v).(map[string]any)
	if !ok {
		return nil, errors.New("the JSON value is no object")
	}
	return tables, nil
}

func jsonError(data []byte, err error) error {
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}

// plainJSON makes integers of numbers that are integers of 64 bits, and floats of all others. A number that no float can
// hold stays text of its own type, so that it is equal to itself and to nothing a flag can be.
func plainJSON(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return i
		}
		if _, isInt := new(big.Int).SetString(v.String(), 10); !isInt {
			if f, err := v.Float64(); err == nil {
				return f
			}
		}
	case []any:
		for i := range v {
			v[i] = plainJSON(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plainJSON(v[k])
		}
	}
	return v
}

// editJSON splices values into the text, so that all else keeps its form.
func editJSON(data []byte, edits []configEdit) ([]byte, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte("{}\n")
	}
	for _, e := range edits {
		p := &jsonText{data: data}
		obj := p.object(p.space(0))
		path := e.path
		for len(path) > 1 {
			m := obj.last(path[0])
			if m == nil || data[m.start] != '{' {
				break
			}
			obj, path = p.object(m.start), path[1:]
		}
		value := e.value
		for i := len(path) - 1; i > 0; i-- {
			value = map[string]any{path[i]: value}
		}
		if m := obj.last(path[0]); m != nil {
			data = splice(data, m.start, m.end, jsonInline(value))
			continue
		}
		data = p.insert(obj, path[0], value)
	}
	return data, nil
}

// jsonText finds members in a JSON text that is known to be valid.
type jsonText struct{ data []byte }

type jsonObject struct {
	open, close int // of the braces
	members     []jsonMember
}

type jsonMember struct {
	name       string
	key        int // where the member begins
	start, end int // of the value
}

// last finds a member; of several with one name the last counts.
func (o *jsonObject) last(name string) *jsonMember {
	for i := len(o.members) - 1; i >= 0; i-- {
		if o.members[i].name == name {
			return &o.members[i]
		}
	}
	return nil
}

func (p *jsonText) space(i int) int {
	for i < len(p.data) && strings.IndexByte(" \t\r\n", p.data[i]) >= 0 {
		i++
	}
	return i
}

// object reads the object whose brace is at i.
func (p *jsonText) object(i int) *jsonObject {
	o := &jsonObject{open: i}
	for i = p.space(i + 1); p.data[i] != '}'; i = p.space(i) {
		m := jsonMember{key: i}
		i = p.str(i)
		json.Unmarshal(p.data[m.key:i], &m.name) // valid, as all of the text
		m.start = p.space(p.space(i) + 1)
		m.end = p.value(m.start)
		o.members = append(o.members, m)
		if i = p.space(m.end); p.data[i] == ',' {
			i++
		}
	}
	o.close = i
	return o
}

func (p *jsonText) str(i int) int {
	for i++; p.data[i] != '"'; i++ {
		if p.data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// value returns where the value at i ends.
func (p *jsonText) value(i int) int {
	for depth := 0; i < len(p.data); {
		switch p.data[i] {
		case '"':
			i = p.str(i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
			continue
		default:
			for i < len(p.data) && strings.IndexByte(",:]} \t\r\n", p.data[i]) < 0 {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

// insert adds a member after the last one, spaced as that is.
func (p *jsonText) insert(o *jsonObject, name string, value any) []byte {
	member := jsonString(name) + ": " + jsonInline(value)
	if n := len(o.members); n > 0 {
		before := o.open
		if n > 1 {
			before = p.space(o.members[n-2].end)
		}
		gap := string(p.data[before+1 : o.members[n-1].key])
		if gap == "" {
			gap = " "
		}
		end := o.members[n-1].end
		return splice(p.data, end, end, ","+gap+member)
	}
	indent := p.indentOf(o.open)
	return splice(p.data, o.open+1, o.close, "\n"+indent+"  "+member+"\n"+indent)
}

// indentOf is the white space that begins the line of i.
func (p *jsonText) indentOf(i int) string {
	line := p.data[bytes.LastIndexByte(p.data[:i], '\n')+1 : i]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

func splice(data []byte, from, to int, text string) []byte {
	out := make([]byte, 0, len(data)+len(text))
	out = append(out, data[:from]...)
	out = append(out, text...)
	return append(out, data[to:]...)
}

// jsonInline is a value in one line.
func jsonInline(v any) string {
	switch v := v.(type) {
	case string:
		return jsonString(v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = jsonInline(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, name := range run.Flags(v).Names() {
			parts = append(parts, jsonString(name)+": "+jsonInline(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case float64:
		return run.FormatFloat(v)
	case nil:
		return "null"
	default:
		return fmt.Sprint(v) // bool, int64
	}
}

// jsonString quotes text so that JSON, TOML and YAML all read it.
func jsonString(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""` // a string always encodes
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}
