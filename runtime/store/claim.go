package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// Claim is the exclusive right to do something in a store: to act on a run, or to decide whether a key is run. The kernel
// takes it back when the process ends, however it ends.
type Claim struct {
	name string
	once sync.Once
	fd   int
}

// Claim waits for the claim of a name, such as "run-ID" or "key-HEX", until ctx is done. waiting, if it is not nil, is called
// once if another process (or goroutine) holds it. The claim's file is never deleted: whoever did would let two in.
func (s *Store) Claim(ctx context.Context, name string, waiting func()) (*Claim, error) {
	c, ok, err := s.TryClaim(name)
	if ok || err != nil {
		return c, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("claim %s: %w", name, err)
	}
	if waiting != nil {
		waiting()
	}
	fd, err := openClaim(s.claimPath(name))
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", name, err)
	}
	if err := flockContext(ctx, fd); err != nil {
		return nil, fmt.Errorf("claim %s: %w", name, err)
	}
	return &Claim{name: name, fd: fd}, nil
}

// TryClaim is Claim without waiting: ok is false if another holds it.
func (s *Store) TryClaim(name string) (c *Claim, ok bool, err error) {
	if err := checkName("claim", name); err != nil {
		return nil, false, err
	}
	fd, err := openClaim(s.claimPath(name))
	if err != nil {
		return nil, false, fmt.Errorf("claim %s: %w", name, err)
	}
	ok, err = flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if !ok {
		unix.Close(fd)
		if err != nil {
			err = fmt.Errorf("claim %s: %w", name, err)
		}
		return nil, false, err
	}
	return &Claim{name: name, fd: fd}, true, nil
}

// Release gives the claim up. Further calls do nothing.
func (c *Claim) Release() error {
	var err error
	c.once.Do(func() { err = unix.Close(c.fd) })
	if err != nil {
		return fmt.Errorf("release %s: %w", c.name, err)
	}
	return nil
}

func (s *Store) claimPath(name string) string { return filepath.Join(s.home, "locks", name) }
