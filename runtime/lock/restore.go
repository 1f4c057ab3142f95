//go:build unix

package lock

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// restore gives files and directories another mode. It goes on after an error, and it is safe to repeat.
type restore struct {
	// want returns the mode something should have; it may be the present one.
	want func(path string, typ Type, now uint32) uint32

	mu   sync.Mutex
	errs []error
}

const maxErrors = 10 // one cause usually has many effects

// restore sets modes in the run, but for .guild itself. It is never cancelled: half of it helps nobody.
func (t *tree) restore(want func(path string, typ Type, now uint32) uint32) error {
	r := &restore{want: want}
	if _, err := walk(context.Background(), t.root, r, &meter{}); err != nil {
		return err
	}
	return errors.Join(r.errs...)
}

// recorded returns the modes of entries. Those of a lock that does not agree with itself give back
// permission to write and nothing else.
func recorded(entries []Entry, trusted bool) func(string, Type, uint32) uint32 {
	index := indexOf(entries)
	return func(path string, typ Type, now uint32) uint32 {
		i, ok := index[path]
		if !ok || entries[i].Kept || entries[i].Type != typ {
			return now
		}
		if !trusted {
			return now | entries[i].Mode&writeBits
		}
		return entries[i].Mode
	}
}

// writable gives the owner permission to write, and to enter directories.
func writable(_ string, typ Type, now uint32) uint32 {
	switch typ {
	case File:
		return now | 0o200
	case Dir:
		return now | 0o700
	}
	return now
}

func (r *restore) enter(_ *worker, d *dirRef, st *unix.Stat_t) (bool, error) {
	if d.path == guildDir {
		return true, nil
	}
	now := uint32(st.Mode) & permBits
	if mode := r.want(d.name(), Dir, now); mode != now {
		r.note(d.name(), unix.Fchmod(d.fd, mode))
	}
	return true, nil
}

func (r *restore) entry(_ *worker, d *dirRef, ent dirent, _ bool) error {
	if ent.typ == File {
		r.change(d, ent.name, d.join(ent.name), File)
	}
	return nil
}

func (r *restore) change(d *dirRef, name, path string, typ Type) {
	var st unix.Stat_t
	if err := lstatat(d.fd, name, &st); err != nil {
		r.note(path, err)
		return
	}
	now := uint32(st.Mode) & permBits
	if mode := r.want(path, typ, now); typeOf(uint32(st.Mode)) == typ && mode != now {
		r.note(path, chmodat(d.fd, name, mode))
	}
}

func (r *restore) note(path string, err error) {
	if err == nil || gone(err) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, fmt.Errorf("mode of %q: %w", path, err))
	}
}

// lost opens a directory that somebody closed to its owner in the meantime.
func (r *restore) lost(_ *worker, parent *dirRef, l lostDir) (bool, error) {
	if parent == nil || l.last || !errors.Is(l.err, unix.EACCES) {
		r.note(l.path, l.err)
		return false, nil
	}
	r.change(parent, l.name, l.path, Dir)
	return true, nil
}
