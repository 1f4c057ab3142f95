package project

import (
	"fmt"
	"math"
	"strings"
)

// verb is a format such as %-8.2f.
type verb struct {
	flags      string
	width      string
	precision  string // with its point
	conversion byte
}

// maxDigits bounds width and precision to two digits each.
const maxDigits = 2

func parseVerb(s string) (verb, error) {
	rest := strings.TrimPrefix(s, "%")
	bad := fmt.Errorf("malformed format %q: want such as %%.2f, %%03d or %%s", s)
	var v verb
	v.flags, rest = leading(rest, "-+ 0#")
	v.width, rest = leading(rest, "0123456789")
	if precision, ok := strings.CutPrefix(rest, "."); ok {
		v.precision, rest = leading(precision, "0123456789")
		v.precision = "." + v.precision
	}
	if len(rest) != 1 || !strings.Contains("dixXeEfFgGs", rest) {
		return verb{}, bad
	}
	if len(v.flags) > len("-+ 0#") || len(v.width) > maxDigits || len(v.precision) > maxDigits+1 {
		return verb{}, bad
	}
	v.conversion = rest[0]
	return v, nil
}

func leading(s, set string) (head, rest string) {
	rest = strings.TrimLeft(s, set)
	return s[:len(s)-len(rest)], rest
}

// formatWith formats as Python's % does: %d cuts a float, %f takes an int, %s takes anything.
func formatWith(format string, value any) (string, error) {
	v, err := parseVerb(format)
	if err != nil {
		return "", err
	}
	if v.conversion == 's' {
		flags := strings.Trim(v.flags, "+ #0")
		return fmt.Sprintf("%"+flags+v.width+v.precision+"s", plainText(value)), nil
	}
	spec := "%" + v.flags + v.width + v.precision + string(v.conversion)
	switch n := value.(type) {
	case bool:
		value = int64(0)
		if n {
			value = int64(1)
		}
	case int64, float64:
	default:
		return "", fmt.Errorf("cannot format %s with %s", showValue(value), format)
	}
	if strings.IndexByte("dixX", v.conversion) < 0 {
		if n, ok := value.(int64); ok {
			value = float64(n)
		}
		return fmt.Sprintf(spec, value), nil
	}
	if f, ok := value.(float64); ok {
		if math.IsNaN(f) || f < -(1<<63) || f >= 1<<63 {
			return "", fmt.Errorf("cannot format %s with %s", showValue(value), format)
		}
		value = int64(f)
	}
	return fmt.Sprintf(strings.Replace(spec, "i", "d", 1), value), nil
}
