package slurm

import "strings"

// State is what a task does, as Slurm sees it.
type State string

const (
	// Pending has not started, or waits to start again after a requeue; Reason says for what.
	Pending State = "pending"
	// Held is pending until somebody releases it (scontrol release): also what Slurm does with a job that it cannot launch.
	Held State = "held"
	// Running runs, is being started, or is suspended.
	Running State = "running"
	// Ending has ended or is being killed, and Slurm has not yet cleaned up; what comes next may be any state, Pending included.
	Ending State = "ending"

	// Completed ended with exit code 0.
	Completed State = "completed"
	// Failed ended with an exit code or by a signal.
	Failed State = "failed"
	// Cancelled was cancelled by somebody, before or after its start.
	Cancelled State = "cancelled"
	// TimedOut was ended at its time limit, or at its deadline.
	TimedOut State = "timed out"
	// NodeFailed lost its node, or the node could not boot, and is not requeued.
	NodeFailed State = "node failed"
	// Preempted had to make room, and is not requeued.
	Preempted State = "preempted"
	// OutOfMemory was ended for the memory it used.
	OutOfMemory State = "out of memory"
	// Gone is not known to Slurm: it ended longer than MinJobAge ago, or was cancelled on its own before it started, or never was.
	Gone State = "gone"
	// Unknown is a state that this guild has no word for; Reason has Slurm's.
	Unknown State = "unknown"
)

// Done reports that the task has ended and that Slurm will not start it again by itself.
func (s State) Done() bool {
	switch s {
	case Pending, Held, Running, Ending, Unknown:
		return false
	}
	return true
}

// states are the words of squeue's column "state".
var states = map[string]State{
	"PENDING": Pending, "REQUEUED": Pending, "REQUEUE_FED": Pending,
	"REQUEUE_HOLD": Held, "SPECIAL_EXIT": Held, "RESV_DEL_HOLD": Held,
	"RUNNING": Running, "CONFIGURING": Running, "SUSPENDED": Running, "STOPPED": Running, "RESIZING": Running,
	"COMPLETING": Ending, "SIGNALING": Ending, "STAGE_OUT": Ending,
	"COMPLETED": Completed, "FAILED": Failed, "CANCELLED": Cancelled, "REVOKED": Cancelled,
	"TIMEOUT": TimedOut, "DEADLINE": TimedOut, "NODE_FAIL": NodeFailed, "BOOT_FAIL": NodeFailed,
	"PREEMPTED": Preempted, "OUT_OF_MEMORY": OutOfMemory,
}

// stateOf reads Slurm's word; a pending job that is held is told from one that waits by its reason.
func stateOf(word, reason string) State {
	s, ok := states[word]
	if !ok {
		return Unknown
	}
	if s == Pending && (strings.HasPrefix(reason, "JobHeld") || strings.Contains(reason, "requeued_held") || strings.Contains(reason, "requeued held")) {
		return Held
	}
	return s
}

// Task is what Slurm says of one run.
type Task struct {
	// Index is the place in Array.IDs.
	Index int
	State State
	// Reason is Slurm's word for why: of a wait (Resources, Priority, QOSMaxJobsPerUserLimit) or of an end (NonZeroExitCode, TimeLimit). May be empty.
	Reason string
	// Node is where its script runs or ran; empty before.
	Node string
	// ExitCode and Signal are the script's, that is those of the command of the caller; 0 until it ended.
	ExitCode, Signal int
	// Restarts counts how often Slurm has requeued it.
	Restarts int
	// JobID names the task to people and to scancel: 123_4.
	JobID string
}
