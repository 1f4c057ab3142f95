package project

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/run"
)

// token is one word or sign of a condition.
type token struct {
	kind   tokenKind
	offset int
	text   string // of a sign or a word
	value  any    // of a number or a string
}

type tokenKind byte

const (
	tokenEnd tokenKind = iota
	tokenSign
	tokenWord
	tokenValue
)

// signs, longer ones first.
var signs = []string{"==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ",", "."}

type conditionLexer struct {
	src string
	i   int
}

func (l *conditionLexer) fail(offset int, format string, args ...any) error {
	col := utf8.RuneCountInString(l.src[:offset]) + 1
	return &ConditionError{Offset: offset, Col: col, Problem: fmt.Sprintf(format, args...)}
}

func (l *conditionLexer) next() (token, error) {
	for l.i < len(l.src) && strings.IndexByte(" \t\r\n", l.src[l.i]) >= 0 {
		l.i++
	}
	start := l.i
	if start == len(l.src) {
		return token{kind: tokenEnd, offset: start}, nil
	}
	switch c := l.src[start]; {
	case c == '"' || c == '\'':
		return l.quoted(c)
	case isDigit(c) || c == '-' && start+1 < len(l.src) && isDigit(l.src[start+1]):
		return l.number()
	case wordStart(c):
		for l.i < len(l.src) && (wordStart(l.src[l.i]) || isDigit(l.src[l.i]) || l.src[l.i] == '-') {
			l.i++
		}
		return token{kind: tokenWord, offset: start, text: l.src[start:l.i]}, nil
	}
	for _, sign := range signs {
		if strings.HasPrefix(l.src[start:], sign) {
			l.i += len(sign)
			return token{kind: tokenSign, offset: start, text: sign}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(l.src[start:])
	switch r {
	case '=':
		return token{}, l.fail(start, `"=" is not an operator, use "=="`)
	case '&', '|':
		return token{}, l.fail(start, `%q is not an operator, use %q`, string(r), string(r)+string(r))
	}
	return token{}, l.fail(start, "unexpected %q", string(r))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func wordStart(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func (l *conditionLexer) number() (token, error) {
	start := l.i
	for l.i++; l.i < len(l.src); l.i++ {
		c, before := l.src[l.i], l.src[l.i-1]
		if !isDigit(c) && !wordStart(c) && c != '.' && !((c == '-' || c == '+') && (before == 'e' || before == 'E')) {
			break
		}
	}
	text := l.src[start:l.i]
	v, err := run.ParseValue(text)
	if err != nil {
		return token{}, l.fail(start, "%s", err)
	}
	if !isNumber(v) {
		return token{}, l.fail(start, "malformed number %q", text)
	}
	return token{kind: tokenValue, offset: start, text: text, value: v}, nil
}

// quoted reads a string; both kinds have the same escapes.
func (l *conditionLexer) quoted(quote byte) (token, error) {
	start := l.i
	var b strings.Builder
	for l.i++; l.i < len(l.src); l.i++ {
		switch c := l.src[l.i]; c {
		case quote:
			l.i++
			return token{kind: tokenValue, offset: start, text: l.src[start:l.i], value: b.String()}, nil
		case '\\':
			if err := l.escape(&b); err != nil {
				return token{}, err
			}
		default:
			b.WriteByte(c)
		}
	}
	return token{}, l.fail(start, "no closing quote")
}

func (l *conditionLexer) escape(b *strings.Builder) error {
	at := l.i
	if l.i++; l.i == len(l.src) {
		return l.fail(at, "no closing quote")
	}
	switch c := l.src[l.i]; c {
	case '\\', '"', '\'':
		b.WriteByte(c)
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'u':
		if l.i+4 < len(l.src) {
			if code, err := strconv.ParseUint(l.src[l.i+1:l.i+5], 16, 16); err == nil && utf8.ValidRune(rune(code)) {
				b.WriteRune(rune(code))
				l.i += 4
				return nil
			}
		}
		return l.fail(at, `malformed escape: want \u and 4 hex digits`)
	default:
		return l.fail(at, "unknown escape")
	}
	return nil
}
