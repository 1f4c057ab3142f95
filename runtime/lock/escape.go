package lock

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// plain reports whether a byte of ASCII stands for itself in a field of MetaFile.
func plain(c byte) bool { return c >= ' ' && c < 0x7f && c != '\\' }

// appendField appends s as one field: control characters, backslashes and bytes that are not UTF-8 become \xhh.
func appendField[S string | []byte](b []byte, s S) []byte {
	for i := 0; i < len(s); {
		run := i
		for run < len(s) && plain(s[run]) {
			run++
		}
		if run > i {
			b = append(b, s[i:run]...)
			i = run
			continue
		}
		c := s[i]
		if _, n := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)])); n > 1 {
			b = append(b, s[i:i+n]...)
			i += n
			continue
		}
		b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		i++
	}
	return b
}

// parseField reads what appendField writes, and nothing else: one value has one form.
func parseField(s string) (string, error) {
	simple := true
	for i := 0; i < len(s) && simple; i++ {
		simple = plain(s[i])
	}
	if simple {
		return s, nil
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out.WriteByte(s[i])
			continue
		}
		if i+3 >= len(s) || s[i+1] != 'x' {
			return "", fmt.Errorf("malformed escape in %q", s)
		}
		hi, ok1 := hexValue(s[i+2])
		lo, ok2 := hexValue(s[i+3])
		if !ok1 || !ok2 {
			return "", fmt.Errorf("malformed escape in %q", s)
		}
		out.WriteByte(hi<<4 | lo)
		i += 3
	}
	if v := out.String(); string(appendField(nil, v)) == s {
		return v, nil
	}
	return "", fmt.Errorf("%q is not escaped as it should be", s)
}

// sumsPath returns a path as b3sum prints it, escaped or not. ok is false for names that b3sum cannot check:
// not UTF-8, with the replacement character (it takes it for a lossy name), or with a carriage return
// (its versions differ).
func sumsPath(path string) (text string, escaped, ok bool) {
	simple := true
	for i := 0; i < len(path) && simple; i++ {
		simple = plain(path[i])
	}
	if simple {
		return path, false, true
	}
	if !utf8.ValidString(path) || strings.ContainsAny(path, "\r\uFFFD") {
		return "", false, false
	}
	if !strings.ContainsAny(path, "\\\n") {
		return path, false, true
	}
	return strings.NewReplacer("\\", `\\`, "\n", `\n`).Replace(path), true, true
}

// parseSumsPath reads the escapes of b3sum.
func parseSumsPath(text string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out.WriteByte(text[i])
			continue
		}
		i++
		switch {
		case i < len(text) && text[i] == 'n':
			out.WriteByte('\n')
		case i < len(text) && text[i] == '\\':
			out.WriteByte('\\')
		default:
			return "", fmt.Errorf("malformed escape in %q", text)
		}
	}
	return out.String(), nil
}

// validPath reports whether a path stays in the run directory and has one form.
func validPath(p string) bool {
	if p == "" || strings.IndexByte(p, 0) >= 0 {
		return false
	}
	for seg := range strings.SplitSeq(p, "/") {
		if seg == "" || seg == "." || seg == ".." {
			return false
		}
	}
	return true
}
