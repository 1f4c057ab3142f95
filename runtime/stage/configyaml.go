package stage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

func decodeYAML(data []byte) (map[string]any, error) {
	docs, err := parseYAML(data)
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return map[string]any{}, nil
	}
	y := &yamlReader{left: maxConfigNodes}
	v, err := y.value(docs[0].Content[0], 0)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case map[string]any:
		return v, nil
	case nil:
		return map[string]any{}, nil
	}
	return nil, errors.New("the YAML document is no mapping")
}

// parseYAML returns the documents of a file. Flags live in the first.
func parseYAML(data []byte) ([]*yaml.Node, error) {
	if err := shallow(data); err != nil {
		return nil, err
	}
	var docs []*yaml.Node
	for dec := yaml.NewDecoder(bytes.NewReader(data)); ; {
		doc := new(yaml.Node)
		err := dec.Decode(doc)
		if err == io.EOF {
			return docs, nil
		}
		if err != nil {
			return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
		}
		if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
			docs = append(docs, doc)
		}
	}
}

// yamlReader turns nodes into values. Aliases are expanded, up to a number of nodes that no honest file needs.
type yamlReader struct{ left int }

func (y *yamlReader) value(n *yaml.Node, depth int) (any, error) {
	if y.left--; y.left < 0 || depth > maxConfigDepth {
		return nil, fmt.Errorf("line %d: the document is too large when its aliases are expanded", n.Line)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return y.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, e := range n.Content {
			v, err := y.value(e, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		table := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := y.value(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			table[yamlKey(n.Content[i])] = v
		}
		return table, nil
	default:
		return yamlScalar(n)
	}
}

// yamlKey is a key as text. A key that is no scalar becomes one that no flag can have.
func yamlKey(n *yaml.Node) string {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value
	case yaml.AliasNode:
		return yamlKey(n.Alias)
	}
	return fmt.Sprintf("\x00%d:%d", n.Line, n.Column)
}

func yamlScalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null", "!!bool", "!!int", "!!float", "!!timestamp":
	default:
		return n.Value, nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	switch v := v.(type) {
	case int:
		return int64(v), nil
	case uint64:
		return float64(v), nil
	case time.Time:
		return n.Value, nil
	default:
		return v, nil
	}
}
