package run

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A flag's value is nil, bool, int64, float64, string, []any or map[string]any.

// MaxValueLen bounds the text of one flag value, in bytes.
const MaxValueLen = 64 << 10

// ParseValue reads a flag value of no declared type, as Guild AI does: int, then float, then the words of
// YAML (yes no true false null), then quoted text, then a list in brackets; otherwise it is text.
// Numbers with "_" or ":" stay text. "" stays "".
func ParseValue(s string) (any, error) {
	if len(s) > MaxValueLen {
		return nil, fmt.Errorf("value has %d bytes, the limit is %d", len(s), MaxValueLen)
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return nil, fmt.Errorf("value %q is not text", s)
	}
	return parseValue(s, 0)
}

const maxNesting = 16

func parseValue(s string, depth int) (any, error) {
	if v, ok, err := parseNumber(s); ok || err != nil {
		return v, err
	}
	switch s {
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON":
		return true, nil
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
		return false, nil
	case "null", "Null", "NULL", "~":
		return nil, nil
	}
	if n := len(s); n >= 2 && (s[0] == '\'' || s[0] == '"') && s[n-1] == s[0] {
		return unquote(s), nil
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		return parseList(s, depth)
	}
	return s, nil
}

func unquote(s string) string {
	inner := s[1 : len(s)-1]
	if s[0] == '\'' {
		return strings.ReplaceAll(inner, "''", "'")
	}
	if text, err := strconv.Unquote(s); err == nil {
		return text
	}
	return inner
}

// parseNumber reports ok when s is a number. An integer that does not fit 64 bits is an error: it could not be handed on unchanged.
func parseNumber(s string) (value any, ok bool, err error) {
	if !looksNumeric(s) {
		return nil, false, nil
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, true, nil
	}
	if _, isInt := new(big.Int).SetString(s, 10); isInt {
		return nil, false, fmt.Errorf("%s is outside the range of 64-bit integers", s)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil || f == 0 || math.IsInf(f, 0) && !strings.ContainsAny(s, "iI") {
		if math.IsInf(f, 0) && !strings.ContainsAny(s, "iI") {
			return nil, false, fmt.Errorf("%s is outside the range of 64-bit floats", s)
		}
		if err == nil {
			return f, true, nil
		}
	}
	switch strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+") {
	case ".inf", ".Inf", ".INF":
		if s[0] == '-' {
			return math.Inf(-1), true, nil
		}
		return math.Inf(1), true, nil
	case ".nan", ".NaN", ".NAN":
		return math.NaN(), true, nil
	}
	return nil, false, nil
}

// looksNumeric keeps hexadecimal, "infinity", "1_000" and the like out of ParseFloat's hands.
func looksNumeric(s string) bool {
	rest := strings.TrimLeft(s, "+-")
	if len(s)-len(rest) > 1 || rest == "" {
		return false
	}
	if rest[0] >= '0' && rest[0] <= '9' {
		return strings.Trim(rest, "0123456789.eE+-") == ""
	}
	if rest[0] == '.' && len(rest) > 1 {
		return rest[1] >= '0' && rest[1] <= '9' && strings.Trim(rest, "0123456789.eE+-") == "" ||
			len(rest) == 4 && slices.Contains([]string{"inf", "nan"}, strings.ToLower(rest[1:]))
	}
	return rest == "inf" || rest == "nan"
}

// parseList reads "[a, b, [c]]". Elements are trimmed; quotes keep commas and spaces.
func parseList(s string, depth int) (any, error) {
	if depth == maxNesting {
		return nil, fmt.Errorf("list is nested more than %d deep", maxNesting)
	}
	body := strings.TrimSpace(s[1 : len(s)-1])
	list := []any{}
	if body == "" {
		return list, nil
	}
	parts, ok := splitList(body)
	if !ok {
		return s, nil // unbalanced: it was text that begins with a bracket
	}
	for _, part := range parts {
		v, err := parseValue(strings.TrimSpace(part), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func splitList(body string) (parts []string, ok bool) {
	nesting, start := 0, 0
	var quote byte
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[':
			nesting++
		case c == ']':
			if nesting--; nesting < 0 {
				return nil, false
			}
		case c == ',' && nesting == 0:
			parts = append(parts, body[start:i])
			start = i + 1
		}
	}
	return append(parts, body[start:]), nesting == 0 && quote == 0
}

// FormatValue returns v as people see it and could type it back: yes, no, null, 1.0, [a, b]. Text that would read as
// something else is quoted.
func FormatValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return FormatFloat(v)
	case string:
		return formatText(v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = FormatValue(e)
			if s, ok := e.(string); ok && strings.ContainsAny(s, ",[]") && parts[i] == s {
				parts[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
			}
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, name := range Flags(v).Names() {
			parts = append(parts, name+": "+FormatValue(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprint(v)
	}
}

func formatText(s string) string {
	if s == "" {
		return "''"
	}
	plain := !strings.ContainsAny(s, " \t\"'") && !strings.ContainsFunc(s, unprintable)
	if plain {
		if v, err := ParseValue(s); err == nil {
			if same, ok := v.(string); ok && same == s {
				return s
			}
		}
	}
	if strings.ContainsFunc(s, unprintable) || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// FormatFloat writes a float as Python's repr does: always with a point or an exponent, shortest digits that read back.
func FormatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// Equal compares two values: numbers as numbers (1 equals 1.0), everything else within its type.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case int64:
		switch b := b.(type) {
		case int64:
			return a == b
		case float64:
			return equalIntFloat(a, b)
		}
		return false
	case float64:
		switch b := b.(type) {
		case int64:
			return equalIntFloat(b, a)
		case float64:
			return a == b || math.IsNaN(a) && math.IsNaN(b)
		}
		return false
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, Equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && Flags(a).Equal(b)
	default: // nil, bool, string
		switch b.(type) {
		case nil, bool, string:
			return a == b
		}
		return false
	}
}

func equalIntFloat(i int64, f float64) bool {
	return f == math.Trunc(f) && f >= -(1<<63) && f < 1<<63 && int64(f) == i
}
