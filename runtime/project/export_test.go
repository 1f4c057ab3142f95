package project

import (
	"fmt"
	"strings"
)

// Places lists every key and element that the scanner found, with its place, in the order of the file: `a.b 1:2 1:6`,
// key first, then value. Disagree says where scanner and library differ.
func Places(src string) (places []string, err error) {
	t := &text{file: FileName, src: src}
	root, err := t.parse()
	if err != nil {
		return nil, err
	}
	var walk func(path string, n *node)
	walk = func(path string, n *node) {
		for _, c := range n.table {
			line, col := t.place(c.pos)
			atLine, atCol := t.place(c.at)
			p := path + "." + c.key
			places = append(places, fmt.Sprintf("%s %d:%d %d:%d", p[1:], line, col, atLine, atCol))
			walk(p, c)
		}
		for i, c := range n.list {
			line, col := t.place(c.at)
			p := fmt.Sprintf("%s[%d]", path, i)
			places = append(places, fmt.Sprintf("%s %d:%d", p[1:], line, col))
			walk(p, c)
		}
	}
	walk("", root)
	return places, nil
}

// Agrees compares what the scanner saw with what the library made of it.
func Agrees(src string) error {
	src = strings.TrimPrefix(src, byteOrderMark)
	t := &text{file: FileName, src: src}
	values, err := t.parse()
	if err != nil {
		return nil // not TOML: nothing to agree on
	}
	s := scanner{src: src}
	return same("", s.scan(), values)
}

func same(path string, seen, want *node) error {
	if len(seen.table) != len(want.table) || len(seen.list) != len(want.list) {
		return fmt.Errorf("at %q the scanner saw %d keys and %d elements, want %d and %d", path, len(seen.table), len(seen.list), len(want.table), len(want.list))
	}
	for _, c := range want.table {
		other := seen.child(c.key)
		if other == nil {
			return fmt.Errorf("at %q the scanner did not see %q", path, c.key)
		}
		if err := same(path+"."+c.key, other, c); err != nil {
			return err
		}
	}
	for i, c := range want.list {
		if err := same(fmt.Sprintf("%s[%d]", path, i), seen.list[i], c); err != nil {
			return err
		}
	}
	return nil
}

// Events and Grants are the tables to hold against the contract.
var (
	Events = events
	Grants = grants
)
