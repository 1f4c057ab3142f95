package project

// node is one value of a file and where it stands.
type node struct {
	// key is the name in the table that has it; an element of a list has the key of the list.
	key string
	// pos is the offset of the key; at that of the value, and end is behind it. The header of a table is both.
	pos, at, end int
	// dotted: a table that only a dotted key made.
	dotted bool
	// table is in the order of the file.
	table []*node
	list  []*node
	// value is what the TOML library made of it.
	value any

	index map[string]*node
}

// indexFrom is the size from which a table is worth an index.
const indexFrom = 12

func (n *node) child(key string) *node {
	if n.index != nil {
		return n.index[key]
	}
	for _, c := range n.table {
		if c.key == key {
			return c
		}
	}
	return nil
}

func (n *node) add(c *node) *node {
	n.table = append(n.table, c)
	switch {
	case n.index != nil:
		n.index[c.key] = c
	case len(n.table) >= indexFrom:
		n.index = make(map[string]*node, 2*indexFrom)
		for _, c := range n.table {
			n.index[c.key] = c
		}
	}
	return c
}

// attach hands the values down the tree. A value the scanner did not see gets the place of what holds it, so that a
// disagreement costs precision and nothing else.
func (n *node) attach(v any) {
	n.value = v
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			c := n.child(key)
			if c == nil {
				c = n.add(&node{key: key, pos: n.pos, at: n.at, end: n.at})
			}
			c.attach(e)
		}
		if len(n.table) != len(v) {
			n.keepKnown(v)
		}
	case []any:
		n.fit(len(v))
		for i, e := range v {
			n.list[i].attach(e)
		}
	case []map[string]any:
		n.fit(len(v))
		list := make([]any, len(v))
		for i, e := range v {
			n.list[i].attach(e)
			list[i] = e
		}
		n.value = list
	}
}

func (n *node) keepKnown(v map[string]any) {
	kept := n.table[:0]
	for _, c := range n.table {
		if _, ok := v[c.key]; ok {
			kept = append(kept, c)
		}
	}
	n.table = kept
}

func (n *node) fit(length int) {
	for len(n.list) < length {
		n.list = append(n.list, &node{key: n.key, pos: n.pos, at: n.at, end: n.at})
	}
	n.list = n.list[:length]
}

func (n *node) isTable() bool {
	_, ok := n.value.(map[string]any)
	return ok
}

func (n *node) isList() bool {
	_, ok := n.value.([]any)
	return ok
}
