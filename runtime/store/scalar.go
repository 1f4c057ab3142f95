package store

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The words and numbers of YAML 1.1 as PyYAML resolves them, with the two additions of Guild AI: an exponent needs no
// sign, and a number with an exponent no point (1e3).
var (
	words = map[string]any{
		"": nil, "~": nil, "null": nil, "Null": nil, "NULL": nil,
		"true": true, "True": true, "TRUE": true, "yes": true, "Yes": true, "YES": true, "on": true, "On": true, "ON": true,
		"false": false, "False": false, "FALSE": false, "no": false, "No": false, "NO": false, "off": false, "Off": false, "OFF": false,
	}
	// quotedWords read as text, or not at all, but Guild AI and other readers take them for something else.
	quotedWords = map[string]bool{"y": true, "Y": true, "n": true, "N": true, "<<": true, "=": true}

	// The patterns cost more to compile than a whole listing, and most commands need none.
	intPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	})
	floatPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	})
	timePattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$`)
	})
)

type scalarKind int

const (
	textScalar scalarKind = iota
	wordScalar
	intScalar
	floatScalar
	timeScalar
)

// classify says what an unquoted scalar is.
func classify(s string) scalarKind {
	if _, ok := words[s]; ok {
		return wordScalar
	}
	switch c := s[0]; {
	case c != '-' && c != '+' && c != '.' && (c < '0' || c > '9'):
		return textScalar
	case allDigits(s) && s[0] != '0': // nearly every number, without a pattern
		return intScalar
	case intPattern().MatchString(s):
		return intScalar
	case floatPattern().MatchString(s):
		return floatScalar
	case timePattern().MatchString(s):
		return timeScalar
	}
	return textScalar
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// parseScalar reads an unquoted scalar. Times stay text. ok is false for a number that 64 bits do not hold.
func parseScalar(s string) (v any, ok bool) {
	switch classify(s) {
	case wordScalar:
		return words[s], true
	case intScalar:
		return parseInt(s)
	case floatScalar:
		return parseFloat(s)
	}
	return s, true
}

func parseInt(s string) (any, bool) {
	digits := strings.ReplaceAll(s, "_", "")
	if strings.Contains(digits, ":") {
		return base60(digits, func(f float64) any { return int64(f) })
	}
	body := strings.TrimLeft(digits, "+-")
	sign := digits[:len(digits)-len(body)]
	base := 10
	switch {
	case strings.HasPrefix(body, "0b"):
		body, base = body[2:], 2
	case strings.HasPrefix(body, "0x"):
		body, base = body[2:], 16
	case len(body) > 1 && body[0] == '0':
		body, base = body[1:], 8
	}
	i, err := strconv.ParseInt(sign+body, base, 64)
	return i, err == nil
}

func parseFloat(s string) (any, bool) {
	digits := strings.ToLower(strings.ReplaceAll(s, "_", ""))
	switch strings.TrimLeft(digits, "+-") {
	case ".inf":
		if digits[0] == '-' {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	case ".nan":
		return math.NaN(), true
	case ".", "": // ._ matches the pattern and is no number
		return s, true
	}
	if strings.Contains(digits, ":") {
		return base60(digits, func(f float64) any { return f })
	}
	f, err := strconv.ParseFloat(digits, 64)
	return f, err == nil
}

// base60 reads 1:30 as 90, as YAML 1.1 has it.
func base60(s string, as func(float64) any) (any, bool) {
	total, sign := 0.0, 1.0
	if s[0] == '-' {
		sign = -1
	}
	for part := range strings.SplitSeq(strings.TrimLeft(s, "+-"), ":") {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return nil, false
		}
		total = total*60 + f
	}
	return as(sign * total), total < 1<<53
}
