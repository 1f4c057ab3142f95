package lock

import (
	"os"
	"path/filepath"
)

// Names in .guild. A run is locked exactly when nameSums is there.
const (
	nameSums   = "locked"
	nameMeta   = "locked.meta"
	nameSig    = "locked.sig"
	nameLog    = "locked.log"
	nameIntent = "locked.intent" // a lock is under way, or was killed
	nameUndo   = "locked.undo"   // an unlock is under way, or was killed
	nameDoor   = ".locked.door"  // in stateDir: .guild of a locked run is writable for a moment, or the command was killed
)

// Locked reports whether the run in dir is locked. It says nothing about whether the lock holds.
func Locked(dir string) bool {
	info, err := os.Lstat(filepath.Join(dir, guildDir, nameSums))
	return err == nil && info.Mode().IsRegular()
}
