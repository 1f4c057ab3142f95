package store

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// Sync keeps a promise: what was written through r since the last Sync has reached the disk, names included.
func (r *Run) Sync() error {
	r.mu.Lock()
	dirty := r.dirty
	r.dirty = nil
	r.mu.Unlock()
	if len(dirty) == 0 {
		return nil
	}
	if err := syncPaths(dirty); err != nil {
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

// Sync is the Sync of several runs at once, which costs little more than that of one.
func Sync(runs ...*Run) error {
	dirty := map[string]bool{}
	for _, r := range runs {
		r.mu.Lock()
		maps.Copy(dirty, r.dirty)
		r.dirty = nil
		r.mu.Unlock()
	}
	return syncPaths(dirty)
}

// SyncAll waits until everything is on the disk: all runs, and what others write meanwhile. It is for so many files that one after the
// other takes longer.
func (s *Store) SyncAll() error {
	fd, err := open(s.home, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return syncFileSystem(fd)
}

// SyncTree is Sync for everything in the directory of the run, whoever wrote it.
func (r *Run) SyncTree() error {
	dirty := map[string]bool{}
	err := filepath.WalkDir(r.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (d.IsDir() || d.Type().IsRegular()) {
			dirty[path] = d.IsDir()
		}
		return err
	})
	if err == nil {
		err = syncPaths(dirty)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	return r.Sync()
}

// syncers is how many files are waited for at once. More gain nothing, and each costs a thread.
const syncers = 6

// syncPaths writes out files, then directories: a name that is on the disk must have its content there. The files are begun all
// at once, and then waited for, which the file system makes into few commits. One syncfs would be quicker on an idle disk (0.5 ms
// against 1.5), but waits for whatever else is being written, such as the checkpoints of other trials (40 ms against 9, and
// seconds where gigabytes wait).
func syncPaths(dirty map[string]bool) error {
	for _, dirs := range []bool{false, true} {
		var paths []string
		for path, isDir := range dirty {
			if isDir == dirs {
				paths = append(paths, path)
			}
		}
		if err := syncAll(paths); err != nil {
			return err
		}
	}
	return nil
}

func syncAll(paths []string) error {
	if len(paths) > 1 {
		for _, path := range paths {
			startWriting(path)
		}
	}
	todo, errs := make(chan string, len(paths)), make(chan error, len(paths))
	for _, path := range paths {
		todo <- path
	}
	close(todo)
	var wg sync.WaitGroup
	for range min(syncers, len(paths)) {
		wg.Go(func() {
			for path := range todo {
				if err := syncFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // what is gone needs no promise
					errs <- err
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
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
func (r *Run) created(parent string, attrs map[string]any) {
	for name := range attrs {
		r.wrote(r.attrPath(name))
	}
	for _, name := range []string{opRefFile, processFile, MarkPending, attrsDir + "/" + AttrID, attrsDir + "/" + AttrInitialized} {
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
