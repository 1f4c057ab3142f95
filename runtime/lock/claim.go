//go:build unix

package lock

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

const (
	claimName     = "LOCK.claim" // left out of the lock like every .guild/LOCK*
	claimPause    = 2 * time.Millisecond
	claimPauseMax = 50 * time.Millisecond
)

// acquire waits until no other command works on the run: with exclusive none at all, else none that changes it.
// The kernel ends a claim with the process that has it.
func (t *tree) acquire(ctx context.Context, exclusive bool) error {
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	err := flock(ctx, t.guild, how)
	if !errors.Is(err, unix.EBADF) && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOLCK) &&
		!errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return t.acquireFile(ctx, how) // NFS: directories cannot carry a claim
}

func (t *tree) acquireFile(ctx context.Context, how int) error {
	flags := unix.O_RDWR | unix.O_CREAT | unix.O_NOFOLLOW | unix.O_CLOEXEC
	if how == unix.LOCK_SH {
		flags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC
	}
	fd, err := openat(t.guild, claimName, flags, 0o644)
	if how == unix.LOCK_SH && gone(err) {
		return nil // nobody ever changed it
	}
	if err != nil {
		return t.error("open", claimName, err)
	}
	t.claim = fd
	return flock(ctx, fd, how)
}

// Busy reports whether a command that is going to work on the run in dir would have to wait now: with changes for any other, else for
// one that changes it. It is for telling somebody, not for deciding: the next moment may be different.
func Busy(dir string, changes bool) bool {
	t, err := openTree(dir)
	if err != nil {
		return false
	}
	defer t.close()
	how := unix.LOCK_SH
	if changes {
		how = unix.LOCK_EX
	}
	return errors.Is(unix.Flock(t.guild, how|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// flock asks again and again, because a waiting call could not be cancelled.
func flock(ctx context.Context, fd, how int) error {
	for pause := claimPause; ; pause = min(2*pause, claimPauseMax) {
		err := unix.Flock(fd, how|unix.LOCK_NB)
		if err != unix.EWOULDBLOCK && err != unix.EINTR {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}
