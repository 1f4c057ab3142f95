package stage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"

	"github.com/guild-run/guild/runtime/internal/sparse"
)

// Clone copies a directory tree into another: files by copy_file_range, which shares blocks where the file system can, links as
// links, directories with their modes; times and holes stay. Never by hard link: what is written to one tree must not show in the
// other. Everything copied is writable for its owner, whatever it was. Keep says which paths ("/"-separated, relative) are wanted; a
// directory that is not wanted is not entered. Devices, FIFOs and sockets are left out.
func Clone(ctx context.Context, fromDir, toDir string, keep func(path string, dir bool) bool) error {
	from, err := os.OpenRoot(fromDir)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenRoot(toDir)
	if err != nil {
		return err
	}
	defer to.Close()
	return (&cloner{ctx: ctx, keep: keep}).tree(from, to, "")
}

type cloner struct {
	ctx  context.Context
	keep func(path string, dir bool) bool
}

// tree copies what is in a directory, which is prefix of the whole. The walks of the standard library refuse names that are not UTF-8.
func (c *cloner) tree(from, to *os.Root, prefix string) error {
	d, err := from.Open(".")
	if err != nil {
		return err
	}
	entries, err := d.ReadDir(-1)
	d.Close()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		name := prefix + e.Name()
		if !c.keep(name, e.IsDir()) {
			continue
		}
		if e.IsDir() {
			err = c.dir(from, to, e.Name(), name)
		} else if err = c.one(from, to, e); err != nil {
			err = fmt.Errorf("copy %q: %w", name, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const ownerMayWrite = 0o200

func (c *cloner) dir(from, to *os.Root, name, path string) error {
	info, err := from.Lstat(name)
	if err == nil {
		if err = to.Mkdir(name, 0o700); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("copy %q: %w", path, err)
	}
	src, err := from.OpenRoot(name)
	if err != nil {
		return fmt.Errorf("copy %q: %w", path, err)
	}
	defer src.Close()
	dst, err := to.OpenRoot(name)
	if err != nil {
		return fmt.Errorf("copy %q: %w", path, err)
	}
	defer dst.Close()
	if err := c.tree(src, dst, path+"/"); err != nil {
		return err
	}
	if err := errors.Join(to.Chmod(name, info.Mode().Perm()|ownerMayWrite), to.Chtimes(name, info.ModTime(), info.ModTime())); err != nil {
		return fmt.Errorf("copy %q: %w", path, err)
	}
	return nil
}

func (c *cloner) one(from, to *os.Root, e fs.DirEntry) error {
	switch e.Type() {
	case fs.ModeSymlink:
		target, err := from.Readlink(e.Name())
		if err != nil {
			return err
		}
		return to.Symlink(target, e.Name())
	case 0:
		// A FIFO in its place must not hang us, a link not lead elsewhere.
		src, err := from.OpenFile(e.Name(), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
		if err != nil {
			return err
		}
		defer src.Close()
		return c.file(src, to, e.Name())
	}
	return nil
}

func (c *cloner) file(src *os.File, to *os.Root, as string) error {
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%q is not a regular file", as)
	}
	mode := info.Mode().Perm() | ownerMayWrite
	dst, err := to.OpenFile(as, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer dst.Close()
	done, err := sparse.Copy(dst, src, info.Size(), func(int64) error { return c.ctx.Err() })
	if err == nil && !done {
		_, err = copyBytes(c.ctx, dst, src, info.Size())
	}
	if err != nil {
		return err
	}
	if err := ensureMode(dst, mode); err != nil {
		return err
	}
	return errors.Join(dst.Close(), to.Chtimes(as, info.ModTime(), info.ModTime()))
}

// CopyIn copies a file or a directory tree from anywhere into a stage, at a relative path. What is there already is replaced.
func CopyIn(ctx context.Context, from, stageDir, to string) error {
	if err := checkForm(to); err != nil {
		return err
	}
	if insideGuild(to) {
		return errGuild
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(stageDir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(path.Dir(to), 0o755); err != nil {
		return err
	}
	if err := root.RemoveAll(to); err != nil {
		return err
	}
	c := &cloner{ctx: ctx, keep: func(string, bool) bool { return true }}
	if info.IsDir() {
		if err := root.Mkdir(to, info.Mode().Perm()|ownerMayWrite); err != nil {
			return err
		}
		inside, err := root.OpenRoot(to)
		if err != nil {
			return err
		}
		defer inside.Close()
		source, err := os.OpenRoot(from)
		if err != nil {
			return err
		}
		defer source.Close()
		return c.tree(source, inside, "")
	}
	source, err := os.OpenFile(from, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer source.Close()
	return c.file(source, root, to)
}

// LinkIn makes a symbolic link in a stage. What is there already is replaced.
func LinkIn(stageDir, name, target string) error {
	if err := checkForm(name); err != nil {
		return err
	}
	if insideGuild(name) {
		return errGuild
	}
	root, err := os.OpenRoot(stageDir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if err := root.RemoveAll(name); err != nil {
		return err
	}
	return root.Symlink(target, name)
}

// Unlink removes a name of a stage if it is a symbolic link, and nothing else.
func Unlink(stageDir, name string) error {
	if err := checkForm(name); err != nil {
		return err
	}
	root, err := os.OpenRoot(stageDir)
	if err != nil {
		return err
	}
	defer root.Close()
	if info, err := root.Lstat(name); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return nil
	}
	return root.Remove(name)
}
