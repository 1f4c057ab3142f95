package stage

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
	"go.yaml.in/yaml/v3"
)

// editYAML changes scalars where they stand and adds keys at the end of the file. What cannot be done so is done on the
// parsed document, which keeps comments but not blank lines and indents.
func editYAML(data []byte, edits []configEdit) ([]byte, error) {
	for _, e := range edits {
		tables, err := decodeYAML(data)
		if err != nil {
			return nil, err
		}
		want, err := expected(tables, []configEdit{e}, true)
		if err != nil {
			return nil, err
		}
		edited, ok := spliceYAML(data, e)
		if ok {
			got, err := decodeYAML(edited)
			ok = err == nil && equalConfig(got, want)
		}
		if !ok {
			if edited, err = rewriteYAML(data, e); err != nil {
				return nil, err
			}
		}
		data = edited
	}
	return data, nil
}

// spliceYAML reports whether it could try; what came of it is for the caller to check.
func spliceYAML(data []byte, e configEdit) ([]byte, bool) {
	docs, err := parseYAML(data)
	if err != nil || len(docs) > 1 {
		return nil, false
	}
	text, ok := yamlInline(e.value)
	if !ok {
		return nil, false
	}
	if len(docs) == 0 {
		return appendYAML(data, e.path, text)
	}
	at := docs[0].Content[0]
	for i, name := range e.path {
		if at.Kind != yaml.MappingNode {
			return nil, false
		}
		_, child := yamlChild(at, name)
		if child == nil {
			if i > 0 || at.Style&yaml.FlowStyle != 0 || bytes.Contains(data, []byte("\n...")) {
				return nil, false
			}
			return appendYAML(data, e.path, text)
		}
		at = child
	}
	start, end, ok := yamlExtent(data, at)
	if !ok {
		return nil, false
	}
	return splice(data, start, end, text), true
}

// appendYAML adds a key to the mapping of the whole file.
func appendYAML(data []byte, path []string, text string) ([]byte, bool) {
	out := slices.Clone(data)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	for i, name := range path {
		key, _ := yamlInline(name)
		out = append(out, strings.Repeat("  ", i)+key+":"...)
		if i < len(path)-1 {
			out = append(out, '\n')
		}
	}
	return append(out, " "+text+"\n"...), true
}

// yamlExtent finds a scalar of one line in the text.
func yamlExtent(data []byte, n *yaml.Node) (start, end int, ok bool) {
	if n.Kind != yaml.ScalarNode || n.Anchor != "" || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) != 0 {
		return 0, 0, false
	}
	for line := 1; line < n.Line; line++ {
		next := bytes.IndexByte(data[start:], '\n')
		if next < 0 {
			return 0, 0, false
		}
		start += next + 1
	}
	line, _, _ := bytes.Cut(data[start:], []byte("\n"))
	column := 1
	for i := range string(line) + " " {
		if column == n.Column {
			start, line = start+i, line[i:]
			break
		}
		column++
	}
	switch {
	case n.Value != "" && n.Style == 0 && bytes.HasPrefix(line, []byte(n.Value)):
		return start, start + len(n.Value), true
	case len(line) > 1 && (line[0] == '"' || line[0] == '\''):
		for i := 1; i < len(line); i++ {
			switch {
			case line[i] == '\\' && line[0] == '"':
				i++
			case line[i] == line[0] && line[0] == '\'' && i+1 < len(line) && line[i+1] == '\'':
				i++
			case line[i] == line[0]:
				return start, start + i + 1, true
			}
		}
	}
	return 0, 0, false
}

func yamlChild(mapping *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if yamlKey(mapping.Content[i]) == name {
			key, value = mapping.Content[i], mapping.Content[i+1]
		}
	}
	return key, value
}

// rewriteYAML sets a key in the parsed document and writes that out.
func rewriteYAML(data []byte, e configEdit) ([]byte, error) {
	docs, err := parseYAML(data)
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		docs = []*yaml.Node{{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}}
	}
	if root := docs[0].Content[0]; root.Kind != yaml.MappingNode {
		*root = yaml.Node{Kind: yaml.MappingNode, HeadComment: root.HeadComment, FootComment: root.FootComment}
	}
	value := yamlNode(e.value)
	at := docs[0].Content[0]
	for i, name := range e.path {
		_, child := yamlChild(at, name)
		if child == nil {
			child = &yaml.Node{Kind: yaml.MappingNode}
			at.Content = append(at.Content, yamlNode(name), child)
		}
		if i < len(e.path)-1 && child.Kind == yaml.AliasNode {
			return nil, fmt.Errorf("cannot set %s: line %d: the table is an alias of another", e.flag, child.Line)
		}
		at = child
	}
	value.HeadComment, value.LineComment, value.FootComment = at.HeadComment, at.LineComment, at.FootComment
	if at.Anchor != "" {
		return nil, fmt.Errorf("cannot set %s: line %d: the value is an anchor that others may refer to", e.flag, at.Line)
	}
	*at = *value
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	for _, doc := range docs {
		if err := enc.Encode(doc); err != nil {
			return nil, fmt.Errorf("cannot set %s: %w", e.flag, err)
		}
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("cannot set %s: %w", e.flag, err)
	}
	return b.Bytes(), nil
}

func yamlNode(v any) *yaml.Node {
	switch v := v.(type) {
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, e := range v {
			n.Content = append(n.Content, yamlNode(e))
		}
		return n
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		for _, name := range run.Flags(v).Names() {
			n.Content = append(n.Content, yamlNode(name), yamlNode(v[name]))
		}
		return n
	}
	if s, ok := v.(string); ok {
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
		if text, _ := yamlInline(s); text != s {
			n.Style = yaml.DoubleQuotedStyle
		}
		return n
	}
	text, _ := yamlInline(v)
	return &yaml.Node{Kind: yaml.ScalarNode, Value: text}
}
