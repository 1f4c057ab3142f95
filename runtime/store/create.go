package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// Create is CreateWith of a run of which no more is known.
func (s *Store) Create(id run.ID, ref run.OpRef) (*Run, error) { return s.CreateWith(id, ref, nil) }

// CreateWith makes a run that is pending and has these attributes, and the home directory if it is not there. The run directory
// appears complete, under its name, or not at all. The error is ErrExists if the id is taken.
func (s *Store) CreateWith(id run.ID, ref run.OpRef, attrs map[string]any) (*Run, error) {
	if _, err := run.ParseID(string(id)); err != nil {
		return nil, err
	}
	r := s.at(id)
	if err := os.MkdirAll(s.runs, 0o777); err != nil {
		return nil, fmt.Errorf("create run %s: %w", id, err)
	}
	if exists(r.Dir) {
		return nil, fmt.Errorf("run %s %w", id, ErrExists)
	}
	err := s.change(func() error { return r.appear(ref, attrs) }, func(t *table) { t.put(r) })
	if err != nil {
		if errors.Is(err, fs.ErrExist) || errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.ENOTDIR) {
			return nil, fmt.Errorf("run %s %w", id, ErrExists)
		}
		return nil, fmt.Errorf("create run %s: %w", id, err)
	}
	r.created(s.runs, attrs)
	return r, nil
}

// appear makes the run directory under another name, which nothing lists, and renames it.
func (r *Run) appear(ref run.OpRef, attrs map[string]any) error {
	temp := filepath.Join(filepath.Dir(r.Dir), atomicfile.TempPrefix+string(run.NewID()))
	if err := os.Mkdir(temp, 0o777); err != nil {
		return err
	}
	err := populate(temp, r.ID, ref, attrs)
	if err == nil {
		err = pathError("rename", temp, unix.Rename(temp, r.Dir))
	}
	if err != nil {
		os.RemoveAll(temp)
	}
	return err
}

// Discard undoes Create, for a run that nobody was told of.
func (s *Store) Discard(r *Run) error {
	temp := filepath.Join(s.runs, atomicfile.TempPrefix+string(run.NewID()))
	err := s.change(func() error { return pathError("rename", r.Dir, unix.Rename(r.Dir, temp)) }, func(t *table) { t.drop(r.ID) })
	if err == nil {
		err = os.RemoveAll(temp)
	}
	if err != nil {
		return fmt.Errorf("discard run %s: %w", r.ID, err)
	}
	return nil
}

// EmptyDir undoes CreateDir: the directory is there, and empty.
func EmptyDir(dir string) error {
	names, err := os.ReadDir(dir)
	for _, e := range names {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	if err != nil {
		return fmt.Errorf("empty run directory: %w", err)
	}
	return nil
}

// CreateDir is CreateWith outside any store, in a directory that is absent or empty. The error is ErrExists if something is
// in it.
func CreateDir(dir string, id run.ID, ref run.OpRef, attrs map[string]any) (*Run, error) {
	if _, err := run.ParseID(string(id)); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(abs, 0o777); err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	names, err := os.ReadDir(abs)
	if err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("run directory %q is not empty: something %w", dir, ErrExists)
	}
	if err := populate(abs, id, ref, attrs); err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	r := &Run{ID: id, Dir: abs}
	r.created(filepath.Dir(abs), attrs)
	return r, nil
}

// populate fills an empty directory; opref comes last, because it makes the directory a run.
func populate(dir string, id run.ID, ref run.OpRef, attrs map[string]any) error {
	meta := filepath.Join(dir, guildDir)
	if err := os.Mkdir(meta, 0o777); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(meta, attrsDir), 0o777); err != nil {
		return err
	}
	write := func(name string, text []byte) error { return os.WriteFile(filepath.Join(meta, name), text, 0o666) }
	attr := func(name string, v any) error {
		if err := checkName("attribute", name); err != nil {
			return err
		}
		text, err := encodeYAML(v)
		if err != nil {
			return fmt.Errorf("attribute %q: %w", name, err)
		}
		return write(attrsDir+"/"+name, text)
	}
	for name, v := range attrs {
		if err := attr(name, v); err != nil {
			return err
		}
	}
	if err := attr(AttrID, string(id)); err != nil {
		return err
	}
	if err := attr(AttrInitialized, time.Now().UnixMicro()); err != nil {
		return err
	}
	if err := write(processFile, nil); err != nil {
		return err
	}
	if err := os.Link(filepath.Join(meta, processFile), filepath.Join(meta, MarkPending)); err != nil {
		if err := write(MarkPending, nil); err != nil { // a file system without links
			return err
		}
	}
	return write(opRefFile, []byte(ref.String()))
}
