package store

import (
	"fmt"
	"path/filepath"

	"github.com/guild-run/guild/runtime/run"
)

// Store is the runs of one home directory, or of its trash. It holds no open files and may be used by many goroutines.
type Store struct {
	home  string
	runs  string // the directory whose entries are runs
	index string // the index over it
	guard string // the name of the claim that guards the index
}

// Open returns the store of a home directory. It reads nothing and makes nothing: the directory need not exist.
func Open(home string) *Store {
	return &Store{
		home:  home,
		runs:  filepath.Join(home, "runs"),
		index: filepath.Join(home, "index", "runs.v1"),
		guard: "index",
	}
}

// Deleted is the trash as a store: Newest, Select and Run work on deleted runs.
func (s *Store) Deleted() *Store {
	return &Store{
		home:  s.home,
		runs:  filepath.Join(s.home, "trash", "runs"),
		index: filepath.Join(s.home, "index", "trash.v1"),
		guard: "index-trash",
	}
}

// Home is the directory given to Open.
func (s *Store) Home() string { return s.home }

// Run returns the run of an id. The error is ErrNotFound if there is none: a directory is a run if it has .guild/opref,
// and is no run if it, or its .guild, is a symbolic link.
func (s *Store) Run(id run.ID) (*Run, error) {
	if _, err := run.ParseID(string(id)); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNotFound, err)
	}
	r := s.at(id)
	if !isRun(r.Dir) {
		return nil, fmt.Errorf("run %s: %w", id, ErrNotFound)
	}
	return r, nil
}

// at is the run of an id that was checked before.
func (s *Store) at(id run.ID) *Run { return &Run{ID: id, Dir: filepath.Join(s.runs, string(id))} }

// Place is the run of an id that need not exist: where it is, or would be.
func (s *Store) Place(id run.ID) *Run { return s.at(id) }
