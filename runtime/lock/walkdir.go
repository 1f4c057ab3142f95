//go:build unix

package lock

import (
	"errors"

	"golang.org/x/sys/unix"
)

// readDir opens a directory, queues what is in it, and does a first share itself.
func (w *worker) readDir(parent *dirRef, name string) error {
	path, err := ".", error(nil)
	if parent != nil {
		path = parent.join(name)
	}
	for last := false; ; last = true {
		var d *dirRef
		if d, err = w.open(parent, name); err == nil {
			err = w.readOpen(d)
			d.release()
			if err == nil {
				return nil
			}
			if !errors.As(err, new(unreadDir)) {
				return err
			}
		}
		again, err := w.visitor.lost(w, parent, lostDir{path, name, err, last})
		if err != nil || !again || last {
			return err
		}
	}
}

// unreadDir is an error of reading the directory itself.
type unreadDir struct{ error }

func (e unreadDir) Unwrap() error { return e.error }

func (w *worker) open(parent *dirRef, name string) (*dirRef, error) {
	d := &dirRef{}
	d.refs.Store(1)
	var err error
	if parent == nil {
		d.fd, err = openat(w.root, ".", openDirFlags, 0)
	} else {
		d.path = parent.join(name)
		d.fd, err = openat(parent.fd, name, openDirFlags, 0)
	}
	return d, err
}

func (w *worker) readOpen(d *dirRef) error {
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		return unreadDir{err}
	}
	if ok, err := w.visitor.enter(w, d, &st); !ok || err != nil {
		return err
	}
	ents, err := readdir(d.fd, w.buf, w.ents[:0])
	w.ents = ents
	if err != nil {
		return unreadDir{err}
	}
	var files []dirent
	var jobs []job
	for _, ent := range ents {
		if ent.typ == Unknown && lstatat(d.fd, ent.name, &st) == nil {
			ent.typ = typeOf(uint32(st.Mode))
		}
		if excluded(d.path, ent.name, ent.typ) {
			continue
		}
		if ent.typ == Dir {
			jobs = append(jobs, job{dir: d, name: ent.name})
		} else {
			files = append(files, ent)
		}
	}
	for len(files) > batchSize {
		jobs = append(jobs, job{dir: d, list: files[len(files)-batchSize:]})
		files = files[:len(files)-batchSize]
	}
	w.add(jobs...)
	return w.visit(d, files)
}
