package project

import (
	"strconv"
	"strings"
)

// value reads one value into n.
func (s *scanner) value(n *node, depth int) {
	n.at = s.i
	if depth > maxDepth {
		s.stop, s.tooDeep = true, true
	}
	if s.stop || s.i >= len(s.src) {
		s.stop = true
		return
	}
	switch c := s.src[s.i]; c {
	case '"', '\'':
		if strings.HasPrefix(s.src[s.i:], strings.Repeat(string(c), 3)) {
			s.lines(c)
		} else {
			s.line(c)
		}
	case '[':
		s.elements(n, depth)
	case '{':
		s.inline(n, depth)
	default:
		end := strings.IndexAny(s.src[s.i:], ",]}#\n")
		if end < 0 {
			end = len(s.src) - s.i
		}
		s.i += len(strings.TrimRight(s.src[s.i:s.i+end], " \t\r"))
		if s.i == n.at {
			s.stop = true
		}
	}
	n.end = s.i
}

func (s *scanner) elements(n *node, depth int) {
	s.i++
	for s.space(true); !s.accept(']'); s.space(true) {
		e := &node{key: n.key, pos: s.i}
		s.value(e, depth+1)
		n.list = append(n.list, e)
		s.space(true)
		if !s.accept(',') && !s.at(']') {
			s.stop = true
		}
		if s.stop {
			return
		}
	}
}

func (s *scanner) inline(n *node, depth int) {
	s.i++
	for s.space(true); !s.accept('}'); s.space(true) {
		s.assignment(n, depth)
		s.space(true)
		if !s.accept(',') && !s.at('}') {
			s.stop = true
		}
		if s.stop {
			return
		}
	}
}

func (s *scanner) at(c byte) bool { return s.i < len(s.src) && s.src[s.i] == c }

// line reads a string of one line: "…" with escapes, '…' without.
func (s *scanner) line(quote byte) {
	for s.i++; s.i < len(s.src); s.i++ {
		switch c := s.src[s.i]; {
		case c == quote:
			s.i++
			return
		case c == '\n':
			s.stop = true
			return
		case c == '\\' && quote == '"':
			s.i++
		}
	}
	s.stop = true
}

// lines reads a string of several lines. Up to two quotes may stand right before the closing three.
func (s *scanner) lines(quote byte) {
	closing := strings.Repeat(string(quote), 3)
	for s.i += 3; s.i < len(s.src); s.i++ {
		if s.src[s.i] == '\\' && quote == '"' {
			s.i++
			continue
		}
		if strings.HasPrefix(s.src[s.i:], closing) {
			s.i += 3
			for extra := 0; extra < 2 && s.accept(quote); extra++ {
			}
			return
		}
	}
	s.stop = true
}

// unescape resolves the escapes of a basic string. A malformed one is left as it is: the library refuses it.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		digits := 0
		switch s[i] {
		case 'b':
			b.WriteByte('\b')
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'f':
			b.WriteByte('\f')
		case 'r':
			b.WriteByte('\r')
		case 'e':
			b.WriteByte(0x1b)
		case 'x':
			digits = 2
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		default:
			b.WriteByte(s[i])
		}
		if digits > 0 && i+digits < len(s) {
			if code, err := strconv.ParseUint(s[i+1:i+1+digits], 16, 32); err == nil {
				b.WriteRune(rune(code))
			}
			i += digits
		}
	}
	return b.String()
}
