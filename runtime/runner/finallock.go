package runner

import (
	"context"
	"os"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
)

// Policies of `[run] lock`.
const (
	LockNever     = "never"
	LockOnSuccess = "on-success"
	LockAlways    = "always"
)

// lockIfAsked locks the ended run if its policy or a hook says so. It is the last thing that happens to a run; only
// on_lock_end follows.
func (s *session) lockIfAsked(ctx context.Context, status run.Status) error {
	wanted := s.wantsLock || s.plan.Lock == LockAlways || s.plan.Lock == LockOnSuccess && status == run.Completed
	if !wanted {
		return nil
	}
	// What hooks leave after the lock goes here: the lock makes everything around it read-only.
	if err := os.MkdirAll(s.run.Path("state"), 0o755); err != nil {
		return err
	}
	parts, err := partsOf(s.run, s.r.Store.Place)
	if err != nil {
		return err
	}
	locked, err := lock.Create(ctx, s.run.Dir, lock.Options{Run: s.run.ID, Op: s.plan.Op, Upstream: append(s.lockedUpstream(), parts...)})
	if err != nil {
		return err
	}
	s.locked = true
	s.live.mu.Lock()
	s.live.lock = &abi.LockDoc{Digest: locked.Root.String(), Files: locked.Files}
	s.live.mu.Unlock()
	return s.fire(ctx, abi.OnLockEnd)
}

// lockedUpstream is what the lock says of the runs this one used: the digest each had when this run was staged.
func (s *session) lockedUpstream() []lock.Upstream {
	var list []lock.Upstream
	for _, u := range s.plan.upstream {
		entry := lock.Upstream{Run: u.run.ID}
		if root, err := run.ParseDigest(u.lock); err == nil {
			entry.Root = root
		}
		list = append(list, entry)
	}
	return list
}
