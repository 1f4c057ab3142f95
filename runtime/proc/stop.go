package proc

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Signal sends a signal to the whole process group. It returns os.ErrProcessDone once the main process has ended.
func (p *Process) Signal(sig os.Signal) error {
	s, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("signal process %d: unsupported signal %v", p.pid, sig)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return os.ErrProcessDone
	}
	switch err := unix.Kill(-p.pid, s); {
	case errors.Is(err, unix.ESRCH):
		return os.ErrProcessDone
	case err != nil:
		return fmt.Errorf("signal process %d: %w", p.pid, err)
	}
	return nil
}

// Stop sends SIGTERM to the group, and SIGKILL to what is left of it after the grace of Spec. It returns at once;
// Wait says how it went. Further calls do nothing.
func (p *Process) Stop() {
	p.stopOnce.Do(func() {
		close(p.stop)
		if !p.terminate() {
			return
		}
		go func() {
			select {
			case <-p.done:
			case <-time.After(p.grace):
				p.Signal(unix.SIGKILL)
			}
		}()
	})
}

// terminate sends SIGTERM and sets the deadline, unless the main process has ended.
func (p *Process) terminate() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return false
	}
	p.deadline = time.Now().Add(p.grace)
	unix.Kill(-p.pid, unix.SIGTERM)
	unix.Kill(-p.pid, unix.SIGCONT) // a stopped process gets its signals when it continues
	return true
}
