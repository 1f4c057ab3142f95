package proc

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	settleTime  = 100 * time.Millisecond // for the rest of the group to end by itself
	lingerGrace = time.Second            // from its SIGTERM to SIGKILL
	giveUpTime  = time.Second            // after SIGKILL: a process may hang in the kernel
	stuckTime   = time.Second            // for a writer to take the last output of a stopped process
)

// supervise waits for the main process and sets everything that Wait returns.
func (p *Process) supervise() {
	go p.pump.run()
	p.term.hold(p.pid)
	status, err := p.reap()
	p.term.end()

	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()

	p.exit = exitOf(status)
	p.exit.Lingered = p.clearGroup()
	p.err = errors.Join(err, p.collect())
}

// reap waits for the main process to end. If it stops because of the terminal, guild has to stop too.
func (p *Process) reap() (unix.WaitStatus, error) {
	for {
		var status unix.WaitStatus
		_, err := ignoringEINTR(func() (int, error) { return unix.Wait4(p.pid, &status, unix.WUNTRACED, nil) })
		if err != nil {
			// Somebody else in this program waited for the process. How it ended is lost.
			return status, fmt.Errorf("wait for process %d: %w", p.pid, err)
		}
		if !status.Stopped() {
			return status, nil
		}
		if p.term != nil {
			p.pump.flush() // guild may be stopped next, and what the process asked is to be seen
			p.term.stopped(status.StopSignal())
		}
	}
}

func exitOf(status unix.WaitStatus) Exit {
	if !status.Signaled() {
		return Exit{Status: status.ExitStatus()}
	}
	name := unix.SignalName(status.Signal())
	if name == "" {
		name = fmt.Sprintf("signal %d", int(status.Signal()))
	}
	return Exit{Status: -int(status.Signal()), Signal: name}
}

// clearGroup ends what is left of the process group and returns how many processes that were. Those which are
// about to end by themselves, as the reader of a pipe, are given the time to. After Stop all had their SIGTERM
// already, and keep what is left of the time it gave.
func (p *Process) clearGroup() int {
	if p.groupGone(settleTime) {
		return 0
	}
	n, err := members(p.pid)
	if err != nil {
		n = 1
	}
	p.mu.Lock()
	deadline := p.deadline
	p.mu.Unlock()
	grace := time.Until(deadline)
	if deadline.IsZero() {
		unix.Kill(-p.pid, unix.SIGTERM)
		unix.Kill(-p.pid, unix.SIGCONT)
		grace = lingerGrace
	}
	if !p.groupGone(grace) {
		unix.Kill(-p.pid, unix.SIGKILL)
		p.groupGone(giveUpTime)
	}
	return n
}

// groupGone waits for the group to be empty, at most for a time. As long as it is not, no other group can get its
// number, though the main process is reaped.
func (p *Process) groupGone(limit time.Duration) bool {
	end := time.Now().Add(limit)
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		if unix.Kill(-p.pid, 0) == unix.ESRCH {
			return true
		}
		if n, err := members(p.pid); err == nil && n == 0 {
			return true
		}
		if time.Now().After(end) {
			return false
		}
		time.Sleep(pause)
	}
}

// afterForks waits for processes that are between their fork and their exec, and so hold copies of our pipes. Forks have this lock until the
// exec.
func afterForks() {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
}

// collect waits until the pump has emptied the pipes, and closes everything. A writer may take its time, as a pager
// does, but not after Stop.
func (p *Process) collect() error {
	afterForks()
	unix.Close(p.pump.waker)
	stop := p.stop
	var timeout <-chan time.Time
	for {
		select {
		case <-p.pump.done:
			p.exit.Held = p.pump.held
			closeAll(p.pump.src[Stdout], p.pump.src[Stderr], p.pump.wake)
			return errors.Join(p.pump.left, p.rec.close())
		case <-stop:
			stop, timeout = nil, time.After(stuckTime)
		case <-timeout:
			timeout = time.After(stuckTime)
			if next := p.pump.replace(); next != nil {
				p.pump = next
				go next.run()
			}
		}
	}
}
