package stage

import "syscall"

// changeTime is when the inode was changed last, in ns since 1970.
func changeTime(st *syscall.Stat_t) int64 { return st.Ctim.Nano() }
