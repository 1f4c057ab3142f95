package guild

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// reader reads JSON text (RFC 8259), one value after the other.
type reader struct {
	text string
	at   int
}

func (r *reader) fail(what string) error {
	return errors.New("byte " + strconv.Itoa(r.at) + ": " + what)
}

// peek returns the next byte, 0 at the end: NUL is in no JSON text.
func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *reader) space() {
	for c := r.peek(); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = r.peek() {
		r.at++
	}
}

// end demands that nothing follows.
func (r *reader) end() error {
	if r.space(); r.at < len(r.text) {
		return r.fail("more than one value")
	}
	return nil
}

// value passes over one value, at most depth levels deep.
func (r *reader) value(depth int) error {
	switch c := r.peek(); {
	case c == '"':
		_, err := r.str()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	case c == '{' || c == '[':
		if depth == 0 {
			return r.fail("nested too deep")
		}
		if c == '[' {
			return r.each('[', ']', func() error { return r.value(depth - 1) })
		}
		return r.each('{', '}', func() error {
			if _, err := r.str(); err != nil {
				return err
			}
			if r.space(); !r.take(':') {
				return r.fail("no colon after a name")
			}
			r.space()
			return r.value(depth - 1)
		})
	}
	for _, word := range []string{"null", "true", "false"} {
		if strings.HasPrefix(r.text[r.at:], word) {
			r.at += len(word)
			return nil
		}
	}
	return r.fail("not a value")
}

// each reads what is between brackets, divided by commas.
func (r *reader) each(open, close byte, element func() error) error {
	r.space()
	if !r.take(open) {
		return r.fail("no " + string(rune(open)))
	}
	if r.space(); r.take(close) {
		return nil
	}
	for {
		r.space()
		if err := element(); err != nil {
			return err
		}
		if r.space(); r.take(close) {
			return nil
		}
		if !r.take(',') {
			return r.fail("neither a comma nor the end")
		}
	}
}

func (r *reader) digits() error {
	start := r.at
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.at++
	}
	if r.at == start {
		return r.fail("not a digit")
	}
	return nil
}

func (r *reader) number() error {
	r.take('-')
	if !r.take('0') {
		if err := r.digits(); err != nil {
			return err
		}
	}
	if r.take('.') {
		if err := r.digits(); err != nil {
			return err
		}
	}
	if r.take('e') || r.take('E') {
		if !r.take('+') {
			r.take('-')
		}
		return r.digits()
	}
	return nil
}

func (r *reader) str() (string, error) {
	if !r.take('"') {
		return "", r.fail("not text")
	}
	var out []byte
	for {
		start := r.at
		for r.at < len(r.text) && r.text[r.at] >= ' ' && r.text[r.at] != '"' && r.text[r.at] != '\\' {
			r.at++
		}
		out = append(out, r.text[start:r.at]...)
		switch {
		case r.take('"'):
			return string(out), nil
		case r.take('\\'):
			c, err := r.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, c)
		case r.at == len(r.text):
			return "", r.fail("text does not end")
		default:
			return "", r.fail("control character in text")
		}
	}
}

func (r *reader) escape() (rune, error) {
	const letters, values = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(letters, r.peek()); i >= 0 && r.at < len(r.text) {
		r.at++
		return rune(values[i]), nil
	}
	if !r.take('u') {
		return 0, r.fail("not an escape")
	}
	high, err := r.hex4()
	if err != nil {
		return 0, err
	}
	if utf16.IsSurrogate(high) && strings.HasPrefix(r.text[r.at:], `\u`) {
		back := r.at
		r.at += 2
		low, err := r.hex4()
		if err != nil {
			return 0, err
		}
		if c := utf16.DecodeRune(high, low); c != utf8.RuneError {
			return c, nil
		}
		r.at = back // half a pair is no character
	}
	return high, nil
}

func (r *reader) hex4() (rune, error) {
	if len(r.text)-r.at < 4 {
		return 0, r.fail("not four hexadecimal digits")
	}
	n, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16)
	if err != nil || r.peek() == '+' {
		return 0, r.fail("not four hexadecimal digits")
	}
	r.at += 4
	return rune(n), nil
}
