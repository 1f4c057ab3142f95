package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of one attribute. The parser spends some 200 bytes on a node, so what could become nodes is counted first.
const (
	maxAttr    = 16 << 20
	maxNodes   = 1 << 20 // aliases expanded
	maxNesting = 100
)

// decodeYAML reads one YAML document as PyYAML does: nil, bool, int64, float64, string, []any, map[string]any.
// Errors begin with the line.
func decodeYAML(data []byte) (any, error) {
	if text, ok := plainLine(data); ok {
		v, fits := parseScalar(text)
		if !fits {
			return nil, fmt.Errorf("line 1: %s does not fit 64 bits", clip(text))
		}
		return v, nil
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("line %d: not UTF-8", lineOf(data, firstInvalid(data)))
	}
	n := 0
	for _, b := range data {
		if strings.IndexByte("\n,[{:", b) >= 0 {
			n++
		}
	}
	if n > maxNodes {
		return nil, errors.New("line 1: too many values")
	}
	doc, err := parseYAML(data)
	if err != nil || doc.Kind == 0 {
		return nil, err
	}
	d := decoder{left: maxNodes}
	return d.value(doc, 0)
}

// parseYAML calls the parser. It is code for any YAML at all, and the file may be anybody's: if it panics, the file is at fault.
func parseYAML(data []byte) (doc *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("line 1: malformed")
		}
	}()
	doc = new(yaml.Node)
	if err := yaml.Unmarshal(data, doc); err != nil {
		return nil, errors.New(clip(syntaxError(strings.TrimPrefix(err.Error(), "yaml: "), data)))
	}
	return doc, nil
}

// uncounted end the messages in which the parser counts lines from 0; in all others it counts from 1.
var uncounted = []string{" node content", " key", "'-' indicator", "',' or ']'", "',' or '}'", " <document start>"}

// syntaxError gives the parser's message the right line.
func syntaxError(text string, data []byte) string {
	number, rest, ok := strings.Cut(strings.TrimPrefix(text, "line "), ": ")
	line, err := strconv.Atoi(number)
	if !ok || err != nil {
		return "line 1: " + text
	}
	if slices.ContainsFunc(uncounted, func(end string) bool { return strings.HasSuffix(rest, end) }) {
		line++
	}
	last := lineOf(data, len(bytes.TrimSuffix(data, []byte("\n")))) // the end of the file is no line
	return fmt.Sprintf("line %d: %s", min(line, last), rest)
}

// plainLine recognises a file that is one unquoted scalar, as most attributes are, which needs no parser.
func plainLine(data []byte) (string, bool) {
	text := strings.TrimSuffix(string(data[:min(len(data), 512)]), "\n")
	if text == "" || len(data) > 512 || text[len(text)-1] == ' ' {
		return "", false
	}
	first := text
	if text[0] == '-' || text[0] == '+' || text[0] == '.' {
		first = text[1:]
	}
	if first == "" || !isAlnum(first[0]) {
		return "", false
	}
	for i := range len(text) {
		if c := text[i]; !isAlnum(c) && strings.IndexByte("_+-./= ", c) < 0 {
			return "", false
		}
	}
	return text, true
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// decoder turns nodes into values; left bounds what aliases may multiply.
type decoder struct{ left int }

func (d *decoder) value(n *yaml.Node, depth int) (any, error) {
	if d.left--; d.left < 0 {
		return nil, at(n, "too many values")
	}
	if depth > maxNesting {
		return nil, at(n, fmt.Sprintf("nested more than %d deep", maxNesting))
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return d.value(n.Content[0], depth)
	case yaml.AliasNode:
		return d.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := d.value(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		return d.mapping(n, depth)
	default:
		return scalar(n)
	}
}

func (d *decoder) mapping(n *yaml.Node, depth int) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, at(key, "a key is a list or a map")
		}
		if key.Value == "<<" && key.Style == 0 {
			return nil, at(key, "merge keys are not supported")
		}
		v, err := d.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		m[key.Value] = v
	}
	return m, nil
}

// scalar resolves text by the rules of YAML 1.1; the parser's own are those of 1.2. Of tags only those that name the
// types we have are followed.
func scalar(n *yaml.Node) (any, error) {
	if n.Style&yaml.TaggedStyle != 0 && n.ShortTag() == "!!str" {
		return n.Value, nil
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return n.Value, nil
	}
	v, ok := parseScalar(n.Value)
	if !ok {
		return nil, at(n, clip(n.Value)+" does not fit 64 bits")
	}
	return v, nil
}

func at(n *yaml.Node, problem string) error { return fmt.Errorf("line %d: %s", n.Line, problem) }

// clip keeps a corrupt file from filling the terminal.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

func lineOf(data []byte, off int) int { return 1 + bytes.Count(data[:off], []byte("\n")) }
