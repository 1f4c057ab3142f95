package stage

import (
	"errors"
	"io"
	"io/fs"

	"github.com/guild-run/guild/abi"
)

// ReadAt reads from a regular file into buf and returns how many bytes it read: fewer than len(buf) only at the end, 0
// from there on. It follows links that stay in the stage. It never waits for anything but the disk.
func (t *Tx) ReadAt(path string, off int64, buf []byte) (int, error) {
	const op = "read"
	if err := t.live(op); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, refuse(abi.Invalid, op, path, "offset %d is negative", off)
	}
	if err := checkPath(op, path); err != nil {
		return 0, err
	}
	if n, known, err := t.readChanged(op, path, path, off, buf); known {
		return n, err
	}
	if t.file.path != path {
		tr := t.stage.tree()
		defer tr.close()
		f, info, real, err := openFollowing(tr, path)
		if real != path && err == nil {
			// A link may lead to what the transaction changed.
			if n, known, err := t.readChanged(op, path, real, off, buf); known {
				f.Close()
				return n, err
			}
		}
		if err != nil {
			if n, known, cerr := t.readBehindLink(op, path, off, buf, err); known {
				return n, cerr
			}
			return 0, fail(op, path, err)
		}
		t.closeFile()
		if real != path {
			defer f.Close() // whether the link still leads there is asked anew each time
			return readFrom(op, path, f, off, t.sizeOf(real, info.Size()), buf)
		}
		t.file = openFile{path, f, info}
	}
	return readFrom(op, path, t.file.f, off, t.sizeOf(path, t.file.info.Size()), buf)
}

// readBehindLink finds a file that so far only the transaction has, through a link to a directory.
func (t *Tx) readBehindLink(op, path string, off int64, buf []byte, cause error) (int, bool, error) {
	if !errors.Is(cause, fs.ErrNotExist) {
		return 0, false, nil
	}
	dir, name := split(path)
	if dir == "" {
		return 0, false, nil
	}
	real, err := resolve(t.stage.root, dir, true)
	if err != nil || real == dir {
		return 0, false, nil
	}
	if real != "" {
		real += "/"
	}
	return t.readChanged(op, path, real+name, off, buf)
}

// readChanged answers for what the transaction itself wrote or removed. Errors name the path that was asked for.
func (t *Tx) readChanged(op, asked, path string, off int64, buf []byte) (n int, known bool, err error) {
	c := t.changes[path]
	switch {
	case c != nil && c.removed && t.dirs[path] == 0 || c == nil && t.behindFile(path):
		return 0, true, fail(op, asked, fs.ErrNotExist)
	case t.dirs[path] > 0:
		return 0, true, fail(op, asked, errIsDir)
	case c == nil:
		return 0, false, nil
	}
	if off < c.base {
		n, err = t.readBase(op, path, c, off, buf[:min(int64(len(buf)), c.base-off)])
		if err != nil || n < len(buf) && off+int64(n) < c.base {
			return n, true, err
		}
		off += int64(n)
	}
	if past := off - c.base; past < int64(len(c.data)) {
		n += copy(buf[n:], c.data[past:])
	}
	return n, true, nil
}

// readBase reads what a file was before the transaction appended to it.
func (t *Tx) readBase(op, path string, c *change, off int64, buf []byte) (int, error) {
	tr := t.stage.tree()
	defer tr.close()
	f, _, err := tr.open(path)
	if err != nil {
		return 0, fail(op, path, err)
	}
	defer f.Close()
	return readFrom(op, path, f, off, c.base, buf)
}

func readFrom(op, path string, f io.ReaderAt, off, size int64, buf []byte) (int, error) {
	if off >= size {
		return 0, nil
	}
	n, err := f.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
	if err != nil && err != io.EOF {
		return n, fail(op, path, err)
	}
	return n, nil
}
