package project

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

func (o *operationDecoder) flags(n *node) []Flag {
	if !o.isTable(n) || !o.few(n) {
		return nil
	}
	o.flagNames(n)
	flags := make([]Flag, len(n.table))
	for i, c := range n.table {
		flags[i] = o.flag(c)
	}
	return flags
}

// flag reads `lr = 0.1` or `lr = { default = 0.1, … }`.
func (o *operationDecoder) flag(n *node) Flag {
	f := Flag{Name: n.key, Declared: true}
	if !n.isTable() {
		f.Default, f.HasDefault = o.flagValue(n), true
		return f
	}
	fields := map[string]field{
		"default":  func(n *node) { f.Default, f.HasDefault = o.flagValue(n), true },
		"type":     func(n *node) { f.Type = o.oneOf(n, Types...) },
		"min":      func(n *node) { f.Min = o.bound(n) },
		"max":      func(n *node) { f.Max = o.bound(n) },
		"choices":  func(n *node) { f.Choices = o.choices(n) },
		"required": func(n *node) { f.Required = o.boolean(n) },
		"help":     func(n *node) { f.Help = o.str(n) },
		"arg":      func(n *node) { f.Arg = o.str(n) },
	}
	if n.dotted {
		for _, c := range n.table {
			if fields[c.key] == nil && nearest(c.key, fields) == "" {
				name := strconv.Quote(n.key + "." + c.key)
				o.fail(c.pos, "", "unknown key %q in flag %q: a flag name with a point is written in quotes, %s", c.key, n.key, name)
				return f
			}
		}
	}
	before := o.fails
	if o.table(n, fields); o.fails == before {
		o.checkFlag(n, &f)
	}
	return f
}

func (o *operationDecoder) bound(n *node) *float64 {
	switch v := n.value.(type) {
	case int64:
		f := float64(v)
		return &f
	case float64:
		if v == v {
			return &v
		}
	}
	o.invalid(n, "want a number")
	return nil
}

func (o *operationDecoder) choices(n *node) []any {
	list, _ := o.flagValue(n).([]any)
	if len(list) == 0 {
		o.invalid(n, "want a list of values that is not empty")
	}
	if !o.few(n) {
		return nil
	}
	for i := range list {
		if slices.ContainsFunc(list[:i], func(v any) bool { return run.Equal(v, list[i]) }) {
			o.fail(n.list[i].at, "", "choice %s is given twice", o.show(n.list[i]))
		}
	}
	return list
}

// checkFlag checks what a declaration says against itself, and brings its values to its type.
func (o *operationDecoder) checkFlag(n *node, f *Flag) {
	numeric := slices.Contains([]string{TypeInt, TypeFloat, TypeNumber, typeAny}, f.family())
	for _, key := range []string{"min", "max"} {
		if c := n.child(key); c != nil && !numeric {
			o.fail(c.pos, "", "flag %q is no number and cannot have a %s", f.Name, key)
			return
		}
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		o.fail(n.child("max").at, "", "the maximum of flag %q is below its minimum", f.Name)
		return
	}
	if c := n.child("choices"); c != nil && (f.family() == TypeList || f.family() == TypePath) {
		o.fail(c.pos, "", "flag %q is a %s and cannot have choices", f.Name, f.family())
		return
	}
	unchosen := *f
	unchosen.Choices, unchosen.Type = nil, f.family()
	for i, v := range f.Choices {
		value, problem := unchosen.check(v)
		if problem != "" {
			o.invalid(n.child("choices").list[i], "%s", problem)
			return
		}
		f.Choices[i] = value
	}
	if f.Default == nil {
		return
	}
	value, problem := f.check(f.Default)
	if problem != "" {
		o.invalid(n.child("default"), "%s", problem)
		return
	}
	if s, ok := value.(string); ok && f.Type == TypePath && s != "" && !filepath.IsAbs(f.Default.(string)) {
		value = filepath.Join(o.dir, f.Default.(string))
	}
	f.Default = value
}

// env reads variables. Numbers and true are written as TOML writes them.
func (o *operationDecoder) env(n *node) map[string]string {
	if !o.isTable(n) {
		return nil
	}
	env := make(map[string]string, len(n.table))
	for _, c := range n.table {
		if !variableName(c.key) {
			o.fail(c.pos, "", "%q cannot be the name of a variable", c.key)
		}
		switch v := c.value.(type) {
		case bool:
			env[c.key] = strconv.FormatBool(v)
		case int64, float64:
			env[c.key] = run.FormatValue(v)
		default:
			env[c.key] = o.template(c)
		}
	}
	return env
}

func variableName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == "" && (s[0] < '0' || s[0] > '9')
}
