package project

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/guild-run/guild/runtime/run"
)

// hookTable is one [hooks.NAME] table: what it sets, and where it stands.
type hookTable struct {
	config HookConfig
	keys   []string
	text   *text
	pos    int
}

// hookRef is the name of a hook in an operation's list.
type hookRef struct {
	name string
	text *text
	pos  int
}

// events that a hook can be called for, and the grants it can be given: those of guild_v1. Tests hold them
// against the contract, which this package does not import.
var events = []string{
	"on_init", "on_flags_detect", "on_flags_composed", "on_batch_begin", "batch_strategy", "on_batch_plan", "on_run_skipped",
	"on_run_staged", "on_restart_begin", "on_run_begin", "on_step_begin", "on_step_end", "on_run_progress", "on_run_end",
	"on_lock_end", "on_trial_end", "on_batch_end", "on_verify_end", "on_unlock_begin", "on_unlock_end", "on_delete_begin",
	"on_delete_end",
}

const grantStageWrite = "stage.write"

var grants = []string{grantStageWrite, "flags.set", "env.set", "attrs.set", "plan.set", "lock", "emit"}

// Bounds of what a hook can be given.
const (
	maxPriority = 1_000_000
	maxFuel     = 1_000_000_000_000_000
	maxTimeout  = time.Hour
	minMemory   = 64 << 10
	maxMemory   = 4 << 30
)

func (d *decoder) hooks(n *node, tier string) []hookTable {
	if !d.isTable(n) || !d.few(n) {
		return nil
	}
	tables := make([]hookTable, len(n.table))
	for i, c := range n.table {
		tables[i] = d.hook(c, tier)
		tables[i].config.Order = i
	}
	return tables
}

func (d *decoder) hook(n *node, tier string) hookTable {
	h := HookConfig{Name: n.key, Tier: tier, Priority: DefaultPriority, OnError: OnErrorDeny, Enabled: true, Declared: true}
	t := hookTable{text: d.text, pos: n.pos}
	h.Line = d.text.line(n.pos)
	if !hookName(n.key) {
		d.fail(n.pos, "", "%q cannot be the name of a hook", n.key)
	}
	d.table(n, map[string]field{
		"module":   func(n *node) { h.Module = d.str(n) },
		"priority": func(n *node) { h.Priority = int(d.integer(n, -maxPriority, maxPriority)) },
		"events":   func(n *node) { h.Events = d.eventPriorities(n) },
		"on-error": func(n *node) { h.OnError = d.oneOf(n, OnErrorDeny, OnErrorWarn) },
		"when":     func(n *node) { h.When = d.condition(n) },
		"allow":    func(n *node) { h.Allow = d.strings(n, d.grant) },
		"digest":   func(n *node) { h.Digest = d.digest(n).String() },
		"fuel":     func(n *node) { h.Fuel = uint64(d.integer(n, 1, maxFuel)) },
		"timeout":  func(n *node) { h.Timeout = d.duration(n, maxTimeout) },
		"memory":   func(n *node) { h.Memory = d.memory(n) },
		"params":   func(n *node) { h.Params = d.values(n, d.param) },
		"enabled":  func(n *node) { h.Enabled = d.boolean(n) },
		"forbid-no-hooks": func(n *node) {
			if h.ForbidNoHooks = d.boolean(n); tier != TierSystem {
				d.fail(n.pos, "", "only a system hook can have forbid-no-hooks")
			}
		},
	})
	for _, c := range n.table {
		t.keys = append(t.keys, c.key)
	}
	t.config = h
	return t
}

// hookName keeps names that are one element of a path, because a hook's state is kept under its name.
func hookName(name string) bool {
	for i, r := range name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_'
		if !letter && (i == 0 || r != '-' && r != '.') {
			return false
		}
	}
	return name != "" && len(name) <= maxName
}

func (d *decoder) eventPriorities(n *node) map[string]int {
	if !d.isTable(n) {
		return nil
	}
	priorities := make(map[string]int, len(n.table))
	for _, c := range n.table {
		if !slices.Contains(events, c.key) {
			d.fail(c.pos, run.Nearest(c.key, events), "unknown event %q", c.key)
		}
		priorities[c.key] = int(d.integer(c, -maxPriority, maxPriority))
	}
	return priorities
}

func (d *decoder) grant(n *node) string {
	s := d.str(n)
	name, glob, hasGlob := strings.Cut(s, ":")
	switch {
	case s == "":
	case !slices.Contains(grants, name):
		d.fail(n.at, run.Nearest(name, grants), "unknown grant %q", name)
	case name == grantStageWrite && !hasGlob:
		d.invalid(n, `want a glob too, such as "stage.write:src/**"`)
	case name == grantStageWrite:
		if err := run.ValidGlob(glob); err != nil {
			d.invalid(n, "%s", errors.Unwrap(err))
		}
	case hasGlob:
		d.invalid(n, "want %q alone", name)
	}
	return s
}

// condition checks `when`. Where the text of the file is the condition itself, the error points into it.
func (d *decoder) condition(n *node) string {
	s := d.str(n)
	_, err := ParseCondition(s)
	var slip *ConditionError
	if s == "" || !errors.As(err, &slip) {
		return s
	}
	if raw := d.text.src[n.at:n.end]; len(raw) == len(s)+2 && raw[1:len(raw)-1] == s {
		d.fail(n.at+1+slip.Offset, "", "%s: %s", n.key, slip.Problem)
		return s
	}
	d.fail(n.at, "", "%s: %s", n.key, slip)
	return s
}

// memoryUnits of `memory`, longer names first.
var memoryUnits = []struct {
	suffix string
	size   uint64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}}

func (d *decoder) memory(n *node) uint64 {
	s, _ := n.value.(string)
	for _, unit := range memoryUnits {
		digits, ok := strings.CutSuffix(s, unit.suffix)
		if !ok {
			continue
		}
		count, err := strconv.ParseUint(strings.TrimSuffix(digits, " "), 10, 40)
		if err != nil {
			break
		}
		if bytes := count * unit.size; count <= maxMemory/unit.size && bytes >= minMemory {
			return bytes
		}
		d.invalid(n, "want 64KiB to 4GiB")
		return 0
	}
	d.invalid(n, `want a size, such as "64MiB"`)
	return 0
}

// param reads anything that a hook can get as JSON.
func (d *decoder) param(n *node) any {
	switch v := n.value.(type) {
	case map[string]any:
		return d.values(n, d.param)
	case []any:
		list := make([]any, len(n.list))
		for i, e := range n.list {
			list[i] = d.param(e)
		}
		return list
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			d.invalid(n, "a hook cannot be given nan or inf")
		}
		return v
	case bool, int64, string:
		return v
	}
	d.invalid(n, "want a date or time in quotes")
	return nil
}
