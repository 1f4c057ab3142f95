package proc

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// ScalarRule says where a line has scalars. Rules are made by DefaultScalarRules and ParseScalarRules.
type ScalarRule struct {
	Key     string // name of the scalar where the pattern has none, or ""
	Pattern string // as written, with \key, \value and \step

	form  form
	re    *regexp.Regexp
	named []int // groups whose name is the scalar's
	key   int   // group with the name, 0 if it is Key
	value int   // group with the value
}

// form tells the default rules, which need no regular expression, from the others.
type form int

const (
	custom form = iota
	stepForm
	valueForm
)

// What the escapes stand for. \value is matched by e6 and the like too, which are then no numbers.
var escapes = strings.NewReplacer(
	`\key`, `[_a-zA-Z]\S*`,
	`\value`, `(?:[-+]?[0-9]*\.?(?:[0-9]+)?(?:[eE][-+]?[0-9]+)?|[nN][aA][nN]|[-+]?[iI][nN][fF])`,
	`\step`, `[0-9]+`,
)

// DefaultScalarRules returns the rules for operations that have none: lines as `loss: 0.3`, `loss: 0.3 (step 10)`
// and `step: 10`.
func DefaultScalarRules() []ScalarRule {
	return []ScalarRule{
		{Pattern: `^\key:\s+\value\s+\((?:step\s+)?(?P<step>\step)\)$`, form: stepForm},
		{Pattern: `^(\key):\s+(\value)(?:\s+\(.*\))?$`, form: valueForm},
	}
}

// ParseScalarRules compiles the patterns of output-scalars, given by name, in the order of the names. The text that
// is a value stands in a group:
//
//	loss: (\S+)                       one group: the value of the scalar the rule is named after
//	(\key)=(\value)                   two groups: name and value
//	(?P<_key>\key)=(?P<_val>\value)   the same, by name, in any order
//	(?P<loss>\S+) (?P<acc>\S+)        other named groups: the values of scalars of these names
//
// A pattern may match several times in a line. The scalar named step is the step of the others.
func ParseScalarRules(patterns map[string]string) ([]ScalarRule, error) {
	rules := make([]ScalarRule, 0, len(patterns))
	for _, name := range slices.Sorted(maps.Keys(patterns)) {
		r := ScalarRule{Key: name, Pattern: patterns[name]}
		if err := r.compile(); err != nil {
			return nil, fmt.Errorf("output-scalars %q: %w", name, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func (r *ScalarRule) compile() error {
	re, err := regexp.Compile(escapes.Replace(r.Pattern))
	if err != nil {
		return fmt.Errorf("pattern %q: %w", r.Pattern, err)
	}
	r.re = re
	for group, name := range re.SubexpNames() {
		if name != "" {
			r.named = append(r.named, group)
		}
	}
	key, value := re.SubexpIndex("_key"), re.SubexpIndex("_val")
	switch {
	case key > 0 && value > 0:
		r.key, r.value, r.named = key, value, nil
	case key > 0 || value > 0:
		return errors.New("pattern has one of the groups _key and _val, want both")
	case r.named != nil:
	case re.NumSubexp() == 1:
		r.value = 1
	case re.NumSubexp() == 2:
		r.key, r.value = 1, 2
	default:
		return fmt.Errorf("pattern has %d groups, want 1 (the value) or 2 (name and value), or named ones", re.NumSubexp())
	}
	return nil
}

// match calls set with every value in the line.
func (r *ScalarRule) match(line []byte, set func(name []byte, value float64)) {
	switch {
	case r.form != custom:
		matchDefault(r.form, line, set)
	case r.re != nil:
		for _, at := range r.re.FindAllSubmatchIndex(line, -1) {
			r.take(line, at, set)
		}
	}
}

func (r *ScalarRule) take(line []byte, at []int, set func([]byte, float64)) {
	group := func(i int) []byte {
		if at[2*i] < 0 {
			return nil // it did not take part
		}
		return line[at[2*i]:at[2*i+1]]
	}
	for _, i := range r.named {
		if v, ok := parseFloat(group(i)); ok {
			set([]byte(r.re.SubexpNames()[i]), v)
		}
	}
	if r.named != nil {
		return
	}
	name := []byte(r.Key)
	if r.key > 0 {
		name = group(r.key)
	}
	if v, ok := parseFloat(group(r.value)); ok && len(name) > 0 {
		set(name, v)
	}
}
