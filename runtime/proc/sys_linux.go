package proc

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// pipeSize is large enough to save most of the switches between writer and reader, and small enough that a batch of
// a hundred trials stays below what the kernel allows a user in all (64 MiB).
const pipeSize = 256 << 10

// newPipe makes a pipe that no child inherits, with a read end that does not block.
func newPipe(p *[2]int) error {
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	unix.FcntlInt(uintptr(p[0]), unix.F_SETPIPE_SZ, pipeSize) // only for speed
	if err := unix.SetNonblock(p[0], true); err != nil {
		closeAll(p[:]...)
		return err
	}
	return nil
}

// newAttributes makes the process end with guild, even if that is killed: nobody would record how it ended.
func newAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
