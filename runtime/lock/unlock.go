//go:build unix

package lock

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Unlock gives everything in the run the mode it had before the lock, and removes the lock; its root goes to the
// end of LogFile. It does not compare contents. What a killed command left is put right, which may be all
// there is to do. ErrNotLocked: there is no lock. ErrDamaged: the modes cannot be read.
//
// If it cannot change some mode the rest is done all the same, and Unlock can be repeated.
func Unlock(ctx context.Context, dir string) error {
	if err := unlock(ctx, dir, false); err != nil {
		return fmt.Errorf("unlock %s: %w", dir, err)
	}
	return nil
}

// Force unlocks a run whose lock is damaged: its owner may write everything and enter every directory, other modes stay. It removes the lock
// also if it could not change some mode, and keeps no root.
func Force(ctx context.Context, dir string) error {
	if err := unlock(ctx, dir, true); err != nil {
		return fmt.Errorf("unlock %s: %w", dir, err)
	}
	return nil
}

func unlock(ctx context.Context, dir string, force bool) error {
	t, err := openTree(dir)
	if err != nil {
		return err
	}
	defer t.close()
	if err := t.acquire(ctx, true); err != nil {
		return err
	}
	if force {
		return t.forceOpen()
	}
	if !t.has(nameSums) {
		if did, err := t.recover(); err != nil || did != nothing {
			return err
		}
		return ErrNotLocked
	}
	l, problem, err := t.loadAny()
	if err != nil {
		return err
	}
	mode := l.find(guildDir).Mode
	if problem != nil {
		mode &= 0o777
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := t.openGuild(mode); err != nil {
		return err
	}
	if err := t.rename(nameSums, nameUndo); err != nil { // the commit
		return err
	}
	return t.finishUnlock()
}

// openGuild makes .guild writable, which removing the lock takes.
func (t *tree) openGuild(mode uint32) error {
	now, err := t.guildMode()
	if err != nil || now == mode|0o700 {
		return err
	}
	t.openDoor() // closed with the stamps, or by who finishes this
	return t.setGuildMode(mode | 0o700)
}

// finishUnlock does what comes after the commit of an unlock, from wherever it stopped.
func (t *tree) finishUnlock() error {
	if !t.has(nameMeta) { // all but removed
		return errors.Join(t.remove(nameUndo), t.sync())
	}
	sums, _, err := t.read(nameUndo)
	if err != nil {
		return err
	}
	meta, _, err := t.read(nameMeta)
	if err != nil {
		return err
	}
	l, problem := decode(sums, meta)
	if l == nil {
		return fmt.Errorf("%w: %w", ErrDamaged, problem)
	}
	if err := t.restore(recorded(l.Entries, problem == nil)); err != nil {
		return err
	}
	if err := t.log(l); err != nil {
		return err
	}
	if err := t.removeLock(); err != nil {
		return err
	}
	if e := l.find(guildDir); problem == nil && !e.Kept {
		return t.setGuildMode(e.Mode)
	}
	return nil
}

// removeLock removes every file of a lock; while nameUndo is there, that can be resumed.
func (t *tree) removeLock() error {
	t.removeStamps()
	return errors.Join(t.removeTemps(), t.remove(nameIntent, nameSig, nameMeta), t.sync(), t.remove(nameSums, nameUndo), t.sync())
}

// log appends the root of an undone lock to LogFile, once.
func (t *tree) log(l *Lock) error {
	data, _, err := t.read(nameLog)
	if err != nil && !gone(err) {
		return err
	}
	line := l.Root.Hex() + " " + l.Created.Format(timeFormat) + "\n"
	if strings.HasSuffix(string(data), line) {
		return nil
	}
	if n := len(data); n > 0 && data[n-1] != '\n' {
		data = append(data, '\n')
	}
	if err := t.write(nameLog, append(data, line...), 0o644); err != nil {
		return err
	}
	return t.sync()
}

func (t *tree) forceOpen() error {
	if !t.has(nameSums) && !t.has(nameMeta) && !t.has(nameUndo) && !t.has(nameIntent) {
		return ErrNotLocked
	}
	now, err := t.guildMode()
	if err != nil {
		return err
	}
	if err := t.openGuild(now); err != nil {
		return err
	}
	return errors.Join(t.restore(writable), t.removeLock())
}
