package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// Delete moves a run into the trash. If there is a deleted run of that id, that one is renamed to ID_xxxx.
func (s *Store) Delete(id run.ID) error {
	r, err := s.Run(id)
	if err != nil {
		return err
	}
	trash := s.Deleted()
	if s.runs == trash.runs {
		return fmt.Errorf("run %s is deleted already", id)
	}
	if err := os.MkdirAll(trash.runs, 0o777); err != nil {
		return fmt.Errorf("delete run %s: %w", id, err)
	}
	err = s.change(func() error {
		if err := trash.makeRoom(id); err != nil {
			return err
		}
		return moveDir(r.Dir, trash.at(id).Dir)
	}, func(t *table) { t.drop(id) })
	if err != nil {
		return fmt.Errorf("delete run %s: %w", id, err)
	}
	return nil
}

// Restore moves a run out of the trash. The error is ErrExists if there is a run of that id again.
func (s *Store) Restore(id run.ID) error {
	store := Open(s.home)
	deleted, err := store.Deleted().Run(id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(store.runs, 0o777); err != nil {
		return fmt.Errorf("restore run %s: %w", id, err)
	}
	r := store.at(id)
	err = store.change(func() error {
		if exists(r.Dir) {
			return fs.ErrExist
		}
		return moveDir(deleted.Dir, r.Dir)
	}, func(t *table) { t.put(r) })
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("run %s %w", id, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("restore run %s: %w", id, err)
	}
	return nil
}

const maxID = 128 // of run.ParseID

// makeRoom renames what has the id of a run to come, so that deleting a run never destroys another.
func (s *Store) makeRoom(id run.ID) error {
	if !exists(s.at(id).Dir) {
		return nil
	}
	base := string(id)
	for len(base) > maxID-5 || !utf8.ValidString(base) {
		base = base[:len(base)-1]
	}
	for {
		older := s.at(run.ID(base + "_" + string(run.NewID()[:4])))
		if !exists(older.Dir) {
			return moveDir(s.at(id).Dir, older.Dir)
		}
	}
}

// moveDir renames a directory, also one that a lock made read-only: a directory that gets a new parent must be writable itself.
func moveDir(from, to string) error {
	err := unix.Rename(from, to)
	if !errors.Is(err, unix.EACCES) {
		return pathError("move", from, err)
	}
	info, statErr := os.Lstat(from)
	if statErr != nil || info.Mode()&0o200 != 0 || !info.IsDir() {
		return pathError("move", from, err)
	}
	if err := os.Chmod(from, info.Mode().Perm()|0o200); err != nil {
		return err
	}
	now := to
	if err = unix.Rename(from, to); err != nil {
		now = from
	}
	return errors.Join(pathError("move", from, err), os.Chmod(now, info.Mode().Perm()))
}

func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: filepath.Clean(path), Err: err}
}
