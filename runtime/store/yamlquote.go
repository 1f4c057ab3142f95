package store

import (
	"fmt"
	"strings"
)

// quoteYAML writes text as a YAML scalar: bare if it reads back as the same text, else in single quotes, else, with anything that
// is not printable ASCII, in double quotes. indent is where further lines of it begin.
func quoteYAML(s string, indent int) string {
	if s == "" {
		return "''"
	}
	special, breaks, awkward := false, false, false
	for i, r := range s {
		switch {
		case r == '\n':
			breaks = true
			// A space beside a line break would be folded away.
			awkward = awkward || i > 0 && s[i-1] == ' ' || i+1 < len(s) && s[i+1] == ' '
		case r < ' ' || r > '~':
			special = true
		}
	}
	if special || awkward {
		return doubleQuoted(s)
	}
	if !breaks && bare(s) && classify(s) == textScalar && !quotedWords[s] {
		return s
	}
	return singleQuoted(s, indent)
}

// bare reports whether printable ASCII text can stand in a block without quotes.
func bare(s string) bool {
	if s[0] == ' ' || s[len(s)-1] == ' ' || strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") {
		return false
	}
	if strings.IndexByte("#,[]{}&*!|>'\"%@`", s[0]) >= 0 {
		return false
	}
	for i := range len(s) {
		spaceNext := i+1 == len(s) || s[i+1] == ' '
		switch s[i] {
		case ':':
			if spaceNext {
				return false
			}
		case '?', '-':
			if i == 0 && spaceNext {
				return false
			}
		case '#':
			if i > 0 && s[i-1] == ' ' {
				return false
			}
		}
	}
	return true
}

// singleQuoted doubles quotes; a line break is written as an empty line, because one break alone would fold to a space.
func singleQuoted(s string, indent int) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\'':
			b.WriteString("''")
		case '\n':
			b.WriteByte('\n')
			for ; i < len(s) && s[i] == '\n'; i++ {
				b.WriteByte('\n')
			}
			i--
			b.WriteString(strings.Repeat(" ", indent))
		default:
			b.WriteByte(s[i])
		}
	}
	b.WriteByte('\'')
	return b.String()
}

var escapes = map[rune]string{
	0: `\0`, 7: `\a`, 8: `\b`, 9: `\t`, 10: `\n`, 11: `\v`, 12: `\f`, 13: `\r`, 0x1b: `\e`,
	'"': `\"`, '\\': `\\`, 0x85: `\N`, 0xa0: `\_`, 0x2028: `\L`, 0x2029: `\P`,
}

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if text, ok := escapes[r]; ok {
			b.WriteString(text)
			continue
		}
		switch {
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02X`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
