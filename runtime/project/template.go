package project

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// Bounds of a template and of what becomes of it, in bytes.
const (
	maxTemplate = 64 << 10
	maxExpanded = 1 << 20
)

// Expand replaces ${name} by a value: text as it is, anything else as run.FormatValue writes it. Filters follow the name:
//
//	${lr|%.2f}       formatted: d i x X e E f F g G s, with flags, width and precision
//	${lr|default:x}  x if lr is null or unknown
//	${data|basename} the last element of a path
//	${s|unquote}     without the quotes around it
//
// $$ is a dollar sign; a dollar sign before anything else stands for itself. A name that vars does not know is an error.
func Expand(template string, vars func(name string) (any, bool)) (string, error) {
	parts, err := parseTemplate(template)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(p.text)
		} else {
			text, err := p.expand(vars)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		}
		if b.Len() > maxExpanded {
			return "", fmt.Errorf("the template makes more than %d bytes", maxExpanded)
		}
	}
	return b.String(), nil
}

// part is literal text, or a reference if it has a name.
type part struct {
	text    string
	name    string
	filters []string
}

func parseTemplate(s string) ([]part, error) {
	if len(s) > maxTemplate {
		return nil, fmt.Errorf("a template has at most %d bytes", maxTemplate)
	}
	var parts []part
	literal := func(text string) {
		if n := len(parts); n > 0 && parts[n-1].name == "" {
			parts[n-1].text += text
		} else if text != "" {
			parts = append(parts, part{text: text})
		}
	}
	for s != "" {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			literal(s)
			break
		}
		literal(s[:i])
		switch s = s[i:]; {
		case strings.HasPrefix(s, "$$"):
			literal("$")
			s = s[2:]
		case strings.HasPrefix(s, "${"):
			end := strings.IndexByte(s, '}')
			if end < 0 {
				return nil, errors.New(`"${" without "}"`)
			}
			p, err := parseReference(s[2:end])
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
			s = s[end+1:]
		default:
			literal("$")
			s = s[1:]
		}
	}
	return parts, nil
}

const defaultFilter = "default:"

func parseReference(s string) (part, error) {
	fields := strings.Split(s, "|")
	p := part{name: strings.TrimSpace(fields[0]), filters: fields[1:]}
	if p.name == "" {
		return part{}, fmt.Errorf("%q has no name", "${"+s+"}")
	}
	for _, f := range p.filters {
		switch {
		case strings.HasPrefix(f, defaultFilter), f == "basename", f == "unquote":
		case strings.HasPrefix(f, "%"):
			if _, err := parseVerb(f); err != nil {
				return part{}, err
			}
		default:
			nearest := run.Nearest(f, []string{"default:", "basename", "unquote"})
			if nearest == "" {
				return part{}, fmt.Errorf("unknown filter %q", f)
			}
			return part{}, fmt.Errorf("unknown filter %q (did you mean %q?)", f, nearest)
		}
	}
	return p, nil
}

func (p part) expand(vars func(name string) (any, bool)) (string, error) {
	v, ok := vars(p.name)
	for _, f := range p.filters {
		if byDefault, isDefault := strings.CutPrefix(f, defaultFilter); isDefault {
			if !ok || v == nil {
				v, ok = byDefault, true
			}
			continue
		}
		if !ok || v == nil { // null has no other form
			continue
		}
		switch f {
		case "basename":
			if s := plainText(v); s != "" {
				v = path.Base(s)
			}
		case "unquote":
			s := plainText(v)
			if n := len(s); n >= 2 && (s[0] == '\'' || s[0] == '"') && s[n-1] == s[0] {
				s = s[1 : n-1]
			}
			v = s
		default:
			text, err := formatWith(f, v)
			if err != nil {
				return "", fmt.Errorf("%s: %w", p.name, err)
			}
			v = text
		}
	}
	if !ok {
		return "", fmt.Errorf("unknown name %q in a template", p.name)
	}
	return plainText(v), nil
}

func plainText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return run.FormatValue(v)
}
