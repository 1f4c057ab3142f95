//go:build unix

package lock

import "errors"

// What recover found to do.
type recovery int

const (
	nothing recovery = iota
	finishedLock
	undidLock
	finishedUnlock
)

// recover puts right what a killed command left. The caller has the claim, so nobody is at work. The files say how far it was:
//
//	locked           a lock was committed; at most .guild is still writable
//	locked.undo      an unlock was committed; it goes on
//	locked.intent    a lock was not committed; it is rolled back
func (t *tree) recover() (recovery, error) {
	switch {
	case t.has(nameSums):
		return t.recoverLocked()
	case t.has(nameUndo):
		return finishedUnlock, t.finishUnlock()
	case t.has(nameIntent):
		return undidLock, t.rollBack()
	}
	return nothing, t.removeTemps() // killed before its intent was complete
}

// recoverLocked finishes a lock that was killed after its commit.
func (t *tree) recoverLocked() (recovery, error) {
	l, err := t.load()
	if err != nil {
		return nothing, nil //nolint:nilerr // a lock that does not hold is for Verify to report
	}
	e := l.find(guildDir)
	now, err := t.guildMode()
	if err == nil && now == e.LockedMode() {
		t.closeDoor()
	}
	if err != nil || e.Kept || now == e.LockedMode() || now != e.Mode {
		return nothing, err
	}
	return finishedLock, t.finish(l)
}

// rollBack gives back the modes of the intent and removes what the lock wrote, the intent last.
func (t *tree) rollBack() error {
	data, _, err := t.read(nameIntent)
	if err != nil {
		return err
	}
	entries, err := decodeIntent(data)
	if err != nil {
		return err
	}
	if err := t.remove(nameSums); err != nil { // only if the commit could not be made durable
		return err
	}
	if err := t.restore(recorded(entries, true)); err != nil {
		return err
	}
	t.removeStamps()
	return errors.Join(t.removeTemps(), t.remove(nameSig, nameMeta), t.sync(), t.remove(nameIntent), t.sync())
}

func (t *tree) removeTemps() error {
	return t.remove(tempName(nameSums), tempName(nameMeta), tempName(nameSig), tempName(nameLog), tempName(nameIntent))
}
