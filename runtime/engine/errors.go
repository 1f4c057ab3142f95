package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/abi"
)

// LoadError says why a module is not a hook.
type LoadError struct {
	Hook    string
	Problem string
	// Hint is advice for whoever builds the hook, or "".
	Hint string
	// Err is the cause, or nil.
	Err error
}

func (e *LoadError) Error() string { return fmt.Sprintf("hook %q: %s", e.Hook, e.Problem) }

// Unwrap returns the cause.
func (e *LoadError) Unwrap() error { return e.Err }

// GrantError says that a module imports functions that guild.toml does not grant to it.
type GrantError struct {
	Hook    string
	Missing []abi.Grant
	// Has are the grants that the hook was given.
	Has []abi.Grant
	// Asked are the scopes that the module's guild.hook section asks for.
	Asked []abi.Grant
}

func (e *GrantError) Error() string {
	names := make([]string, len(e.Missing))
	for i, g := range e.Missing {
		names[i] = string(g)
	}
	return fmt.Sprintf("hook %q asks for more than it is granted: %s", e.Hook, strings.Join(names, ", "))
}

// Hint returns the lines for guild.toml that would grant what is missing, beside what the hook has already.
func (e *GrantError) Hint() string {
	var quoted []string
	for _, g := range slices.Concat(e.Has, e.wanted()) {
		quoted = append(quoted, fmt.Sprintf("%q", string(g)))
	}
	return fmt.Sprintf("[hooks.%s]\nallow = [%s]", tomlKey(e.Hook), strings.Join(quoted, ", "))
}

// wanted replaces "stage.write", which needs a glob, by what the module asks for, or by everything.
func (e *GrantError) wanted() []abi.Grant {
	var out []abi.Grant
	for _, g := range e.Missing {
		if g != abi.GrantStageWrite {
			out = append(out, g)
			continue
		}
		before := len(out)
		for _, asked := range e.Asked {
			if strings.HasPrefix(string(asked), string(abi.GrantStageWrite)+":") {
				out = append(out, asked)
			}
		}
		if len(out) == before {
			out = append(out, abi.GrantStageWrite+":**")
		}
	}
	return out
}

func tomlKey(name string) string {
	for _, c := range name {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return fmt.Sprintf("%q", name)
		}
	}
	return name
}

// Kinds of failures.
const (
	KindTrap     = "trap"     // the module did something WebAssembly forbids
	KindFuel     = "fuel"     // out of fuel
	KindDeadline = "deadline" // out of time, or the caller's context ended
	KindMemory   = "memory"   // out of memory, and it could not live with that
	KindStatus   = "status"   // the handler returned something else than 0
	KindExit     = "exit"     // it called proc_exit
	KindPanic    = "panic"    // it gave a panic_message and trapped
	KindStack    = "stack"    // calls nested too deeply
)

// Failure is an event that a hook could not handle. Nothing of it is to be applied.
type Failure struct {
	Hook  string
	Event abi.Event
	Kind  string
	// Message is one line: the guest's own words if it left any. Escaped.
	Message string
	// Detail is the end of the guest's error output and its stack trace, or "". Escaped, several lines.
	Detail string
	// Result has the logs and the costs so far.
	Result *Result
	// Err is the cause where it is the caller's, for example context.Canceled, or nil.
	Err error
}

func (f *Failure) Error() string {
	if f.Event == "" {
		return fmt.Sprintf("hook %q: %s", f.Hook, f.Message)
	}
	return fmt.Sprintf("hook %q: %s: %s", f.Hook, f.Event, f.Message)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }
