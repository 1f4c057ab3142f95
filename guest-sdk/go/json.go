package guild

import (
	"errors"
	"math"
	"strconv"
)

// JSON is text that is JSON already.
type JSON string

// Member is one member of an object: its name, and its value as JSON text.
type Member struct {
	Name string
	JSON JSON
}

// Encode returns a value as JSON text. It takes nil, bool, int, int64, float64, string, []string, []Member, and JSON, which it
// leaves as it is.
func Encode(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "null", nil
	case JSON:
		return string(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", errors.New("JSON has no number for " + strconv.FormatFloat(v, 'g', -1, 64))
		}
		return formatFloat(v), nil
	case string:
		return Quote(v), nil
	case []string:
		out := []byte{'['}
		for i, s := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, Quote(s)...)
		}
		return string(append(out, ']')), nil
	case []Member:
		out := []byte{'{'}
		for i, m := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(append(append(out, Quote(m.Name)...), ':'), m.JSON...)
		}
		return string(append(out, '}')), nil
	}
	return "", errors.New("a value of this type cannot be written as JSON")
}

// formatFloat keeps the point of a number that has no fraction, so that it stays a float.
func formatFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '.' || c == 'e' {
			return s
		}
	}
	return s + ".0"
}

// Quote returns text as a JSON string. What is not UTF-8 becomes U+FFFD.
func Quote(s string) string {
	const hex = "0123456789abcdef"
	out := make([]byte, 0, len(s)+2)
	out = append(out, '"')
	for _, c := range s { // which reads bad bytes as U+FFFD
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', byte(c))
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\r':
			out = append(out, '\\', 'r')
		case c == '\t':
			out = append(out, '\\', 't')
		case c < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			out = append(out, string(c)...)
		}
	}
	return string(append(out, '"'))
}

// Unquote returns the text of a JSON string.
func Unquote(json string) (string, error) {
	r := reader{text: json}
	r.space()
	s, err := r.str()
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return "", err
	}
	return s, nil
}

// Members returns the members of a JSON object, in the order of the text.
func Members(json string) ([]Member, error) {
	var members []Member
	r := reader{text: json}
	err := r.each('{', '}', func() error {
		name, err := r.str()
		if err != nil {
			return err
		}
		if r.space(); !r.take(':') {
			return r.fail("no colon after a name")
		}
		r.space()
		start := r.at
		if err := r.value(maxJSONDepth - 1); err != nil {
			return err
		}
		members = append(members, Member{Name: name, JSON: JSON(json[start:r.at])})
		return nil
	})
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, err
	}
	return members, nil
}

// Elements returns the elements of a JSON array.
func Elements(json string) ([]JSON, error) {
	var elements []JSON
	r := reader{text: json}
	err := r.each('[', ']', func() error {
		start := r.at
		if err := r.value(maxJSONDepth - 1); err != nil {
			return err
		}
		elements = append(elements, JSON(json[start:r.at]))
		return nil
	})
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, err
	}
	return elements, nil
}
