//go:build unix

package lock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/guild-run/guild/runtime/run"
)

const lockFileMode = 0o444

// Create locks the finished run in dir: everything in it is hashed and made read-only, but for .guild/attrs, whose
// label, tags and comments stay free. What a killed command left is put right first; if that was a lock all but
// finished, it is finished and returned. ErrLocked: the run is locked. ErrChanged, ErrBusy: it is still being
// written. After an error or a cancellation the run is as it was.
//
// Whether the run is finished is for the caller to know.
func Create(ctx context.Context, dir string, o Options) (*Lock, error) {
	l, err := create(ctx, dir, o)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return l, nil
}

func create(ctx context.Context, dir string, o Options) (*Lock, error) {
	t, err := openTree(dir)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := t.acquire(ctx, true); err != nil {
		return nil, err
	}
	did, err := t.recover()
	switch {
	case err != nil:
		return nil, err
	case did == finishedLock && o.Sign == nil:
		return t.load() // with the signature it was made with, if any
	case t.has(nameSums):
		return nil, ErrLocked
	}
	if err := t.vacant(); err != nil {
		return nil, err
	}
	prev, err := t.lastRoot()
	if err != nil {
		return nil, err
	}
	entries, warnings, err := t.examine(ctx)
	if err != nil {
		return nil, err
	}
	l := &Lock{Prev: prev, Run: o.Run, Op: o.Op, Created: created(o.Created), Upstream: append([]Upstream(nil), o.Upstream...),
		Entries: entries, Warnings: warnings}
	var index map[string]int
	var wg sync.WaitGroup
	wg.Go(func() { index = indexOf(entries) }) // while the disk is waited for
	err = t.write(nameIntent, encodeIntent(entries), 0o600)
	wg.Wait()
	if err != nil {
		return nil, err
	}
	if err := t.sync(); err != nil {
		return nil, errors.Join(err, t.rollBack())
	}
	if err := t.commit(ctx, l, index, o); err != nil {
		return nil, errors.Join(err, t.rollBack())
	}
	return l, t.finish(l)
}

// vacant reports what is in the place of a file of the lock and is none: the lock would list it, and then replace it.
func (t *tree) vacant() error {
	for _, name := range []string{nameSums, nameMeta, nameSig, nameIntent, nameUndo} {
		if typ, _, err := t.stat(name); err == nil && typ != File {
			return fmt.Errorf("%s/%s is there, and is no file but a %s", guildDir, name, typ)
		}
	}
	return nil
}

func created(at time.Time) time.Time {
	if at.IsZero() {
		at = time.Now()
	}
	return at.UTC().Truncate(time.Microsecond)
}

// commit hashes the run and puts the lock files in place, SumsFile last: with it the run is locked.
func (t *tree) commit(ctx context.Context, l *Lock, index map[string]int, o Options) error {
	m := &meter{}
	m.totalFiles, m.totalBytes = l.totals()
	stop := m.report(o.Progress)
	stamps, warnings, err := t.freeze(ctx, l.Entries, index, m)
	stop()
	if err != nil {
		return err
	}
	l.Warnings = append(l.Warnings, warnings...)
	sortWarnings(l.Warnings)
	var wg sync.WaitGroup
	defer wg.Wait()
	var modes error // an error of the disk is told only once
	wg.Go(func() { modes = t.sync() })
	l.seal()
	sums, meta := l.encode()
	wg.Go(func() { t.saveStamps(l, stamps, true) })
	if err := t.putSignature(sums, o.Sign); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := t.writeAll(pending{nameMeta, meta, lockFileMode}, pending{nameSums, sums, lockFileMode}); err != nil {
		return err
	}
	wg.Wait()
	return cmp.Or(modes, t.sync()) // before the intent goes
}

// finish closes .guild after the commit.
func (t *tree) finish(l *Lock) error {
	t.openDoor()
	defer t.closeDoor()
	if err := t.remove(nameIntent); err != nil {
		return err
	}
	if err := t.sync(); err != nil {
		return err
	}
	if e := l.find(guildDir); !e.Kept {
		return t.setGuildMode(e.LockedMode())
	}
	return nil
}

// lastRoot returns the root in the last line of LogFile, zero if there is none.
func (t *tree) lastRoot() (run.Digest, error) {
	data, _, err := t.read(nameLog)
	if err != nil {
		if gone(err) {
			return run.Digest{}, nil
		}
		return run.Digest{}, err
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	root, err := parseHex(strings.Fields(lines[len(lines)-1] + " ")[0])
	if err != nil {
		return root, fmt.Errorf("%s:%d: %w", LogFile, len(lines), err)
	}
	return root, nil
}
