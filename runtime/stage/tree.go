package stage

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// tree opens what is below a root without following any link. The directories on the way to the last path stay open, so
// that going through paths in order costs little; close gives them back.
type tree struct {
	root  *os.Root
	names []string
	dirs  []*os.Root
}

func (t *tree) close() { t.cut(0) }

func (t *tree) cut(n int) {
	for _, d := range t.dirs[n:] {
		d.Close()
	}
	t.names, t.dirs = t.names[:n], t.dirs[:n]
}

// dir opens a directory; "" is the root itself. The tree owns what it returns.
func (t *tree) dir(path string) (*os.Root, error) { return t.walkTo(path, false) }

// makeDir is dir, and makes what is missing.
func (t *tree) makeDir(path string) (*os.Root, error) { return t.walkTo(path, true) }

func (t *tree) walkTo(path string, make bool) (*os.Root, error) {
	depth, at := 0, t.root
	if path != "" {
		for name := range strings.SplitSeq(path, "/") {
			if depth < len(t.names) && t.names[depth] == name {
				at = t.dirs[depth]
				depth++
				continue
			}
			t.cut(depth)
			if depth >= maxDepth {
				return nil, errDeep
			}
			sub, err := step(at, name)
			if make && errors.Is(err, fs.ErrNotExist) {
				if err = at.Mkdir(name, 0o777); err == nil || errors.Is(err, fs.ErrExist) {
					sub, err = step(at, name)
				}
			}
			if err != nil {
				return nil, err
			}
			t.names, t.dirs = append(t.names, name), append(t.dirs, sub)
			at = sub
			depth++
		}
	}
	return at, nil
}

// step opens the directory of that name. OpenRoot would follow a link; that what it opened is what the name stood for
// a moment before, and was no link then, is seen by comparing the two.
func step(parent *os.Root, name string) (*os.Root, error) {
	want, err := parent.Lstat(name)
	if err != nil {
		return nil, err
	}
	switch {
	case want.Mode()&fs.ModeSymlink != 0:
		return nil, errLink
	case !want.IsDir():
		return nil, syscall.ENOTDIR
	}
	sub, err := parent.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	got, err := sub.Stat(".")
	if err == nil && !os.SameFile(want, got) {
		err = errChanged
	}
	if err != nil {
		sub.Close()
		return nil, err
	}
	return sub, nil
}

// lstat describes what a path stands for, itself not followed.
func (t *tree) lstat(path string) (fs.FileInfo, error) {
	dir, name := split(path)
	d, err := t.dir(dir)
	if err != nil {
		return nil, err
	}
	return d.Lstat(name)
}

// open opens a regular file for reading, and nothing else: it neither waits for a FIFO nor touches a device.
func (t *tree) open(path string) (*os.File, fs.FileInfo, error) {
	dir, name := split(path)
	d, err := t.dir(dir)
	if err != nil {
		return nil, nil, err
	}
	return openRegular(d, name)
}

func openRegular(dir *os.Root, name string) (*os.File, fs.FileInfo, error) {
	err := errChanged
	// A file that is being replaced by a rename is worth a second look.
	for try := 0; try < 3 && errors.Is(err, errChanged); try++ {
		var want, got fs.FileInfo
		if want, err = dir.Lstat(name); err != nil {
			return nil, nil, err
		}
		if err = regular(want); err != nil {
			return nil, nil, err
		}
		var f *os.File
		if f, err = dir.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
			return nil, nil, err
		}
		if got, err = f.Stat(); err == nil && !os.SameFile(want, got) {
			err = errChanged
		}
		if err == nil {
			return f, got, nil
		}
		f.Close()
	}
	return nil, nil, err
}

// regular says why something is not a regular file, or nothing.
func regular(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		return errLink
	case mode.IsDir():
		return errIsDir
	default:
		return errNotFile
	}
}
