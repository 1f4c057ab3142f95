package proc

import "golang.org/x/sys/unix"

const zombie = 5 // SZOMB of sys/proc.h

// members counts the processes of the group that are alive, without zombies. An error means that there is no
// telling.
func members(pgid int) (int, error) {
	procs, err := unix.SysctlKinfoProcSlice("kern.proc.pgrp", pgid)
	if err != nil {
		return 0, err
	}
	alive := 0
	for i := range procs {
		if procs[i].Proc.P_stat != zombie {
			alive++
		}
	}
	return alive, nil
}
