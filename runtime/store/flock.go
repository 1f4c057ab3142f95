package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

func closeFD(fd int) { unix.Close(fd) }

// openClaim opens the file of a claim, making it if it can. The kernel gives the claim up when the process dies. Where nothing can
// be written the file is opened for reading, which is enough to claim it.
func openClaim(path string) (int, error) {
	const flags = unix.O_RDWR | unix.O_CREAT | unix.O_NOFOLLOW
	fd, err := open(path, flags, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return -1, err
		}
		fd, err = open(path, flags, 0o666)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
		if readable, err := open(path, unix.O_RDONLY|unix.O_NOFOLLOW, 0); err == nil {
			return readable, nil
		}
	}
	return fd, err
}

// flock claims an open file. With LOCK_NB in how, ok is false if another holds it.
func flock(fd, how int) (ok bool, err error) {
	for {
		switch err := unix.Flock(fd, how); {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		default:
			return false, err
		}
	}
}

// flockContext waits for an open file until ctx is done; then fd is no longer the caller's.
//
// A waiting flock cannot be called off, so it waits on a thread of its own, and if nobody wants it any more gives up what it gets.
// That costs a thread but no polling, and the kernel keeps the order of those who wait.
func flockContext(ctx context.Context, fd int) error {
	got := make(chan error)
	go func() {
		_, err := flock(fd, unix.LOCK_EX)
		select {
		case got <- err:
			if err != nil {
				unix.Close(fd)
			}
		case <-ctx.Done():
			unix.Close(fd)
		}
	}()
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for another process: %w", context.Cause(ctx))
	}
}
