package lock

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// fineFilesystems have multigrain timestamps since Linux 6.13.
var fineFilesystems = []int64{unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC}

// fineTimes reports whether a change after somebody looked at the times of a file always gets later ones.
func fineTimes(fd int) bool {
	var fsinfo unix.Statfs_t
	var uname unix.Utsname
	if unix.Fstatfs(fd, &fsinfo) != nil || unix.Uname(&uname) != nil {
		return false
	}
	return slices.Contains(fineFilesystems, int64(fsinfo.Type)) && atLeast(unix.ByteSliceToString(uname.Release[:]), 6, 13)
}

func atLeast(release string, major, minor int) bool {
	a, rest, _ := strings.Cut(release, ".")
	b, _, _ := strings.Cut(rest, ".")
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	return errX == nil && errY == nil && (x > major || x == major && y >= minor)
}
