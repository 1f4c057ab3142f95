package engine

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape makes guest text harmless wherever it is shown: valid UTF-8, line feeds and tabs kept, all other control
// characters and those that reorder or hide text written as escapes, at most limit bytes.
func escape(text []byte, limit int) string {
	if len(text) > limit {
		text = text[:limit]
		text = text[:len(text)-partialRune(text)]
	}
	if plain(text) {
		return string(text)
	}
	var b strings.Builder
	b.Grow(min(limit, len(text)+len(text)/4))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		piece := string(text[:size])
		if r == utf8.RuneError && size == 1 {
			piece = hexed(text[0])
		} else if !harmless(r) {
			piece = escaped(r)
		}
		if b.Len()+len(piece) > limit {
			break
		}
		b.WriteString(piece)
		text = text[size:]
	}
	return b.String()
}

func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

func harmless(r rune) bool {
	if r == '\n' || r == '\t' {
		return true
	}
	if r < 0x7f {
		return r >= ' '
	}
	// Cf has the bidirectional overrides and the invisible characters, Zl and Zp the other line ends.
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

func escaped(r rune) string {
	switch {
	case r == '\r':
		return `\r`
	case r < 0x80:
		return hexed(byte(r))
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// hexed is quick, as a guest may have much that is escaped.
func hexed(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{'\\', 'x', digits[c>>4], digits[c&15]})
}

// partialRune returns how many bytes at the end of text are the beginning of a character that was cut off.
func partialRune(text []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		c := text[len(text)-back]
		if utf8.RuneStart(c) {
			if !utf8.FullRune(text[len(text)-back:]) {
				return back
			}
			return 0
		}
	}
	return 0
}

// firstLine returns text up to its first line feed.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
