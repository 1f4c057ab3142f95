package proc

import (
	"io"
	"os"
	"sync"
	"time"
)

// The streams of a process, as Line and the index number them.
const (
	Stdout = 0
	Stderr = 1
)

// DefaultGrace is the time from SIGTERM to SIGKILL where Spec.Grace is zero.
const DefaultGrace = 10 * time.Second

// Spec says what to run. The zero value of every field but Args is usable.
type Spec struct {
	// Args is the command. A name without a slash is looked up in PATH of Env, one with a slash starts at Dir.
	Args []string
	// Dir is the working directory, "" is that of guild.
	Dir string
	// Env has NAME=VALUE, of equal names the last counts. Nil is the environment of guild.
	Env []string
	// Stdin is inherited, nil is the null device. If it is the terminal that guild has in the foreground, the
	// process gets the foreground until it ends, and so Ctrl-C and Ctrl-Z.
	Stdin *os.File
	// Stdout and Stderr receive the output as it comes, nil drops it. A writer that fails is not written to
	// again, which the process does not notice; one that blocks holds up the process, until Stop.
	Stdout, Stderr io.Writer
	// Output and Index are the files to keep the output in, "" keeps nothing.
	Output, Index string
	// Append adds to Output and Index, where their absence is no error. Otherwise they begin empty.
	Append bool
	// Line is called with each line without its newline, one call at a time. It must not keep the slice and
	// should be quick: the process waits for it. Lines of more than MaxLine bytes are left out.
	Line func(stream int, line []byte)
	// Grace is the time that Stop gives between SIGTERM and SIGKILL, zero is DefaultGrace.
	Grace time.Duration
}

// Exit is how a process ended.
type Exit struct {
	// Status is the exit status, or the negative number of the signal that ended the process.
	Status int
	// Signal is the name of that signal, as SIGTERM, or "".
	Signal string
	// Lingered counts the processes of the group that had to be stopped after the main process had ended.
	Lingered int
	// Held says that a process which had left the group kept the output open. What it writes from now on is lost.
	Held bool
}

// Process is a process that was started.
type Process struct {
	pid   int // and process group
	grace time.Duration
	rec   *recorder
	pump  *pump
	term  *terminal

	done chan struct{} // closed when exit and err are final
	exit Exit
	err  error

	stop     chan struct{} // closed by the first Stop
	stopOnce sync.Once

	mu       sync.Mutex
	ended    bool      // the main process was reaped
	deadline time.Time // of SIGKILL, once stopped
}

// PID is the id of the main process, which is that of its process group too.
func (p *Process) PID() int { return p.pid }

// Tail returns the end of the output so far, both streams: at most 4 KiB of valid UTF-8.
func (p *Process) Tail() []byte { return p.rec.tail.text() }

// Wait returns when the process has ended, its output is passed on and kept, and its group is empty. The error says
// what of the output could not be kept or passed on; Exit is right in any case. Every call returns the same.
func (p *Process) Wait() (Exit, error) {
	<-p.done
	return p.exit, p.err
}
