//go:build unix

package lock

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// freeze makes the entries of a run read-only and hashes them. Write permission goes first, so that what is
// hashed is what stays. Anything that is not as the survey saw it ends the lock: its mode is not in the
// intent.
type freeze struct {
	entries []Entry
	index   map[string]int
	met     []bool  // per entry; each is set by one worker
	stamps  []stamp // likewise
	clock   clock

	mu       sync.Mutex
	warnings []Warning
}

// freeze fills in entries, and returns their stamps and warnings. .guild itself stays writable, for the commit.
func (t *tree) freeze(ctx context.Context, entries []Entry, index map[string]int, m *meter) ([]stamp, []Warning, error) {
	f := &freeze{
		entries: entries, index: index, met: make([]bool, len(entries)), stamps: make([]stamp, len(entries)), clock: clockOf(t.root),
	}
	if _, err := walk(ctx, t.root, f, m); err != nil {
		return nil, nil, err
	}
	for i, ok := range f.met {
		if !ok {
			return nil, nil, fmt.Errorf("%w: %q is gone", ErrChanged, entries[i].Path)
		}
	}
	return f.stamps, f.warnings, nil
}

func indexOf(entries []Entry) map[string]int {
	index := make(map[string]int, len(entries))
	for i := range entries {
		index[entries[i].Path] = i
	}
	return index
}

// find returns which entry the survey saw, if it is still of that type.
func (f *freeze) find(path []byte, typ Type) (int, error) {
	i, ok := f.index[string(path)]
	if !ok {
		return 0, fmt.Errorf("%w: %q is new", ErrChanged, path)
	}
	if f.entries[i].Type != typ {
		return 0, fmt.Errorf("%w: %q is a %v now", ErrChanged, path, typ)
	}
	f.met[i] = true
	return i, nil
}

func (f *freeze) enter(_ *worker, d *dirRef, st *unix.Stat_t) (bool, error) {
	i, err := f.find([]byte(d.name()), Dir)
	if err != nil {
		return false, err
	}
	e := &f.entries[i]
	if d.path == guildDir {
		// Its turn comes after the commit; whether it can be changed at all must be known before.
		if err := unix.Fchmod(d.fd, e.Mode); refused(err) {
			f.keep(e, err)
		}
		return true, nil
	}
	return true, f.protect(d.fd, e, uint32(st.Mode)&permBits)
}

// protect takes away write permission. now is the present mode: another than the survey's only for a file
// with several names.
func (f *freeze) protect(fd int, e *Entry, now uint32) error {
	if (now^e.Mode)&^writeBits != 0 {
		return fmt.Errorf("%w: mode of %q", ErrChanged, e.Path)
	}
	if e.Kept || now&writeBits == 0 {
		return nil
	}
	err := unix.Fchmod(fd, e.LockedMode())
	if refused(err) {
		f.keep(e, err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("make %q read-only: %w", e.Path, err)
	}
	return nil
}

// keep notes that a mode could not be changed: the run can be verified all the same.
func (f *freeze) keep(e *Entry, err error) {
	e.Kept = true
	f.mu.Lock()
	defer f.mu.Unlock()
	f.warnings = append(f.warnings, Warning{e.Path, NotReadOnly, "it could not be made read-only: " + err.Error()})
}

func (f *freeze) entry(w *worker, d *dirRef, ent dirent, late bool) error {
	i, err := f.find(w.join(d, ent.name), ent.typ)
	if err != nil {
		return err
	}
	e := &f.entries[i]
	switch e.Type {
	case File:
		return f.file(w, d, i, ent.name, late)
	case Symlink:
		if e.Target, err = readlinkat(d.fd, ent.name); err != nil {
			return fmt.Errorf("%w: %q: %w", ErrChanged, e.Path, err)
		}
	}
	return nil
}

func (f *freeze) file(w *worker, d *dirRef, i int, name string, late bool) error {
	e := &f.entries[i]
	if e.Size >= bigFile && !late {
		w.postpone(d, name, e.Size)
		return nil
	}
	fd, err := w.openFile(d.fd, name)
	if err != nil {
		if gone(err) {
			return fmt.Errorf("%w: %q is gone", ErrChanged, e.Path)
		}
		return fmt.Errorf("read %q: %w", e.Path, err)
	}
	defer unix.Close(fd)
	var before, after unix.Stat_t
	held, err := f.secure(fd, e, &before)
	if err != nil {
		return err
	}
	start := time.Now()
	var n int64
	shares := w.shares(e.Size)
	if shares {
		n, err = w.readShared(fd, e.Size)
	} else {
		e.Digest, n, err = w.digest(fd, e.Size)
	}
	if err != nil {
		return fmt.Errorf("read %q: %w", e.Path, err)
	}
	if err := unix.Fstat(fd, &after); err != nil {
		return fmt.Errorf("read %q: %w", e.Path, err)
	}
	if n != e.Size || n != after.Size || typeOf(uint32(after.Mode)) != File || !held && !sameFile(&before, &after) {
		return fmt.Errorf("%w: %q", ErrChanged, e.Path)
	}
	if mode := uint32(after.Mode) & permBits; mode != e.LockedMode() {
		// A file system without modes takes any and keeps its own.
		f.keep(e, fmt.Errorf("its mode is %s", modeText(mode)))
		e.Mode = mode
	}
	if shares {
		w.share(e.Size, i)
	}
	f.stamps[i] = f.clock.stamp(&after, start)
	w.meter.files.Add(1)
	return nil
}

// secure makes a file read-only and sees that nobody writes it. If a lease on it is held, its content cannot change before it is closed,
// and what the survey saw of a small file need not be asked again; else before is what the file is now.
func (f *freeze) secure(fd int, e *Entry, before *unix.Stat_t) (held bool, err error) {
	if e.Size <= bufferSize {
		if err := f.protect(fd, e, e.Mode); err != nil {
			return false, err
		}
		held, busy := written(fd, true)
		if held {
			return true, nil
		}
		if busy {
			return false, fmt.Errorf("%q: %w", e.Path, ErrBusy)
		}
	}
	if err := unix.Fstat(fd, before); err != nil {
		return false, fmt.Errorf("read %q: %w", e.Path, err)
	}
	if typeOf(uint32(before.Mode)) != File {
		return false, fmt.Errorf("%w: %q", ErrChanged, e.Path)
	}
	if err := f.protect(fd, e, uint32(before.Mode)&permBits); err != nil {
		return false, err
	}
	if _, busy := written(fd, false); busy {
		return false, fmt.Errorf("%q: %w", e.Path, ErrBusy)
	}
	e.Size = before.Size
	return false, nil
}

func (f *freeze) hashed(i int, d [32]byte) { f.entries[i].Digest = d }

func (f *freeze) lost(_ *worker, _ *dirRef, l lostDir) (bool, error) {
	return false, fmt.Errorf("directory %q: %w", l.path, l.err)
}
