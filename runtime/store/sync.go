package store

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"golang.org/x/sys/unix"
)

// maxSingly is how many files Sync writes out one by one. With more, one call for the whole file system is quicker; with
// few it is not, because it waits for whatever else is being written, such as the operation's checkpoints.
const maxSingly = 6

// Sync keeps a promise: what was written through r since the last Sync has reached the disk, names included.
func (r *Run) Sync() error {
	r.mu.Lock()
	dirty := r.dirty
	r.dirty = nil
	r.mu.Unlock()
	if len(dirty) == 0 {
		return nil
	}
	if err := syncPaths(r.Dir, dirty); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.dirty == nil {
			r.dirty = map[string]bool{}
		}
		maps.Copy(r.dirty, dirty)
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	return nil
}

func syncPaths(dir string, dirty map[string]bool) error {
	if len(dirty) > maxSingly {
		if err := syncFS(dir); !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	// Files first: a name that is on the disk must have its content there.
	for _, path := range slices.Sorted(maps.Keys(dirty)) {
		if !dirty[path] {
			if err := syncFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(dirty)) {
		if dirty[path] {
			if err := atomicfile.SyncDir(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

func syncFile(path string) error {
	fd, err := open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Fsync(fd); err != nil {
		return &fs.PathError{Op: "sync", Path: path, Err: err}
	}
	return nil
}

// wrote remembers a file and its directory.
func (r *Run) wrote(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dirty == nil {
		r.dirty = map[string]bool{}
	}
	r.dirty[path] = false
	r.dirty[filepath.Dir(path)] = true
}

// removed remembers the directory that lost a name.
func (r *Run) removed(path string) {
	r.wrote(path)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.dirty, path)
}

// created remembers all of a new run, and its own name in the directory above.
func (r *Run) created(parent string) {
	for _, name := range []string{opRefFile, MarkPending, attrsDir + "/" + AttrID, attrsDir + "/" + AttrInitialized} {
		r.wrote(r.Path(name))
	}
	r.wrote(filepath.Join(r.Dir, guildDir))
	r.wrote(r.Dir)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dirty[filepath.Join(r.Dir, guildDir)] = true
	r.dirty[r.Dir] = true
	r.dirty[parent] = true
}
