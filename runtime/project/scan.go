package project

import "strings"

// maxDepth bounds how deep tables and lists are nested, and how many parts a dotted key has.
const maxDepth = 64

// scanner finds the places of keys and values in TOML. It trusts the text: where that is not TOML it stops, and the
// library, which reads it next, says why.
type scanner struct {
	src     string
	i       int
	stop    bool
	tooDeep bool
}

func (s *scanner) scan() *node {
	root := &node{}
	table := root
	for s.space(true); !s.stop && s.i < len(s.src); s.space(true) {
		if s.src[s.i] == '[' {
			table = s.header(root)
		} else {
			s.assignment(table, 0)
		}
	}
	return root
}

// header reads "[a.b]" or "[[a.b]]" and returns the table that follows.
func (s *scanner) header(root *node) *node {
	s.i++
	array := s.accept('[')
	parts := s.keys(']')
	if array && !s.accept(']') {
		s.stop = true
	}
	if s.stop {
		return root
	}
	table := root
	for n, part := range parts {
		c := table.child(part.key)
		last := n == len(parts)-1
		if c == nil {
			c = table.add(part)
		} else if last && !array {
			c.pos, c.at, c.end = part.pos, part.at, part.end
		}
		if last {
			c.dotted = false
			if array {
				c.list = append(c.list, &node{key: part.key, pos: part.pos, at: part.at, end: part.end})
			}
		}
		if len(c.list) > 0 {
			c = c.list[len(c.list)-1]
		}
		table = c
	}
	return table
}

// assignment reads "a.b = value" into a table that is nested depth deep.
func (s *scanner) assignment(table *node, depth int) {
	parts := s.keys('=')
	if s.stop {
		return
	}
	s.space(false)
	last := len(parts) - 1
	for _, part := range parts[:last] {
		c := table.child(part.key)
		if c == nil {
			part.dotted = true
			c = table.add(part)
		}
		table = c
	}
	leaf := parts[last]
	s.value(leaf, depth+len(parts))
	if table.child(leaf.key) == nil {
		table.add(leaf)
	}
}

// keys reads a dotted key and the byte that ends it.
func (s *scanner) keys(end byte) []*node {
	var parts []*node
	for !s.stop {
		s.space(false)
		parts = append(parts, s.key())
		if len(parts) > maxDepth {
			s.stop, s.tooDeep = true, true
		}
		s.space(false)
		if s.accept(end) {
			return parts
		}
		if !s.accept('.') {
			s.stop = true
		}
	}
	return nil
}

func (s *scanner) key() *node {
	start := s.i
	var key string
	switch {
	case s.i < len(s.src) && (s.src[s.i] == '"' || s.src[s.i] == '\''):
		s.line(s.src[s.i])
		if s.stop {
			return nil
		}
		key = s.src[start+1 : s.i-1]
		if s.src[start] == '"' {
			key = unescape(key)
		}
	default:
		for s.i < len(s.src) && bareKey(s.src[s.i]) {
			s.i++
		}
		if key = s.src[start:s.i]; key == "" {
			s.stop = true
		}
	}
	return &node{key: key, pos: start, at: start, end: s.i}
}

func bareKey(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// space skips blanks and, where lines may end, line feeds and comments.
func (s *scanner) space(lines bool) {
	for s.i < len(s.src) {
		switch c := s.src[s.i]; {
		case c == ' ' || c == '\t':
			s.i++
		case lines && (c == '\n' || c == '\r'):
			s.i++
		case lines && c == '#':
			end := strings.IndexByte(s.src[s.i:], '\n')
			if end < 0 {
				end = len(s.src) - s.i
			}
			s.i += end
		default:
			return
		}
	}
}

func (s *scanner) accept(c byte) bool {
	if s.i < len(s.src) && s.src[s.i] == c {
		s.i++
		return true
	}
	return false
}
