package proc

import "bytes"

// matchDefault matches the patterns of DefaultScalarRules by hand, without a value in memory for a line that has
// nothing. Both are of the form NAME: VALUE (TEXT), the end being optional for one of them.
func matchDefault(f form, line []byte, set func(name []byte, value float64)) {
	key, rest, spaces := cutKey(line)
	if key == nil {
		return
	}
	value, note := cutNote(rest, spaces)
	if !isValue(value) {
		return
	}
	name, number, matched := key, value, isNote(note)
	if f == stepForm {
		name = []byte(stepKey)
		number, matched = stepText(note)
	}
	if v, ok := parseFloat(number); ok && matched {
		set(name, v)
	}
}

// isNote reports whether note is a text in parentheses, or none.
func isNote(note []byte) bool {
	return len(note) == 0 || len(note) > 1 && note[0] == '(' && note[len(note)-1] == ')'
}

// cutKey cuts NAME: and the white space after it, of which there is some.
func cutKey(line []byte) (key, rest []byte, spaces int) {
	if len(line) == 0 || !isLetter(line[0]) {
		return nil, nil, 0
	}
	end := 1
	for end < len(line) && !isSpace(line[end]) {
		end++
	}
	if end == len(line) || end < 2 || line[end-1] != ':' {
		return nil, nil, 0
	}
	rest = skipSpace(line[end:])
	return line[:end-1], rest, len(line) - end - len(rest)
}

// cutNote splits VALUE (TEXT). Note is nil if there is none. The value may be empty as far as the pattern is
// concerned: then the spaces before the note are those of both sides of it, so two at least.
func cutNote(rest []byte, spaces int) (value, note []byte) {
	if len(rest) > 0 && rest[0] == '(' && spaces > 1 {
		return nil, rest
	}
	end := 0
	for end < len(rest) && !isSpace(rest[end]) {
		end++
	}
	if end == len(rest) {
		return rest, nil
	}
	return rest[:end], skipSpace(rest[end:])
}

// stepText returns the digits of (10) and (step 10).
func stepText(note []byte) ([]byte, bool) {
	if len(note) < 3 || !isNote(note) {
		return nil, false
	}
	digits := note[1 : len(note)-1]
	if word, ok := bytes.CutPrefix(digits, []byte(stepKey)); ok {
		if digits = skipSpace(word); len(digits) == len(word) {
			return nil, false
		}
	}
	return digits, len(digits) > 0 && countDigits(digits) == len(digits)
}

// isValue reports whether all of b is matched by \value.
func isValue(b []byte) bool {
	b, signed := skipSign(b)
	if len(b) == 3 && (bytes.EqualFold(b, []byte("inf")) || !signed && bytes.EqualFold(b, []byte("nan"))) {
		return true
	}
	b = b[countDigits(b):]
	if len(b) > 0 && b[0] == '.' {
		b = b[1:]
		b = b[countDigits(b):]
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b, _ = skipSign(b[1:])
		return len(b) > 0 && countDigits(b) == len(b)
	}
	return len(b) == 0
}
