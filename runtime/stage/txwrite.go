package stage

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/guild-run/guild/abi"
)

const newFileMode fs.FileMode = 0o644

// Write replaces a file or makes it (mode abi.WriteReplace), or adds to its end (abi.WriteAppend). Missing directories are
// made. It refuses links, devices, FIFOs, sockets, and files that have another name elsewhere.
func (t *Tx) Write(path string, mode int32, data []byte) error {
	const op = "write"
	if err := t.mayWrite(op, path, t.options.ReadOnly); err != nil {
		return err
	}
	if len(data) > abi.MaxData {
		return refuse(abi.TooBig, op, path, "data has %d bytes, the limit is %d", len(data), abi.MaxData)
	}
	if err := t.quota(op, path, len(data)); err != nil {
		return err
	}
	if mode != abi.WriteReplace && mode != abi.WriteAppend {
		return refuse(abi.Invalid, op, path, "mode %d is not known", mode)
	}
	if err := checkPath(op, path); err != nil {
		return err
	}
	return t.put(op, path, data, mode == abi.WriteAppend)
}

// Remove removes a regular file. Its directory stays.
func (t *Tx) Remove(path string) error {
	const op = "remove"
	if err := t.mayWrite(op, path, t.options.ReadOnly || !t.options.Remove); err != nil {
		return err
	}
	if err := t.quota(op, path, 0); err != nil {
		return err
	}
	if err := checkPath(op, path); err != nil {
		return err
	}
	c := t.changes[path]
	if c == nil {
		info, err := t.inspect(path)
		if err != nil {
			return fail(op, path, err)
		}
		if info == nil {
			return fail(op, path, fs.ErrNotExist)
		}
		t.changes[path] = &change{existed: true, removed: true}
		return nil
	}
	if c.removed {
		return fail(op, path, fs.ErrNotExist)
	}
	t.count(path, -1)
	if !c.existed {
		delete(t.changes, path)
		return nil
	}
	*c = change{existed: true, removed: true}
	return nil
}

// mayWrite checks in the order of SPEC.md section 2: the event, the grant.
func (t *Tx) mayWrite(op, path string, readOnly bool) error {
	if err := t.live(op); err != nil {
		return err
	}
	if readOnly {
		return refuse(abi.ReadOnly, op, shortPath(path), "the stage cannot be changed so in this event")
	}
	if !t.granted(path) {
		return refuse(abi.Denied, op, shortPath(path), "no grant covers it")
	}
	return nil
}

func shortPath(path string) string {
	if len(path) > abi.MaxName {
		return path[:32] + "…"
	}
	return path
}

func (t *Tx) quota(op, path string, n int) error {
	if t.bytes+int64(n) > abi.MaxStageBytes {
		return refuse(abi.Limit, op, shortPath(path), "the event has written %d bytes, the limit is %d", t.bytes, abi.MaxStageBytes)
	}
	if _, again := t.changes[path]; !again && len(t.changes) >= abi.MaxStageFiles {
		return refuse(abi.Limit, op, shortPath(path), "the event has changed %d files, the limit", len(t.changes))
	}
	return nil
}

func (t *Tx) put(op, path string, data []byte, appending bool) error {
	c := t.changes[path]
	if c == nil || c.removed {
		if err := t.room(path); err != nil {
			return fail(op, path, err)
		}
	}
	if c == nil {
		info, err := t.inspect(path)
		if err != nil {
			return fail(op, path, err)
		}
		c = &change{mode: newFileMode}
		if info != nil {
			c.existed, c.mode = true, info.Mode().Perm()
			if appending {
				c.append, c.base = true, t.sizeOf(path, info.Size())
			}
		}
		t.changes[path] = c
		t.count(path, 1)
	} else if c.removed {
		// The file that a hook removes and writes again is still the one that was there.
		*c = change{existed: true, mode: newFileMode}
		t.count(path, 1)
	}
	if appending {
		c.data = append(c.data, data...)
	} else {
		c.append, c.base, c.data = false, 0, slices.Clone(data)
	}
	t.bytes += int64(len(data))
	return nil
}

// room checks what the transaction itself wrote: no file where path needs a directory, no directory where it is.
func (t *Tx) room(path string) error {
	if t.dirs[path] > 0 {
		return errIsDir
	}
	for dir, _ := split(path); dir != ""; dir, _ = split(dir) {
		if c := t.changes[dir]; c != nil && !c.removed {
			return errParent
		}
	}
	return nil
}

// inspect describes the regular file at path, nil if there is none, and refuses everything that must not be replaced.
func (t *Tx) inspect(path string) (fs.FileInfo, error) {
	for dir, _ := split(path); dir != ""; dir, _ = split(dir) {
		if c := t.changes[dir]; c != nil && c.removed {
			return nil, nil // a directory will stand where a file was
		}
	}
	tr := t.stage.tree()
	defer tr.close()
	return inspect(tr, path)
}

func inspect(tr *tree, path string) (fs.FileInfo, error) {
	dir, name := split(path)
	d, err := tr.dir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if isNotDir(err) {
		return nil, errParent
	}
	if err != nil {
		return nil, err
	}
	info, err := d.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	switch err := regular(info); {
	case err == nil && links(info) > 1:
		return nil, errLinked
	case errors.Is(err, errNotFile):
		return nil, errDevice
	default:
		return info, err
	}
}
