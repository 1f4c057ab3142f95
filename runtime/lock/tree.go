//go:build unix

package lock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"golang.org/x/sys/unix"
)

// tree is an open run directory.
type tree struct {
	root  int // descriptor of the run directory
	guild int // of its .guild; carries the claim
	claim int // of the claim file, where directories cannot carry one; else -1
}

func openTree(dir string) (*tree, error) {
	root, err := openat(unix.AT_FDCWD, dir, openDirFlags&^unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	guild, err := openat(root, guildDir, openDirFlags, 0)
	if err != nil {
		unix.Close(root)
		return nil, &os.PathError{Op: "open", Path: filepath.Join(dir, guildDir), Err: err}
	}
	return &tree{root: root, guild: guild, claim: -1}, nil
}

// close closes the descriptors, which also ends the claim.
func (t *tree) close() {
	if t.claim >= 0 {
		unix.Close(t.claim)
	}
	unix.Close(t.guild)
	unix.Close(t.root)
}

// has reports whether .guild has a regular file of that name.
func (t *tree) has(name string) bool {
	typ, _, err := t.stat(name)
	return err == nil && typ == File
}

func (t *tree) stat(name string) (Type, uint32, error) {
	var st unix.Stat_t
	if err := lstatat(t.guild, name, &st); err != nil {
		return Unknown, 0, t.error("stat", name, err)
	}
	return typeOf(uint32(st.Mode)), uint32(st.Mode) & permBits, nil
}

const maxLockFile = 1 << 30 // bytes; some five million files

// read returns a file of .guild and its mode.
func (t *tree) read(name string) ([]byte, uint32, error) {
	data, mode, err := readFile(t.guild, name)
	if err != nil {
		return nil, 0, t.error("read", name, err)
	}
	return data, mode, nil
}

// readFile returns a regular file of a directory and its mode.
func readFile(dir int, name string) ([]byte, uint32, error) {
	fd, err := openat(dir, name, openFileFlags, 0)
	if err != nil {
		return nil, 0, err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, 0, err
	}
	if typeOf(uint32(st.Mode)) != File {
		return nil, 0, errors.New("not a regular file")
	}
	if st.Size > maxLockFile {
		return nil, 0, fmt.Errorf("%d bytes, the limit is %d", st.Size, maxLockFile)
	}
	data := make([]byte, st.Size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, 0, err
	}
	return data, uint32(st.Mode) & permBits, nil
}

// pending is a file on its way into .guild.
type pending struct {
	name string
	data []byte
	mode uint32
}

// write puts a complete, durable file into .guild. The caller has the claim, so the name of the temporary file
// is fixed: what a killed command leaves, the next one replaces.
func (t *tree) write(name string, data []byte, mode uint32) error {
	return t.writeAll(pending{name, data, mode})
}

// writeAll is write for several files, which appear in that order when all of them are on disk.
func (t *tree) writeAll(files ...pending) error {
	errs := make([]error, len(files))
	var wg sync.WaitGroup
	for i, f := range files {
		wg.Go(func() { errs[i] = t.prepare(f) })
	}
	wg.Wait()
	err := errors.Join(errs...)
	for _, f := range files {
		if err == nil {
			if err = unix.Renameat(t.guild, tempName(f.name), t.guild, f.name); err != nil {
				err = t.error("write", f.name, err)
			}
		}
	}
	if err != nil {
		for _, f := range files {
			unix.Unlinkat(t.guild, tempName(f.name), 0)
		}
	}
	return err
}

// prepare puts the temporary file of f on disk.
func (t *tree) prepare(f pending) error {
	temp := tempName(f.name)
	if err := t.remove(temp); err != nil {
		return err
	}
	fd, err := openat(t.guild, temp, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return t.error("create", temp, err)
	}
	file := os.NewFile(uintptr(fd), temp)
	_, err = file.Write(f.data)
	if err = errors.Join(err, unix.Fchmod(fd, f.mode), file.Sync(), file.Close()); err != nil {
		return t.error("write", f.name, err)
	}
	return nil
}

func tempName(name string) string { return atomicfile.TempPrefix + name }

// remove removes files of .guild that may be absent.
func (t *tree) remove(names ...string) error {
	for _, name := range names {
		if err := unix.Unlinkat(t.guild, name, 0); err != nil && !gone(err) {
			return t.error("remove", name, err)
		}
	}
	return nil
}

func (t *tree) rename(from, to string) error {
	if err := unix.Renameat(t.guild, from, t.guild, to); err != nil {
		return t.error("rename", from, err)
	}
	return t.sync()
}

// sync makes the names in .guild durable.
func (t *tree) sync() error {
	if err := unix.Fsync(t.guild); err != nil && !errors.Is(err, unix.EINVAL) { // EINVAL: not here
		return t.error("sync", "", err)
	}
	return nil
}

func (t *tree) error(op, name string, err error) error {
	return &os.PathError{Op: op, Path: filepath.Join(guildDir, name), Err: err}
}

// guildMode returns the permission bits of .guild.
func (t *tree) guildMode() (uint32, error) {
	var st unix.Stat_t
	if err := unix.Fstat(t.guild, &st); err != nil {
		return 0, t.error("stat", "", err)
	}
	return uint32(st.Mode) & permBits, nil
}

// openDoor notes that .guild is about to be writable though the run is locked, so that a verification can tell this from tampering.
// Where the note cannot be made, a command that is killed in that moment leaves what looks like it.
func (t *tree) openDoor() {
	t.inState(func(state int) {
		fd, err := openat(state, nameDoor, unix.O_WRONLY|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, lockFileMode)
		if err == nil {
			unix.Close(fd)
		}
	})
}

func (t *tree) closeDoor() {
	t.inState(func(state int) { unix.Unlinkat(state, nameDoor, 0) })
}

// ajar reports whether a command was killed when .guild of a locked run was writable.
func (t *tree) ajar() bool {
	found := t.has(nameIntent)
	t.inState(func(state int) {
		var st unix.Stat_t
		found = found || lstatat(state, nameDoor, &st) == nil && typeOf(uint32(st.Mode)) == File
	})
	return found
}

// inState calls do with the open directory for state, if there is one.
func (t *tree) inState(do func(state int)) {
	dir, err := openat(t.guild, stateDir, openDirFlags, 0)
	if err != nil {
		return
	}
	defer unix.Close(dir)
	do(dir)
}

func (t *tree) setGuildMode(mode uint32) error {
	if err := unix.Fchmod(t.guild, mode); err != nil {
		return t.error("chmod", "", err)
	}
	return nil
}
