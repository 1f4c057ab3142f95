//go:build unix

package lock

import (
	"context"
	"errors"
	"fmt"

	"github.com/guild-run/guild/runtime/run"
)

// Sign puts a signature beside the lock of the run in dir, in place of one that is there. The lock must have that root: what
// is signed is what the caller has verified. ErrNotLocked: there is no lock.
func Sign(ctx context.Context, dir string, root run.Digest, sign func(sums []byte) (signature []byte, err error)) error {
	if err := signLocked(ctx, dir, root, sign); err != nil {
		return fmt.Errorf("sign %s: %w", dir, err)
	}
	return nil
}

func signLocked(ctx context.Context, dir string, root run.Digest, sign func([]byte) ([]byte, error)) error {
	t, err := openTree(dir)
	if err != nil {
		return err
	}
	defer t.close()
	if err := t.acquire(ctx, true); err != nil {
		return err
	}
	if _, err := t.recover(); err != nil {
		return err
	}
	l, err := t.load()
	if err != nil {
		return err
	}
	if l.Root != root {
		return fmt.Errorf("%w: its root is %s, not %s", ErrChanged, l.Root, root)
	}
	sums, _, err := t.read(nameSums)
	if err != nil {
		return err
	}
	signature, err := sign(sums)
	if err != nil {
		return err
	}
	e := l.find(guildDir)
	if err := t.openGuild(e.Mode); err != nil {
		return err
	}
	err = errors.Join(t.write(nameSig, signature, lockFileMode), t.sync(), t.setGuildMode(e.LockedMode()))
	t.closeDoor()
	return err
}

// putSignature writes the signature of a lock that is about to appear, or removes what an earlier one left.
func (t *tree) putSignature(sums []byte, sign func([]byte) ([]byte, error)) error {
	if sign == nil {
		return t.remove(nameSig)
	}
	signature, err := sign(sums)
	if err != nil {
		return err
	}
	return t.write(nameSig, signature, lockFileMode)
}

// checkSignature asks the caller about the signature, and reports what it finds wrong.
func (t *tree) checkSignature(check func(sums, signature []byte) error, r *Report) error {
	if check == nil {
		return nil
	}
	sums, _, err := t.read(nameSums)
	if err != nil {
		return err
	}
	var signature []byte
	if t.has(nameSig) {
		if signature, _, err = t.read(nameSig); err != nil {
			r.Differences = append(r.Differences, Difference{SigFile, Unreadable, "", err.Error()})
			return nil
		}
	}
	if err := check(sums, signature); err != nil {
		r.Differences = append(r.Differences, Difference{SigFile, Signature, "", err.Error()})
	}
	return nil
}
