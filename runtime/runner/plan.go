package runner

import (
	"time"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
)

// Plan is everything that decides what a run will be.
type Plan struct {
	Recipe
	Ref    run.OpRef
	Flags  run.Flags
	Typed  []string          // names of the flags the user typed
	SetBy  map[string]string // flag name -> hook that set it
	ID     run.ID
	RunDir string // outside the store, or ""

	Label   string // template from --label, or ""
	Tags    []string
	Comment string
	NoHooks bool
	Params  map[string]map[string]any // --hook NAME.param=v
	Source  string                    // "flags" or "source": what --needed compares unless it is told; "" if the operation does not say
	Rules   stage.Rules

	Import project.Import
	// Batch is the operation that says with what flags, how often and how this one is run; nil if none does.
	Batch *project.Operation
	// Earlier are the runs that this one's pipeline has made, by operation: they are what it requires.
	Earlier map[string]run.ID
	Step    Step // of a pipeline, if its Pipeline is not ""
	// Seed is the random seed of the run; nil is a random one.
	Seed *int64

	declared    bool           // Declared has all flags
	defaults    []project.Flag // of the operation that runs this one
	upstream    []upstream
	hooks       []*hook  // selected for this plan
	early       []record // made while flags were detected
	earlyTraces []trace
}

// Recipe is the part of a plan that a restart needs. It is kept in the run's attribute "op".
type Recipe struct {
	ProjectDir  string
	ProjectName string
	Op          string
	Main        string
	Exec        []string
	Interpreter []string // that the #! line of Main names, and its argument; empty for the one of its kind
	Dest        string
	Declared    []project.Flag
	Env         map[string]string
	Scalars     map[string]string
	Template    string // of the label
	Lock        string
	StopAfter   time.Duration
	Hooks       []string // names of the project's hooks that apply
	HooksSet    bool
	Requires    []project.Requirement
	Steps       []project.Step // of a pipeline
}

// Destinations of flags (flags-dest). DestConfig is followed by a path.
const (
	DestGlobals = "globals"
	DestArgs    = "args"
	DestEnv     = "env"
	DestConfig  = "config:"
)

// Command is the process's command line, as it will be started in the run directory.
func (plan *Plan) Command() ([]string, error) { return plan.command(plan.Flags) }

// CommandWith is the command line with other flags.
func (plan *Plan) CommandWith(flags run.Flags) ([]string, error) { return plan.command(flags) }
