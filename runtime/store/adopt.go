package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// TempDir makes a directory in which somebody can build a run that Adopt takes in. Nothing lists it. What is left of it an hour
// after its last modification goes away.
func (s *Store) TempDir() (string, error) {
	if err := os.MkdirAll(s.runs, 0o777); err != nil {
		return "", err
	}
	dir := filepath.Join(s.runs, atomicfile.TempPrefix+string(run.NewID()))
	return dir, os.Mkdir(dir, 0o700)
}

// Adopt makes a directory of TempDir the run of an id: it appears complete or not at all. The error is ErrExists if the id is
// taken, and ErrNotFound if the directory is not that of a run.
func (s *Store) Adopt(dir string, id run.ID) (*Run, error) {
	if _, err := run.ParseID(string(id)); err != nil {
		return nil, err
	}
	if !isRun(dir) {
		return nil, fmt.Errorf("run %s: %w in %s", id, ErrNotFound, dir)
	}
	r := s.at(id)
	err := s.change(func() error {
		if exists(r.Dir) {
			return fs.ErrExist
		}
		return moveDir(dir, r.Dir)
	}, func(t *table) { t.put(r) })
	if errors.Is(err, fs.ErrExist) || errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.ENOTDIR) {
		return nil, fmt.Errorf("run %s %w", id, ErrExists)
	}
	if err != nil {
		return nil, fmt.Errorf("take in run %s: %w", id, err)
	}
	return r, atomicfile.SyncDir(s.runs)
}
