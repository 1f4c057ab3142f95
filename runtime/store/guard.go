package store

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrLocked: the run is locked, and what was to be written is part of what the lock proves.
var ErrLocked = errors.New("run is locked")

const lockedFile = "locked" // of runtime/lock: a run is locked exactly when it is there

// free reports whether a path below .guild may be written in a locked run: what people say about the run, and what hooks remember.
func free(name string) bool {
	switch name {
	case attrsDir + "/label", attrsDir + "/tags", attrsDir + "/comments", attrsDir + "/marked":
		return true
	}
	return strings.HasPrefix(name, lockFile) || strings.HasPrefix(name, "state/")
}

// guard refuses to write a file of a locked run. The modes of the run do not: .guild/attrs stays writable for labels, and modes are
// nothing to root.
func (r *Run) guard(path string) error {
	name := strings.TrimPrefix(path, r.Path()) // which ends in a slash
	var st unix.Stat_t
	if free(name) || unix.Lstat(r.Path(lockedFile), &st) != nil || uint32(st.Mode)&unix.S_IFMT != unix.S_IFREG {
		return nil
	}
	return fmt.Errorf("%s: %w", name, ErrLocked)
}
