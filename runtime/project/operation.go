package project

import (
	"time"

	"github.com/guild-run/guild/runtime/run"
)

// Operation is one [operations.NAME] table. It has exactly one of Main, Exec, Steps and Run.
type Operation struct {
	Name        string
	Description string
	// Main is the script, relative to the project, with slashes.
	Main string
	// Exec is the command, each word a template (Expand); "${flag_args}" stands for all flags.
	Exec []string
	// FlagsDest says how flags reach the process: "" (found out), "globals", "args", "env" or "config:PATH".
	FlagsDest   string
	FlagsImport Import
	Requires    []Requirement
	// Env are variables of the process; the values are templates.
	Env map[string]string
	// OutputScalars are patterns by name. Nil: not set, the usual ones. Empty: none.
	OutputScalars map[string]string
	// Label is a template, or "".
	Label  string
	Source SourceRules
	// Needed is "" (not unless asked for), NeededFlags or NeededSource.
	Needed string
	// StopAfter is 0 for no limit.
	StopAfter time.Duration
	// Hooks are the only project hooks that apply, if HooksSet.
	Hooks    []string
	HooksSet bool
	// Lock and Immutable are the operation's own, else those of [run].
	Lock      string
	Immutable bool
	// Flags are the declared flags in the order of the file.
	Flags []Flag

	Steps []Step
	Run   string
	// Trials are the flags that vary, in the order of the file.
	Trials     []TrialAxis
	Replicates int // 0: not set
	Conditions []BatchCondition
	Strategy   Strategy
	Launcher   Launcher
}

// Values of `needed`.
const (
	NeededFlags  = "flags"
	NeededSource = "source"
)

// Requirement is something a run needs before it starts.
type Requirement struct {
	// Kind is "operation", "file" or "url".
	Kind string
	// Target is the operation's name, the path or the URL.
	Target string
	// Digest pins the content, or is zero.
	Digest run.Digest
}

// SourceRules say which files of the project are source code, beyond the usual rules.
type SourceRules struct {
	Include, Exclude []string
	// Off: nothing is copied.
	Off bool
}

// Step is one step of a pipeline.
type Step struct {
	// Run is an operation or a script.
	Run string
	// Flags are the values to set; texts among them are templates over the pipeline's own flags.
	Flags run.Flags
	// Needed is as in Operation.
	Needed string
}

// TrialAxis is a flag and the values that it takes over the trials of a batch. A text among them may mean several values, such
// as "range[1:3]".
type TrialAxis struct {
	Name   string
	Values []any // not empty
	Place  Place
}

// BatchCondition is a named set of flags that all trials are run with.
type BatchCondition struct {
	Name   string
	Flags  run.Flags
	Places map[string]Place // of the flags
}

// Strategy says how trials are run. The zero value leaves it to guild.
type Strategy struct {
	// Mode is "", "serial" or "parallel".
	Mode string
	// Jobs is the number of trials at a time, 0 for not set.
	Jobs     int
	FailFast bool
}

// Launcher says where runs are started; "" is this machine.
type Launcher struct {
	Name   string
	Params map[string]any
}
