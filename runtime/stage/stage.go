package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Stage is a run directory, or a project directory that is only read. It stays bound to the directory it was opened
// on, whatever becomes of that name.
type Stage struct {
	root *os.Root
	dir  string
}

// Open binds a stage to a directory. Whoever names the directory may name it by a link; below it, see the package.
func Open(dir string) (*Stage, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open stage: %w", err)
	}
	return &Stage{root: root, dir: dir}, nil
}

// Dir is the directory as it was given to Open.
func (s *Stage) Dir() string { return s.dir }

// Close releases the directory. Transactions must have ended.
func (s *Stage) Close() error { return s.root.Close() }

func (s *Stage) tree() *tree { return &tree{root: s.root} }

// open opens a regular file for reading, following links within the stage, and tells its path without links.
func (s *Stage) open(path string) (f *os.File, info fs.FileInfo, real string, err error) {
	t := s.tree()
	defer t.close()
	return openFollowing(t, path)
}

// openFollowing tries without links first: most paths have none.
func openFollowing(t *tree, path string) (f *os.File, info fs.FileInfo, real string, err error) {
	if f, info, err = t.open(path); err == nil {
		return f, info, path, nil
	}
	if !errors.Is(err, errLink) {
		return nil, nil, "", err
	}
	if real, err = resolve(t.root, path, true); err != nil {
		return nil, nil, "", err
	}
	if real == "" {
		return nil, nil, "", errIsDir
	}
	if f, info, err = t.open(real); err != nil {
		return nil, nil, "", err
	}
	return f, info, real, nil
}

// links is the number of names a file has.
func links(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}
