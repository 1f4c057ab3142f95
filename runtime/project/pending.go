package project

import (
	"errors"

	"github.com/guild-run/guild/runtime/run"
)

var errPending = errors.New("not built yet")

func Find(dir string) (string, bool)     { return "", false }
func Load(dir string) (*Project, error)  { return nil, errPending }
func (op *Operation) Definition() []byte { return nil }
func (p *Project) HookConfigs(systemFile, userFile string) ([]HookConfig, error) {
	return nil, errPending
}

type FlagError struct{ Flag, Problem, Hint string }

func (e *FlagError) Error() string { return e.Problem }

func ResolveFlags(flags []Flag, given []run.Assignment, force bool) (run.Flags, []string, error) {
	return nil, nil, errPending
}
func CheckFlag(flags []Flag, name string, v any) (any, error) { return nil, errPending }
func Merge(declared, detected []Flag, imp Import) []Flag      { return declared }

type Condition struct{}

func ParseCondition(expr string) (*Condition, error) { return nil, errPending }
func (c *Condition) Holds(lookup func(path string) (any, bool)) (bool, error) {
	return false, errPending
}
func Expand(template string, vars func(name string) (any, bool)) (string, error) {
	return "", errPending
}
