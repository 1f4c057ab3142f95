package trials

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// reader reads values and counts those that it makes, so that a short text cannot ask for memory without end.
type reader struct {
	left int64
	text bool // values are texts
}

func newReader() *reader { return &reader{left: MaxTrials} }

// take is asked before n values are made.
func (r *reader) take(n *big.Int) error {
	if !n.IsInt64() || n.Int64() > MaxTrials {
		return fmt.Errorf("it has more than %d values", MaxTrials)
	}
	if r.left -= n.Int64(); r.left < 0 {
		return errors.New("all lists together have too many values")
	}
	return nil
}

func (r *reader) takeInt(n int) error { return r.take(big.NewInt(int64(n))) }

// value reads one value.
func (r *reader) value(part string) (any, error) {
	v, err := run.ParseValue(part)
	if _, isText := v.(string); r.text && !isText {
		return part, nil
	}
	return v, err
}

// texts are values as texts, if that is what they are to be: those of a range are numbers.
func (r *reader) texts(values []any) []any {
	if !r.text {
		return values
	}
	for i, v := range values {
		switch v.(type) {
		case int64, float64:
			values[i] = run.FormatValue(v)
		}
	}
	return values
}

var (
	errEmptyList    = errors.New("an empty list makes no trials; a value that is an empty list is written [[]]")
	errEmptyPlace   = errors.New("a value between commas is missing; empty text is written ''")
	errSampleInList = errors.New("values are drawn from one distribution, it cannot be one of several values")
	errNesting      = fmt.Errorf("it is nested more than %d deep", maxNesting)
)

const maxNesting = 16

// split cuts a text at each sep that stands outside quotes and brackets. ok is false if these do not match.
func split(s string, sep byte, brackets string) (parts []string, ok bool) {
	nesting, start := 0, 0
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		at := strings.IndexByte(brackets, c)
		switch {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case at >= 0 && at%2 == 0:
			nesting++
		case at >= 0:
			if nesting--; nesting < 0 {
				return nil, false
			}
		case c == sep && nesting == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:]), nesting == 0 && quote == 0
}

// Pairs of brackets that protect what is in them: of Guild AI, and of Hydra.
const (
	square = "[]"
	round  = "()[]{}"
)

// cutCall splits "name[body]" by the first pair of the brackets. ok is false if the text has another form.
func cutCall(text, brackets string) (name, body string, ok bool) {
	open := strings.IndexByte(text, brackets[0])
	if open < 0 || text[len(text)-1] != brackets[1] {
		return "", "", false
	}
	name, body = text[:open], text[open+1:len(text)-1]
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "", "", false
	}
	_, ok = split(body, 0, brackets)
	return name, body, ok
}

// unquoted returns what is in the quotes, if the text is in quotes.
func unquoted(text string) (inner string, ok bool) {
	if n := len(text); n >= 2 && (text[0] == '\'' || text[0] == '"') && text[n-1] == text[0] {
		return text[1 : n-1], true
	}
	return text, false
}
