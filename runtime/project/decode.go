package project

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/run"
)

// decoder turns nodes into what they mean. It goes on after an error with zero values and keeps the error that stands first in
// the file, which is the one a reader expects to hear about.
type decoder struct {
	text *text
	dir  string // what relative paths start from
	// The first error, in the order of the file, if there are fails.
	at               int
	problem, nearest string
	// fails counts errors, for those that would only follow from another.
	fails int
}

func (d *decoder) fail(at int, nearest, format string, args ...any) {
	if d.first(at) {
		d.at, d.problem, d.nearest = at, fmt.Sprintf(format, args...), nearest
	}
	d.fails++
}

// first reports whether an error at that place would be the one to report, and so worth looking for advice.
func (d *decoder) first(at int) bool { return d.fails == 0 || at < d.at }

// failure returns the error, if there is one.
func (d *decoder) failure() error {
	if d.fails == 0 {
		return nil
	}
	return d.text.errorAt(d.at, d.problem, d.nearest)
}

// invalid refuses a value: `invalid value "x" for key "lock": want …`.
func (d *decoder) invalid(n *node, format string, args ...any) {
	d.fail(n.at, "", "invalid value %s for key %q: %s", d.show(n), n.key, fmt.Sprintf(format, args...))
}

const shownLen = 60

// show returns a value as it stands in an error.
func (d *decoder) show(n *node) string {
	switch v := n.value.(type) {
	case map[string]any:
		return "{…}"
	case string:
		return showValue(v)
	default:
		return cut(strings.Join(strings.Fields(d.text.src[n.at:n.end]), " "))
	}
}

func showValue(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(cut(s))
	}
	return cut(run.FormatValue(v))
}

func cut(s string) string {
	if utf8.RuneCountInString(s) <= shownLen {
		return s
	}
	return string([]rune(s)[:shownLen-1]) + "…"
}

// field reads the value of one known key.
type field func(*node)

// table reads a table whose keys are known.
func (d *decoder) table(n *node, fields map[string]field) {
	if !d.isTable(n) {
		return
	}
	for _, c := range n.table {
		if read, ok := fields[c.key]; ok {
			read(c)
			continue
		}
		d.fail(c.pos, nearest(c.key, fields), "unknown key %q", c.key)
	}
}

func nearest[V any](typed string, known map[string]V) string {
	return run.Nearest(typed, slices.Sorted(maps.Keys(known)))
}

func (d *decoder) isTable(n *node) bool {
	if !n.isTable() {
		d.invalid(n, "want a table")
		return false
	}
	return true
}

// maxEntries bounds what is looked through by name or value: operations, hooks, flags, choices.
const maxEntries = 1000

// few reports whether a table or a list is not too long.
func (d *decoder) few(n *node) bool {
	if length := max(len(n.table), len(n.list)); length > maxEntries {
		d.fail(n.pos, "", "%q has %d entries, the limit is %d", n.key, length, maxEntries)
		return false
	}
	return true
}
