package lock

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	leaseTries = 25
	leasePause = 10 * time.Millisecond
)

// written reports whether somebody has the file open for writing: taking away write permission does not stop
// them. A read lease is granted only if nobody has. Any other answer (another owner, a file system
// without leases) says nothing.
//
// With keep the lease is held, if it was granted, until the file is closed, which saves a system call. Who opens the file for writing
// meanwhile waits.
//
// Between fork and exec a child of this process has a copy of every descriptor, so that a file which was
// closed a moment ago can look open for some milliseconds; hence the patience.
func written(fd int, keep bool) (held, busy bool) {
	for try := 0; ; try++ {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
		if err == nil && keep {
			return true, false
		}
		if err == nil {
			unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
			return false, false
		}
		if err != unix.EAGAIN {
			return false, false
		}
		if try == leaseTries {
			return false, true
		}
		time.Sleep(leasePause)
	}
}
