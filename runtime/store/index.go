package store

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"golang.org/x/sys/unix"
)

// load returns the index, brought up to date with runs/ if that has changed. It works without being able to write.
func (s *Store) load() (*table, error) {
	state, err := stateOf(s.runs)
	if os.IsNotExist(err) {
		return s.newTable(header{}, 0), nil
	}
	if err != nil {
		return nil, err
	}
	if t, ok := s.readShared(); ok && t.head.current(state, time.Now()) {
		return t, nil
	}
	release := s.guarded(unix.LOCK_EX)
	defer release()
	old, ok := s.read()
	if ok {
		if state, err = stateOf(s.runs); err == nil && old.head.current(state, time.Now()) {
			return old, nil // another process was at it
		}
	}
	t, err := s.reconcile(old)
	if err != nil {
		return nil, err
	}
	// A store that cannot be written is listed all the same.
	_ = t.rewrite()
	return t, nil
}

// Reindex builds the index anew from all runs.
func (s *Store) Reindex() error {
	release := s.guarded(unix.LOCK_EX)
	defer release()
	t, err := s.reconcile(nil)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.rewrite()
}

// Record brings the index up to date with a run whose operation, flags or start was written. What the index cannot be told it finds
// out later, by listing runs/ or looking at the newest runs, so an error here is no reason to give up a run.
func (s *Store) Record(r *Run) error {
	if r.Dir != s.at(r.ID).Dir {
		return nil // not of this store
	}
	release := s.guarded(unix.LOCK_EX)
	defer release()
	t, ok := s.read()
	if !ok {
		return nil // the next query makes one
	}
	t.put(r)
	return t.save()
}

// change does something that changes runs/, and has the index follow if it was up to date before. That needs no listing,
// because under the claim all other changes by guild wait; the hour of header.current bounds what other tools could slip in.
func (s *Store) change(do func() error, edit func(*table)) error {
	release := s.guarded(unix.LOCK_EX)
	defer release()
	t, ok := s.read()
	if ok {
		before, err := stateOf(s.runs)
		ok = err == nil && t.head.current(before, time.Now())
	}
	if err := do(); err != nil {
		return err
	}
	if !ok {
		return nil
	}
	edit(t)
	after, err := stateOf(s.runs)
	if err != nil {
		return nil
	}
	t.head.dir, t.head.checked = after, time.Now().UnixNano()
	t.head.flags |= flagAdvanced
	_ = t.save() // if not, the index is of another state than runs/, which shows
	return nil
}

// settle writes what a query found to have changed.
func (s *Store) settle(found *table) {
	if len(found.reread) == 0 {
		return
	}
	release := s.guarded(unix.LOCK_EX)
	defer release()
	if t, ok := s.read(); ok {
		for _, id := range found.reread {
			t.put(s.at(id)) // not what was found: another process may know better by now
		}
		_ = t.save()
	}
}

// guarded takes the claim of the index. A store where none can be taken is read without.
func (s *Store) guarded(how int) (release func()) {
	fd, err := openClaim(s.claimPath(s.guard))
	if err != nil {
		return func() {}
	}
	_, _ = flock(fd, how) // a file system without claims has one user
	return func() { closeFD(fd) }
}

func (s *Store) readShared() (*table, bool) {
	release := s.guarded(unix.LOCK_SH)
	defer release()
	return s.read()
}

func (s *Store) read() (*table, bool) {
	data, err := readSmall(s.index, maxIndex)
	if err != nil {
		return nil, false
	}
	return s.parseTable(data)
}

// save writes the changed records into the file, then the header, which says how far the file goes.
func (t *table) save() error {
	t.head.size = int64(len(t.data))
	t.head.encode(t.data)
	if err := t.patch(); err != nil {
		return t.rewrite()
	}
	return nil
}

func (t *table) patch() error {
	fd, err := open(t.store.index, unix.O_WRONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer closeFD(fd)
	for _, off := range t.changed {
		if err := writeFull(fd, t.at(off), int64(off)); err != nil {
			return err
		}
	}
	return writeFull(fd, t.data[:slotSize], 0)
}

// rewrite replaces the file.
func (t *table) rewrite() error {
	t.head.size = int64(len(t.data))
	t.head.encode(t.data)
	if err := os.MkdirAll(filepath.Dir(t.store.index), 0o777); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(t.store.runs); err == nil {
		mode = info.Mode().Perm() & 0o666 // who may add a run may add it to the index
	}
	if err := atomicfile.Write(t.store.index, t.data, mode, atomicfile.Fast); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

func stateOf(dir string) (dirState, error) {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return dirState{}, pathError("stat", dir, err)
	}
	return dirState{dev: uint64(st.Dev), ino: uint64(st.Ino), mtime: st.Mtim.Nano()}, nil
}
