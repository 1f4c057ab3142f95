package stage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

// Clone copies a directory tree into another: files by copy_file_range, which shares blocks where the file system can, links as
// links, directories with their modes. Never by hard link: what is written to one tree must not show in the other. Everything copied
// is writable for its owner, whatever it was. Keep says which paths ("/"-separated, relative) are wanted; a directory that is not
// wanted is not entered. Devices, FIFOs and sockets are left out.
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
	return cloneTree(ctx, from, to, keep)
}

func cloneTree(ctx context.Context, from, to *os.Root, keep func(path string, dir bool) bool) error {
	return fs.WalkDir(from.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || name == "." {
			return err
		}
		if !keep(name, d.IsDir()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if err := cloneOne(ctx, from, to, name, d); err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
		return nil
	})
}

const ownerMayWrite = 0o200

func cloneOne(ctx context.Context, from, to *os.Root, name string, d fs.DirEntry) error {
	switch d.Type() {
	case fs.ModeDir:
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := to.Mkdir(name, info.Mode().Perm()|ownerMayWrite); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil
	case fs.ModeSymlink:
		target, err := from.Readlink(name)
		if err != nil {
			return err
		}
		return to.Symlink(target, name)
	case 0:
		return cloneFile(ctx, from, name, to, name)
	}
	return nil
}

func cloneFile(ctx context.Context, from *os.Root, name string, to *os.Root, as string) error {
	src, err := from.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO in its place must not hang us
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", name)
	}
	mode := info.Mode().Perm() | ownerMayWrite
	dst, err := to.OpenFile(as, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer dst.Close()
	if _, err := copyBytes(ctx, dst, src, info.Size()); err != nil {
		return err
	}
	if err := ensureMode(dst, mode); err != nil {
		return err
	}
	return dst.Close()
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
		return cloneTree(ctx, source, inside, func(string, bool) bool { return true })
	}
	source, err := os.OpenRoot(filepath.Dir(from))
	if err != nil {
		return err
	}
	defer source.Close()
	return cloneFile(ctx, source, filepath.Base(from), root, to)
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
