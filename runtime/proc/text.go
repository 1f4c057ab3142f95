package proc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"unicode/utf8"
)

// parseFloat reads a number as Guild AI does: in decimal, with white space around it, with inf where it is too
// large.
func parseFloat(b []byte) (float64, bool) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || bytes.ContainsAny(b, "xX_pP") {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// cleanLine returns the line as rules see it: without control characters below the tab and without bytes that are
// no UTF-8, white space at its end removed.
func cleanLine(line []byte) []byte {
	if !isPlain(line) {
		kept := make([]byte, 0, len(line))
		for _, c := range line {
			if c >= '\t' {
				kept = append(kept, c)
			}
		}
		line = bytes.ToValidUTF8(kept, nil)
	}
	for len(line) > 0 && isSpace(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	return line
}

// isPlain reports whether all of b is ASCII from the tab on, eight bytes at a time: most output is.
func isPlain(b []byte) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; len(b) >= 8; b = b[8:] {
		// Below the tab a byte borrows in the subtraction, which sets its high bit.
		x := binary.LittleEndian.Uint64(b)
		if (x|(x-'\t'*each))&high != 0 {
			return false
		}
	}
	for _, c := range b {
		if c < '\t' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func skipSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

func skipSign(b []byte) ([]byte, bool) {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		return b[1:], true
	}
	return b, false
}

func countDigits(b []byte) int {
	n := 0
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}
