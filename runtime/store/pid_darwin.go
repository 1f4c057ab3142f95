package store

import "golang.org/x/sys/unix"

const zombie = 5 // SZOMB of sys/proc.h

// processStart reads when a process was started, in µs since 1970. A zombie has ended: it does not run. known is false
// if there is no telling.
func processStart(pid int) (micros int64, running, known bool) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil || info.Proc.P_pid != int32(pid) || info.Proc.P_stat == zombie {
		return 0, false, true
	}
	t := info.Proc.P_starttime
	return t.Sec*1_000_000 + int64(t.Usec), true, true
}

// bootID is the same until the machine is started anew.
func bootID() string {
	id, _ := unix.Sysctl("kern.bootsessionuuid")
	return id
}
