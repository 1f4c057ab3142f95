package project

import "time"

// HookConfig is one hook as configured: a [hooks.NAME] table, a module dropped into hooks/, or a built-in one.
// A zero limit is guild's default.
type HookConfig struct {
	Name string
	// Module is an absolute path, or "builtin:NAME".
	Module string
	// Tier is TierSystem, TierUser or TierProject.
	Tier     string
	Priority int
	// Events are priorities of single events.
	Events map[string]int
	// OnError is OnErrorDeny or OnErrorWarn.
	OnError string
	// When is a condition (ParseCondition), or "".
	When string
	// Allow are grants: "lock", "stage.write:src/**".
	Allow []string
	// Digest is what the module's bytes must have ("blake3:…"), or "".
	Digest  string
	Fuel    uint64
	Timeout time.Duration
	// Memory is in bytes.
	Memory uint64
	Params map[string]any
	// Enabled is false for a hook that is switched off.
	Enabled bool
	// Declared: a file has a table for it.
	Declared bool
	// Order is the rank of its declaration; modules that are only dropped in share the last.
	Order int
	// Line is where its table begins, in the file of its tier, or 0.
	Line int
	// ForbidNoHooks: --no-hooks is refused. Only a system hook can ask for it.
	ForbidNoHooks bool
}

// Tiers of hooks.
const (
	TierSystem  = "system"
	TierUser    = "user"
	TierProject = "project"
)

// Values of `on-error`.
const (
	OnErrorDeny = "deny"
	OnErrorWarn = "warn"
)

// DefaultPriority is the priority of a hook that sets none.
const DefaultPriority = 100

// PriorityFor is the hook's priority in one event.
func (h HookConfig) PriorityFor(event string) int {
	if p, ok := h.Events[event]; ok {
		return p
	}
	return h.Priority
}
