package trials

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
	"go.yaml.in/yaml/v3"
)

func (f *rows) yaml(data []byte) error {
	var document, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	err := dec.Decode(&document)
	if err == nil && dec.Decode(&more) == nil {
		return f.fail(max(1, more.Line), errors.New("there is more after the list of trials"))
	}
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: %s", f.name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil // nothing but comments
	}
	list := document.Content[0]
	if list.Kind != yaml.SequenceNode {
		return f.fail(max(1, list.Line), errNoList)
	}
	for _, node := range list.Content {
		if node.Kind != yaml.MappingNode {
			return f.fail(node.Line, errNoList)
		}
		row := make(run.Flags, len(node.Content)/2)
		for i := 0; i+1 < len(node.Content); i += 2 {
			name, value := node.Content[i], node.Content[i+1]
			if _, twice := row[name.Value]; twice || name.Kind != yaml.ScalarNode {
				return f.fail(name.Line, fmt.Errorf("%s is no flag, or there twice", show(name.Value)))
			}
			v, err := yamlValue(value, slices.Contains(f.texts, name.Value), 0)
			if err != nil {
				return f.fail(value.Line, fmt.Errorf("flag %s: %w", show(name.Value), err))
			}
			row[name.Value] = v
		}
		if err := f.add(node.Line, row); err != nil {
			return err
		}
	}
	return nil
}

// yamlValue reads plain words as typed values are, so that yes and 1e-3 are what they are elsewhere.
func yamlValue(n *yaml.Node, text bool, depth int) (any, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return yamlScalar(n, text)
	case yaml.SequenceNode:
		if depth == maxNesting {
			return nil, errNesting
		}
		list := make([]any, len(n.Content))
		for i, e := range n.Content {
			v, err := yamlValue(e, text, depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.AliasNode:
		return nil, errors.New("aliases are not supported")
	}
	return nil, errors.New("a flag cannot hold a table")
}

func yamlScalar(n *yaml.Node, text bool) (any, error) {
	switch {
	case n.Style&yaml.TaggedStyle != 0 && n.Tag != "!!str":
		return nil, fmt.Errorf("tag %s is not supported", show(n.Tag))
	case n.Style != 0:
		return n.Value, nil
	case n.Value == "":
		return nil, nil
	case strings.ContainsAny(n.Value[:1], `'"[`): // cannot start plain text
		return n.Value, nil
	}
	return (&reader{text: text}).value(n.Value)
}
