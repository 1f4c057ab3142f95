package store

import "golang.org/x/sys/unix"

// startWriting has the kernel begin to write out a file, without waiting. It is only a hint: whoever needs the file on the disk syncs
// it.
func startWriting(path string) {
	fd, err := open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_ = unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}

// syncFileSystem writes out all of the file system that a file is on.
func syncFileSystem(fd int) error { return unix.Syncfs(fd) }
