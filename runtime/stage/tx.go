package stage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
)

// Bounds of what one call may look at or return.
const (
	maxWalked = 1 << 20 // directory entries
	maxListed = 64 << 10
)

// TxOptions says what one hook may do to the stage in one event. The zero value may read only.
type TxOptions struct {
	// ReadOnly is an event without writes: they fail with READ_ONLY, whatever is granted.
	ReadOnly bool
	// Write has the globs of the files that may be written and removed.
	Write []string
	// Remove allows removing, within Write.
	Remove bool
	// KeepPristine saves a file as it was before its first change, and remembers which files were added, for Restore.
	KeepPristine bool
}

// Stat describes what a path stands for, as stage_stat gives it: Kind is one of abi.Kind…, Mode the permission bits,
// Size in bytes.
type Stat struct {
	Size       int64
	Kind, Mode uint32
}

// Tx is what one event does to the stage: changes are kept in memory, seen by the Tx's own reads, and done all together
// by Commit or not at all. Errors wrap an abi.Errno. A Tx is for one goroutine.
type Tx struct {
	stage   *Stage
	options TxOptions
	changes map[string]*change
	dirs    map[string]int // directories that changes make or fill: how many written files they have
	bytes   int64          // written in this event, overwritten or not
	sizes   map[string]int64
	file    openFile
	over    bool
	rename  func(from, to string) error
}

// change is what becomes of one file: removed, or base bytes of what it was followed by data.
type change struct {
	existed bool
	removed bool
	base    int64
	append  bool
	mode    fs.FileMode
	data    []byte
}

func (c *change) size() int64 { return c.base + int64(len(c.data)) }

// openFile is the file that was read last, kept open for the next piece of it.
type openFile struct {
	path string
	f    *os.File
	info fs.FileInfo
}

// Begin starts a transaction.
func (s *Stage) Begin(o TxOptions) *Tx {
	return &Tx{
		stage: s, options: o, rename: s.root.Rename,
		changes: map[string]*change{}, dirs: map[string]int{}, sizes: map[string]int64{},
	}
}

// Discard ends the transaction and leaves the stage as it is. After Commit it does nothing.
func (t *Tx) Discard() {
	t.over = true
	t.closeFile()
	t.changes, t.dirs, t.sizes = nil, nil, nil
}

func (t *Tx) live(op string) error {
	if t.over {
		return refuse(abi.State, op, "", "the transaction has ended")
	}
	return nil
}

// List returns the regular files whose paths match the glob, in byte order. Names that a hook could not write down (not
// UTF-8, too long) are left out, as are links and everything in .guild.
func (t *Tx) List(glob string) ([]string, error) {
	const op = "list"
	if err := t.live(op); err != nil {
		return nil, err
	}
	if len(glob) > abi.MaxName {
		return nil, refuse(abi.TooBig, op, glob[:32]+"…", "glob has %d bytes, the limit is %d", len(glob), abi.MaxName)
	}
	if err := run.ValidGlob(glob); err != nil {
		return nil, refuse(abi.Invalid, op, glob, "%w", errors.Unwrap(err))
	}
	var files []string
	add := func(path string) error {
		if len(files) == maxListed {
			return refuse(abi.Limit, op, glob, "more than %d files match", maxListed)
		}
		files = append(files, path)
		return nil
	}
	for path, c := range t.changes {
		if !c.removed && run.MatchGlob(glob, path) {
			if err := add(path); err != nil {
				return nil, err
			}
		}
	}
	err := walk(context.Background(), t.stage.root, maxWalked, nil, func(path string, mode fs.FileMode) (bool, error) {
		if mode.IsDir() {
			return len(path) < abi.MaxName && mayHold(glob, path), nil
		}
		if _, changed := t.changes[path]; changed || !mode.IsRegular() || !run.MatchGlob(glob, path) || checkPath(op, path) != nil {
			return false, nil
		}
		return false, add(path)
	})
	if errors.Is(err, errManyEntries) {
		return nil, refuse(abi.Limit, op, glob, "the stage has more than %d files", maxWalked)
	}
	if err != nil {
		return nil, fail(op, glob, err)
	}
	slices.Sort(files)
	return files, nil
}

// Stat describes a path. The last segment is not followed if it is a link.
func (t *Tx) Stat(path string) (Stat, error) {
	const op = "stat"
	if err := t.live(op); err != nil {
		return Stat{}, err
	}
	if err := checkPath(op, path); err != nil {
		return Stat{}, err
	}
	if st, known, err := t.statChanged(op, path, path); known {
		return st, err
	}
	tr := t.stage.tree()
	defer tr.close()
	info, err := tr.lstat(path)
	real := path
	if errors.Is(err, errLink) {
		var rerr error
		real, rerr = resolve(t.stage.root, path, false)
		if rerr != nil {
			return Stat{}, fail(op, path, rerr)
		}
		if st, known, err := t.statChanged(op, path, real); known {
			return st, err
		}
		info, err = tr.lstat(real)
	}
	if err != nil {
		return Stat{}, fail(op, path, err)
	}
	st := Stat{Size: info.Size(), Kind: kind(info.Mode()), Mode: uint32(info.Mode().Perm())}
	if st.Kind == abi.KindFile {
		st.Size = t.sizeOf(real, st.Size)
	}
	return st, nil
}

// statChanged answers for what the transaction itself wrote or removed.
func (t *Tx) statChanged(op, asked, path string) (st Stat, known bool, err error) {
	switch c := t.changes[path]; {
	case c != nil && c.removed && t.dirs[path] == 0:
		return Stat{}, true, fail(op, asked, fs.ErrNotExist)
	case c != nil && !c.removed:
		return Stat{Size: c.size(), Kind: abi.KindFile, Mode: uint32(c.mode)}, true, nil
	case t.dirs[path] > 0:
		return Stat{Kind: abi.KindDir, Mode: 0o755}, true, nil
	case t.behindFile(path):
		return Stat{}, true, fail(op, asked, fs.ErrNotExist)
	}
	return Stat{}, false, nil
}

// behindFile reports whether the transaction wrote, or removed, a file where path would need a directory.
func (t *Tx) behindFile(path string) bool {
	for dir, _ := split(path); dir != ""; dir, _ = split(dir) {
		if c := t.changes[dir]; c != nil {
			return true
		}
	}
	return false
}

// sizeOf makes a file keep, for the length of the event, the size that was seen first, so that two reads agree although
// the process may be writing to it.
func (t *Tx) sizeOf(path string, now int64) int64 {
	if first, ok := t.sizes[path]; ok && now >= first {
		return first
	}
	t.sizes[path] = now
	return now
}

func kind(mode fs.FileMode) uint32 {
	switch {
	case mode.IsRegular():
		return abi.KindFile
	case mode.IsDir():
		return abi.KindDir
	case mode&fs.ModeSymlink != 0:
		return abi.KindSymlink
	default:
		return abi.KindOther
	}
}

// granted reports whether one of the globs covers path.
func (t *Tx) granted(path string) bool {
	return slices.ContainsFunc(t.options.Write, func(glob string) bool { return run.MatchGlob(glob, path) })
}

// count adds n to what is written in every directory on the way to path.
func (t *Tx) count(path string, n int) {
	for dir, _ := split(path); dir != ""; dir, _ = split(dir) {
		if t.dirs[dir] += n; t.dirs[dir] == 0 {
			delete(t.dirs, dir)
		}
	}
}

func (t *Tx) closeFile() {
	if t.file.f != nil {
		t.file.f.Close()
	}
	t.file = openFile{}
}
