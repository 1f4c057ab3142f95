package proc

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// newPipe makes a pipe that no child inherits, with a read end that does not block.
func newPipe(p *[2]int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(p[:]); err != nil {
		return err
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	if err := unix.SetNonblock(p[0], true); err != nil {
		closeAll(p[:]...)
		return err
	}
	return nil
}

// newAttributes: there is no parent-death signal here. A process whose guild is killed gets SIGPIPE at its next
// output.
func newAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
