//go:build unix

package lock

import (
	"fmt"
	"time"
)

// Read returns the lock of the run in dir. ErrNotLocked: it has none. ErrDamaged: its files do not agree. Nothing of the
// run is compared with it.
func Read(dir string) (*Lock, error) {
	t, err := openTree(dir)
	if err != nil {
		return nil, fmt.Errorf("lock of %s: %w", dir, err)
	}
	defer t.close()
	l, err := t.load()
	for range readTries {
		if err == nil || !t.has(nameSums) {
			break
		}
		time.Sleep(readPause) // it may be on its way from one lock to the next
		l, err = t.load()
	}
	if err != nil {
		return nil, fmt.Errorf("lock of %s: %w", dir, err)
	}
	return l, nil
}

const (
	readTries = 2
	readPause = 5 * time.Millisecond
)

// load returns the lock if it agrees with itself.
func (t *tree) load() (*Lock, error) {
	l, problem, err := t.loadAny()
	if err != nil {
		return nil, err
	}
	if problem != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, problem)
	}
	return l, nil
}

// loadAny returns the lock, with a problem if it was altered and can still be read.
func (t *tree) loadAny() (l *Lock, problem, err error) {
	sums, _, err := t.read(nameSums)
	if err != nil {
		if gone(err) {
			return nil, nil, ErrNotLocked
		}
		return nil, nil, err
	}
	meta, _, err := t.read(nameMeta)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	l, problem = decode(sums, meta)
	if l == nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDamaged, problem)
	}
	return l, problem, nil
}
