package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/run"
)

const purgePrefix = atomicfile.TempPrefix + "purge-"

// Purge removes a deleted run for good, read-only or not. A run that is being purged is no longer in the trash; what
// a purge left behind when it was killed, the next one removes.
func (s *Store) Purge(id run.ID) error {
	if _, err := run.ParseID(string(id)); err != nil {
		return fmt.Errorf("%w (%w)", ErrNotFound, err)
	}
	trash := s.Deleted()
	dir := trash.at(id).Dir
	if !exists(dir) {
		return fmt.Errorf("deleted run %s: %w", id, ErrNotFound)
	}
	root, err := os.OpenRoot(trash.runs)
	if err != nil {
		return fmt.Errorf("purge run %s: %w", id, err)
	}
	defer root.Close()
	if err := root.Rename(string(id), purgePrefix+string(run.NewID())); err != nil {
		return fmt.Errorf("purge run %s: %w", id, err)
	}
	names, err := readNames(root, ".")
	if err != nil {
		return fmt.Errorf("purge run %s: %w", id, err)
	}
	for _, name := range names {
		if strings.HasPrefix(name.Name(), purgePrefix) {
			if err := removeTree(root, name.Name()); err != nil {
				return fmt.Errorf("purge run %s: %w", id, err)
			}
		}
	}
	return nil
}

// removeTree removes a tree whose directories may be read-only. Only directories need to be made writable, and links are
// removed, never followed.
func removeTree(root *os.Root, path string) error {
	if err := openUp(root, path); err != nil {
		return err
	}
	return root.RemoveAll(path)
}

func openUp(root *os.Root, path string) error {
	info, err := root.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // another purge was quicker
	}
	if err != nil || !info.IsDir() {
		return err
	}
	if info.Mode().Perm()&0o700 != 0o700 {
		if err := root.Chmod(path, info.Mode().Perm()|0o700); err != nil {
			return err
		}
	}
	entries, err := readNames(root, path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := openUp(root, path+"/"+e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func readNames(root *os.Root, path string) ([]fs.DirEntry, error) {
	d, err := root.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.ReadDir(-1)
}
