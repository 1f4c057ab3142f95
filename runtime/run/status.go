package run

// Status is what became of a run. It is derived from the files of the run directory, never stored.
type Status string

// The statuses.
const (
	Pending    Status = "pending"
	Staged     Status = "staged"
	Running    Status = "running"
	Denied     Status = "denied"
	Completed  Status = "completed"
	Error      Status = "error"
	Terminated Status = "terminated"
)

// Statuses lists all of them.
var Statuses = []Status{Pending, Staged, Running, Denied, Completed, Error, Terminated}

// Final reports whether a run of this status has ended.
func (s Status) Final() bool {
	return s == Denied || s == Completed || s == Error || s == Terminated
}

// Available reports whether a run of this status can stand for a new one (`--needed`) or feed another.
func (s Status) Available() bool { return s == Completed || s == Terminated }

// ExitStatus maps the exit status of an ended process to a status: 0 is completed, a negative one (the signal that
// ended it) is terminated.
func ExitStatus(code int) Status {
	switch {
	case code == 0:
		return Completed
	case code < 0:
		return Terminated
	default:
		return Error
	}
}
