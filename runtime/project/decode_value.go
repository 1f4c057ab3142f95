package project

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/guild-run/guild/runtime/run"
)

func (d *decoder) boolean(n *node) bool {
	b, ok := n.value.(bool)
	if !ok {
		d.invalid(n, "want true or false")
	}
	return b
}

func (d *decoder) integer(n *node, low, high int64) int64 {
	i, ok := n.value.(int64)
	if !ok {
		d.invalid(n, "want an integer")
		return low
	}
	if i < low || i > high {
		d.invalid(n, "want an integer from %d to %d", low, high)
		return low
	}
	return i
}

// anyStr reads text.
func (d *decoder) anyStr(n *node) string {
	s, ok := n.value.(string)
	switch {
	case !ok:
		d.invalid(n, "want a string")
	case strings.ContainsRune(s, 0):
		d.invalid(n, "want a string without NUL")
	}
	return s
}

// str reads text that is not empty.
func (d *decoder) str(n *node) string {
	s := d.anyStr(n)
	if n.value == "" {
		d.invalid(n, "want a string that is not empty")
	}
	return s
}

// template reads text that Expand takes. Which names there are is known only later.
func (d *decoder) template(n *node) string {
	s := d.anyStr(n)
	if _, err := parseTemplate(s); err != nil {
		d.invalid(n, "%s", err)
	}
	return s
}

// sourcePattern reads a pattern of source files, as a line of .gitignore.
func (d *decoder) sourcePattern(n *node) string {
	s := d.str(n)
	if problem := checkPattern(s); s != "" && problem != "" {
		d.invalid(n, "%s", problem)
	}
	return s
}

func checkPattern(s string) string {
	switch {
	case strings.ContainsAny(s, "{}"):
		return "a glob has no braces"
	case s == "" || slices.Contains(strings.Split(s, "/"), ".."):
		return "want a glob of paths inside the project"
	case !doublestar.ValidatePattern(s):
		return "malformed glob"
	}
	return ""
}

func (d *decoder) oneOf(n *node, choices ...string) string {
	s, ok := n.value.(string)
	if !ok || !slices.Contains(choices, s) {
		d.invalid(n, "want one of %s", strings.Join(choices, ", "))
		return choices[0]
	}
	return s
}

// strings reads a list of texts, each with read.
func (d *decoder) strings(n *node, read func(*node) string) []string {
	if !n.isList() {
		d.invalid(n, "want a list of strings")
		return nil
	}
	list := make([]string, len(n.list))
	for i, e := range n.list {
		list[i] = read(e)
	}
	return list
}

func (d *decoder) duration(n *node, most time.Duration) time.Duration {
	s, _ := n.value.(string)
	v, err := time.ParseDuration(s)
	if err != nil || v <= 0 {
		d.invalid(n, `want a duration, such as "90s" or "2h"`)
		return 0
	}
	if most > 0 && v > most {
		d.invalid(n, "the maximum is %s", most)
	}
	return v
}

// values reads a table of flag values, or of anything that a run can record.
func (d *decoder) values(n *node, read func(*node) any) map[string]any {
	if !d.isTable(n) {
		return nil
	}
	out := make(map[string]any, len(n.table))
	for _, c := range n.table {
		out[c.key] = read(c)
	}
	return out
}

// flagValue reads a scalar or a list of them.
func (d *decoder) flagValue(n *node) any {
	switch v := n.value.(type) {
	case bool, int64, float64:
		return v
	case string:
		if err := checkText(v); err != nil {
			d.invalid(n, "%s", err)
		}
		return v
	case []any:
		list := make([]any, len(n.list))
		for i, e := range n.list {
			list[i] = d.flagValue(e)
		}
		return list
	case map[string]any:
		d.invalid(n, "a flag cannot hold a table")
	default:
		d.invalid(n, "want a date or time in quotes")
	}
	return nil
}

func (d *decoder) flagTable(n *node) run.Flags {
	if d.isTable(n) {
		d.flagNames(n)
		return d.values(n, d.flagValue)
	}
	return nil
}

func (d *decoder) flagNames(n *node) {
	for _, c := range n.table {
		if err := checkFlagName(c.key); err != nil {
			d.fail(c.pos, "", "%s", err)
		}
	}
}

func checkText(s string) error {
	switch {
	case len(s) > run.MaxValueLen:
		return fmt.Errorf("it has %d bytes, the limit is %d", len(s), run.MaxValueLen)
	case !utf8.ValidString(s):
		return fmt.Errorf("want text in UTF-8")
	case strings.ContainsRune(s, 0):
		return fmt.Errorf("want text without NUL")
	}
	return nil
}

func checkFlagName(name string) error {
	if _, err := run.ParseAssignment(name + "="); err != nil || strings.ContainsAny(name, "=") || name[0] == '-' || name[0] == '@' {
		return fmt.Errorf("%q cannot be the name of a flag", name)
	}
	return nil
}
