package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

const (
	// smallFile is the size up to which a file is read once, and digested and written from memory.
	smallFile = 1 << 20
	// copyChunk is how much of a large file is copied between looks at the context.
	copyChunk = 64 << 20
)

// Copy copies files of a project (paths as Select returns them) into a stage and digests what it wrote. Permission bits
// are kept; a link is copied as what it leads to. What stood in the way in the stage is replaced, and the new files are
// their own originals for Restore. After an error the stage has part of the files, each of them complete.
func Copy(ctx context.Context, projectDir, stageDir string, files []string) (*Source, error) {
	st, err := Open(stageDir)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	to := st.tree()
	defer to.close()
	src, err := collect(ctx, projectDir, files, to)
	if err != nil {
		return nil, err
	}
	if err := forget(st, files); err != nil {
		return nil, fmt.Errorf("copy source code: %w", err)
	}
	return src, nil
}

// collect digests files and, unless to is nil, copies them.
func collect(ctx context.Context, projectDir string, files []string, to *tree) (*Source, error) {
	project, err := Open(projectDir)
	if err != nil {
		return nil, err
	}
	defer project.Close()
	from := project.tree()
	defer from.close()
	c := &copier{ctx: ctx, from: from, to: to, digests: newDigester()}
	sorted := slices.Compact(slices.Sorted(slices.Values(files)))
	done := make([]SourceFile, 0, len(sorted))
	for _, path := range sorted {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f, err := c.file(path)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fail("copy", path, err)
		}
		done = append(done, f)
	}
	return c.digests.source(done), nil
}

type copier struct {
	ctx      context.Context
	from, to *tree // to is nil to digest only
	digests  *digester
	buf      []byte
}

func (c *copier) file(path string) (SourceFile, error) {
	if err := checkForm(path); err != nil {
		return SourceFile{}, err
	}
	if insideGuild(path) {
		return SourceFile{}, errGuild
	}
	src, info, _, err := openFollowing(c.from, path)
	if err != nil {
		return SourceFile{}, err
	}
	defer src.Close()
	mode := info.Mode().Perm()
	var f SourceFile
	if data, small := c.slurp(src, info.Size()); small {
		f, err = c.small(path, mode, data)
	} else {
		f, err = c.large(path, mode, src, info.Size())
	}
	f.Mode = mode
	return f, err
}

// slurp reads a whole file if it is small. (One that grows under its hands, or cannot be read, is left to large.)
func (c *copier) slurp(f *os.File, size int64) ([]byte, bool) {
	if size > smallFile {
		return nil, false
	}
	if int64(len(c.buf)) <= size {
		c.buf = make([]byte, max(size+1, min(2*size, smallFile+1), 16<<10))
	}
	n, err := f.ReadAt(c.buf, 0)
	return c.buf[:n], err == io.EOF
}

// small digests and writes one and the same bytes.
func (c *copier) small(path string, mode fs.FileMode, data []byte) (SourceFile, error) {
	f, err := c.digests.file(path, func(w io.Writer) (int64, error) {
		n, err := w.Write(data)
		return int64(n), err
	})
	if err != nil || c.to == nil {
		return f, err
	}
	return f, c.create(path, mode, func(dst *os.File) error {
		_, err := dst.Write(data)
		return err
	})
}

// large lets the kernel copy, and digests the copy: the process's file is what counts.
func (c *copier) large(path string, mode fs.FileMode, src *os.File, size int64) (f SourceFile, err error) {
	digest := func(of *os.File) error {
		f, err = c.digests.file(path, func(w io.Writer) (int64, error) { return readThrough(interruptible{c.ctx, w}, of) })
		return err
	}
	if c.to == nil {
		err = digest(src)
		return f, err
	}
	err = c.create(path, mode, func(dst *os.File) error {
		if _, err := copyBytes(c.ctx, dst, src, size); err != nil {
			return err
		}
		return digest(dst)
	})
	return f, err
}

// create makes a file that is removed again if fill fails.
func (c *copier) create(path string, mode fs.FileMode, fill func(*os.File) error) error {
	dirPath, name := split(path)
	dir, err := c.to.makeDir(dirPath)
	if err != nil {
		return err
	}
	const flags = os.O_RDWR | os.O_CREATE | os.O_EXCL
	f, err := dir.OpenFile(name, flags, mode)
	if errors.Is(err, fs.ErrExist) {
		if err := dir.Remove(name); err != nil {
			return err
		}
		f, err = dir.OpenFile(name, flags, mode)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	err = fill(f)
	if err == nil {
		err = ensureMode(f, mode)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		dir.Remove(name)
	}
	return err
}

// ensureMode gives back the bits that the umask took away. (Looking costs less than a change that changes nothing.)
func ensureMode(f *os.File, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil || info.Mode().Perm() == mode {
		return err
	}
	return f.Chmod(mode)
}

// copyBytes copies up to size bytes between files, by copy_file_range where there is one.
func copyBytes(ctx context.Context, dst, src *os.File, size int64) (int64, error) {
	var done int64
	for done < size {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		want := min(copyChunk, size-done)
		n, err := io.CopyN(dst, src, want)
		done += n
		if err == io.EOF {
			break
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// interruptible is a writer that fails when the context ends.
type interruptible struct {
	ctx context.Context
	w   io.Writer
}

func (i interruptible) Write(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.w.Write(b)
}
