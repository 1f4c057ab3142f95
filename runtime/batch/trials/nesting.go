package trials

import (
	"errors"
	"strings"
)

// maxTOMLNesting bounds brackets and the parts of a key.
const maxTOMLNesting = 64

var errTOMLNesting = errors.New("its tables or lists are nested too deep")

// checkNesting looks at TOML before the library does, which takes stack for each bracket and time for each part of a key.
// It trusts the text: where that is not TOML, what it finds means nothing and the library says why.
func checkNesting(s string) error {
	depth, parts := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\'':
			i = endOfString(s, i) - 1
		case '#':
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				return nil
			}
			i += end - 1
		case '[', '{':
			depth++
			parts = 0
		case ']', '}':
			depth = max(0, depth-1)
			parts = 0
		case '=', ',', '\n':
			parts = 0
		case '.':
			parts++
		}
		if depth > maxTOMLNesting || parts > maxTOMLNesting {
			return errTOMLNesting
		}
	}
	return nil
}

// endOfString returns the offset behind the string that begins at i.
func endOfString(s string, i int) int {
	quote, closing := s[i], s[i:i+1]
	if triple := strings.Repeat(closing, 3); strings.HasPrefix(s[i:], triple) {
		closing = triple
	}
	for i += len(closing); i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '"':
			i++
		case s[i] == '\n' && len(closing) == 1:
			return i
		case strings.HasPrefix(s[i:], closing):
			return i + len(closing)
		}
	}
	return len(s)
}
