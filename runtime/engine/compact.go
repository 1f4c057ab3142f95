package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
)

var (
	errJSON    = errors.New("is not JSON")
	errTooDeep = fmt.Errorf("is nested more than %d levels deep", abi.MaxJSONDepth)
)

// plainInText has the bytes of a string that stand for themselves, those of longer characters included.
var plainInText = func() (plain [256]bool) {
	for c := range plain {
		plain[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return plain
}()

// compactJSON checks what a guest gives as JSON (RFC 8259, at most abi.MaxJSONDepth levels) and returns a compact
// copy of it. It goes through the text once: a guest may hand over megabytes in one call.
func compactJSON(text []byte) (json.RawMessage, error) {
	if !utf8.Valid(text) {
		return nil, errJSON
	}
	c := compactor{text: text}
	if err := c.value(); err != nil {
		return nil, err
	}
	if c.space(); c.at != len(text) {
		return nil, errJSON
	}
	c.flush()
	return c.out, nil
}

// compactor copies JSON text in runs, from which only white space between tokens is left out.
type compactor struct {
	text []byte
	at   int
	from int // what is before has been copied, or left out
	out  []byte
	// inObject has a bit for each open bracket, the innermost lowest.
	inObject uint64
	open     int
}

func (c *compactor) flush() {
	if c.out == nil {
		c.out = make([]byte, 0, len(c.text)-c.from)
	}
	c.out = append(c.out, c.text[c.from:c.at]...)
}

// space leaves out white space.
func (c *compactor) space() {
	end := c.at
	for end < len(c.text) && (c.text[end] == ' ' || c.text[end] == '\n' || c.text[end] == '\t' || c.text[end] == '\r') {
		end++
	}
	if end > c.at {
		c.flush()
		c.at, c.from = end, end
	}
}

// peek is the next byte behind white space, 0 at the end.
func (c *compactor) peek() byte {
	if c.at < len(c.text) && c.text[c.at] > ' ' {
		return c.text[c.at]
	}
	c.space()
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

// value goes through one value, with all that is in it.
func (c *compactor) value() error {
	for {
		switch b := c.peek(); b {
		case '{', '[':
			if c.open == abi.MaxJSONDepth {
				return errTooDeep
			}
			c.at++
			c.open++
			c.inObject <<= 1
			if b == '{' {
				c.inObject |= 1
				if c.peek() != '}' {
					if !c.name() {
						return errJSON
					}
					continue
				}
			} else if c.peek() != ']' {
				continue
			}
		case '"':
			if !c.str() {
				return errJSON
			}
		default:
			if !c.number(b) && !c.word("true") && !c.word("false") && !c.word("null") {
				return errJSON
			}
		}
		if more, err := c.after(); !more {
			return err
		}
	}
}

// after goes on behind a value: it closes brackets, and reports whether another value follows.
func (c *compactor) after() (more bool, err error) {
	for c.open > 0 {
		object := c.inObject&1 == 1
		switch b := c.peek(); {
		case b == ',':
			c.at++
			if object && !c.name() {
				return false, errJSON
			}
			return true, nil
		case b == '}' && object, b == ']' && !object:
			c.at++
			c.open--
			c.inObject >>= 1
		default:
			return false, errJSON
		}
	}
	return false, nil
}

// name goes through the name of a member and its colon.
func (c *compactor) name() bool {
	if c.peek() != '"' || !c.str() || c.peek() != ':' {
		return false
	}
	c.at++
	return true
}

// str goes through a string, from its first quote on.
func (c *compactor) str() bool {
	text, at := c.text, c.at+1
	for {
		for at < len(text) && plainInText[text[at]] {
			at++
		}
		if at >= len(text) {
			return false
		}
		if text[at] == '"' {
			c.at = at + 1
			return true
		}
		if text[at] != '\\' || at+1 >= len(text) {
			return false
		}
		switch text[at+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			at += 2
		case 'u':
			if at+6 > len(text) {
				return false
			}
			for _, digit := range text[at+2 : at+6] {
				if !('0' <= digit && digit <= '9' || 'a' <= digit|0x20 && digit|0x20 <= 'f') {
					return false
				}
			}
			at += 6
		default:
			return false
		}
	}
}

func (c *compactor) word(want string) bool {
	if !bytes.HasPrefix(c.text[c.at:], []byte(want)) {
		return false
	}
	c.at += len(want)
	return true
}

// number goes through a number whose first byte is known.
func (c *compactor) number(first byte) bool {
	at := c.at
	if first == '-' {
		at++
	}
	whole := c.digits(at)
	if whole == at || c.text[at] == '0' && whole > at+1 {
		return false
	}
	at = whole
	if at < len(c.text) && c.text[at] == '.' {
		end := c.digits(at + 1)
		if end == at+1 {
			return false
		}
		at = end
	}
	if at < len(c.text) && c.text[at]|0x20 == 'e' {
		at++
		if at < len(c.text) && (c.text[at] == '+' || c.text[at] == '-') {
			at++
		}
		end := c.digits(at)
		if end == at {
			return false
		}
		at = end
	}
	c.at = at
	return true
}

// digits returns where the digits from at on end.
func (c *compactor) digits(at int) int {
	for at < len(c.text) && '0' <= c.text[at] && c.text[at] <= '9' {
		at++
	}
	return at
}

// elements counts what a compact JSON array holds; of anything else it is 1.
func elements(compact []byte) int {
	if len(compact) == 2 && compact[0] == '[' {
		return 0
	}
	n, open, inText := 1, 0, false
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; {
		case inText:
			if c == '\\' {
				i++
			} else if c == '"' {
				inText = false
			}
		case c == '"':
			inText = true
		case c == '[' || c == '{':
			open++
		case c == ']' || c == '}':
			open--
		case c == ',' && open == 1 && compact[0] == '[':
			n++
		}
	}
	return n
}
