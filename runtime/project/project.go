package project

import (
	"fmt"

	"github.com/guild-run/guild/runtime/run"
)

// FileName is the name of a project's file.
const FileName = "guild.toml"

// Project is what guild.toml says.
type Project struct {
	// Dir is the absolute project directory.
	Dir string
	// Name is the `name` of the file, else the name of the directory.
	Name string
	// File is the path of guild.toml, or "" when the directory has none.
	File string
	// Run are the defaults for every operation.
	Run RunDefaults
	// Operations are the operations by name, and Order their names as in the file.
	Operations map[string]*Operation
	Order      []string
	// Hooks are the [hooks.NAME] tables of guild.toml as they stand there, modules as written; HookConfigs has the ones in force.
	Hooks []HookConfig

	hookTables []hookTable
	hookRefs   []hookRef
}

// RunDefaults is the [run] table.
type RunDefaults struct {
	// Lock is LockNever, LockOnSuccess or LockAlways.
	Lock string
	// Immutable: a restart always makes a new run.
	Immutable bool
}

// Values of `lock`. A run that a hook refused has not run, and is locked by none of them: it can still be started.
const (
	LockNever     = "never"
	LockOnSuccess = "on-success" // what ended with status 0
	LockAlways    = "always"     // whatever ran and ended
)

// Operation returns the operation of that name. The error is an *UnknownOperation.
func (p *Project) Operation(name string) (*Operation, error) {
	if op := p.Operations[name]; op != nil {
		return op, nil
	}
	return nil, &UnknownOperation{Name: name, Nearest: run.Nearest(name, p.Order)}
}

// UnknownOperation says that guild.toml has no operation of that name.
type UnknownOperation struct {
	Name string
	// Nearest is a name that is close, or "".
	Nearest string
}

func (e *UnknownOperation) Error() string {
	return fmt.Sprintf("operation %q is not in %s", e.Name, FileName)
}

// Hint is a line of advice, or "".
func (e *UnknownOperation) Hint() string { return didYouMean(e.Nearest) }

func didYouMean(nearest string) string {
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", nearest)
}
