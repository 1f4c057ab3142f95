package abi

import (
	"encoding/json"
	"math"
)

// Document is the event document (SPEC.md section 8): what event_get reads, as JSON. One shape for all
// events; parts that do not apply are absent.
type Document struct {
	Event   EventDoc    `json:"event"`
	Hook    HookDoc     `json:"hook"`
	Project *ProjectDoc `json:"project,omitempty"`
	Run     *RunDoc     `json:"run,omitempty"`
	Batch   *BatchDoc   `json:"batch,omitempty"`
	Needed  *NeededDoc  `json:"needed,omitempty"`
	Lock    *LockDoc    `json:"lock,omitempty"`
}

// EventDoc says which event this is.
type EventDoc struct {
	Name Event  `json:"name"`
	Seq  int    `json:"seq"`
	Time string `json:"time"`
}

// HookDoc says which hook is called.
type HookDoc struct {
	Name     string         `json:"name"`
	Digest   string         `json:"digest"`
	Priority int            `json:"priority"`
	Params   map[string]any `json:"params"`
}

// ProjectDoc is the project the operation comes from.
type ProjectDoc struct {
	Dir  string  `json:"dir"`
	Name string  `json:"name"`
	VCS  *VCSDoc `json:"vcs,omitempty"` // only for hooks that want it
}

// VCSDoc is what version control says of the project. With an Error nothing else is known; without a Commit there is none yet.
type VCSDoc struct {
	Commit  string   `json:"commit,omitempty"`
	Dirty   bool     `json:"dirty"`
	Changed []string `json:"changed,omitempty"` // "kind path", at most 1,000
	Error   string   `json:"error,omitempty"`
}

// RunDoc is the run. Times are RFC 3339 with microseconds, UTC; durations are seconds.
type RunDoc struct {
	ID               string               `json:"id,omitempty"`
	Dir              string               `json:"dir,omitempty"`
	Op               string               `json:"op"`
	Main             string               `json:"main,omitempty"`
	FlagsDest        string               `json:"flags_dest,omitempty"`
	Cmd              []string             `json:"cmd,omitempty"`
	Flags            map[string]any       `json:"flags"`
	FlagsSet         []string             `json:"flags_set"`
	EnvNames         []string             `json:"env_names,omitempty"`
	Status           string               `json:"status,omitempty"`
	ExitStatus       *int                 `json:"exit_status,omitempty"`
	Signal           string               `json:"signal,omitempty"`
	StopReason       string               `json:"stop_reason,omitempty"`
	Error            string               `json:"error,omitempty"`
	Started          string               `json:"started,omitempty"`
	Stopped          string               `json:"stopped,omitempty"`
	Duration         *float64             `json:"duration,omitempty"`
	Host             string               `json:"host,omitempty"`
	Remote           string               `json:"remote,omitempty"`
	PID              int                  `json:"pid,omitempty"`
	Label            string               `json:"label,omitempty"`
	Tags             []string             `json:"tags,omitempty"`
	Comments         []string             `json:"comments,omitempty"`
	RandomSeed       *int64               `json:"random_seed,omitempty"`
	SourcecodeDigest string               `json:"sourcecode_digest,omitempty"`
	IsBatch          bool                 `json:"is_batch"`
	IsTrial          bool                 `json:"is_trial"`
	IsRestart        bool                 `json:"is_restart"`
	IsStaged         bool                 `json:"is_staged"`
	Step             string               `json:"step,omitempty"`
	StepResult       *StepDoc             `json:"step_result,omitempty"`
	Scalars          map[string]ScalarDoc `json:"scalars,omitempty"`
	OutputTail       string               `json:"output_tail,omitempty"`
	Upstream         []UpstreamDoc        `json:"upstream,omitempty"`
}

// StepDoc is what became of a step of a pipeline, in on_step_end. ID is "" if no run is left of it.
type StepDoc struct {
	Name       string `json:"name"`
	ID         string `json:"id,omitempty"`
	Op         string `json:"op"`
	Status     string `json:"status"`
	ExitStatus int    `json:"exit_status"`
	Skipped    bool   `json:"skipped"`
	Error      string `json:"error,omitempty"`
}

// ScalarDoc sums up one output scalar.
type ScalarDoc struct {
	Last  Float `json:"last"`
	Min   Float `json:"min"`
	Max   Float `json:"max"`
	Count int   `json:"count"`
	Step  int64 `json:"step"`
}

// Float is a number that may be none: NaN and the infinities, which JSON has not, are null.
type Float float64

// MarshalJSON writes the number, or null.
func (f Float) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UpstreamDoc is a run whose files this one uses.
type UpstreamDoc struct {
	Run  string `json:"run"`
	Op   string `json:"op"`
	Lock string `json:"lock,omitempty"`
}

// BatchDoc is the batch that a trial belongs to, or the batch itself: Index, Replicate and Condition are those of the trial the event is
// about; Trials are there in on_batch_plan and on_batch_end.
type BatchDoc struct {
	ID         string     `json:"id"`
	Dir        string     `json:"dir"`
	Index      *int       `json:"index,omitempty"`
	Count      int        `json:"count"`
	Replicate  *int       `json:"replicate,omitempty"`
	Replicates int        `json:"replicates"`
	Condition  string     `json:"condition,omitempty"`
	Conditions []string   `json:"conditions,omitempty"`
	RandomSeed *int64     `json:"random_seed,omitempty"`
	Trials     []TrialDoc `json:"trials,omitempty"`
}

// TrialDoc is one member of a batch. Skipped says why it was not run: "needed" (ID is the run that stands for it), "denied" or "stopped".
type TrialDoc struct {
	Index      int                  `json:"index"`
	ID         string               `json:"id,omitempty"`
	Flags      map[string]any       `json:"flags"`
	Replicate  int                  `json:"replicate"`
	Condition  string               `json:"condition,omitempty"`
	RandomSeed *int64               `json:"random_seed,omitempty"`
	Status     string               `json:"status,omitempty"`
	Skipped    string               `json:"skipped,omitempty"`
	Started    string               `json:"started,omitempty"`
	Duration   *float64             `json:"duration,omitempty"`
	ExitStatus *int                 `json:"exit_status,omitempty"`
	Error      string               `json:"error,omitempty"`
	Scalars    map[string]ScalarDoc `json:"scalars,omitempty"`
}

// NeededDoc lists the runs that made this one unnecessary.
type NeededDoc struct {
	Matches []string `json:"matches"`
}

// LockDoc is the state of a run's lock.
type LockDoc struct {
	Digest     string   `json:"digest"`
	Files      int      `json:"files"`
	Mismatches []string `json:"mismatches,omitempty"` // "kind path", at most 1,000
}
