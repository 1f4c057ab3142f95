package lock

import (
	"strings"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
)

const (
	guildDir  = ".guild"
	attrsDir  = ".guild/attrs"
	nameAttrs = "attrs"
)

// excluded reports whether an entry of a directory is left out of the lock. A name is left out only with the
// type it has when guild makes it, so that a link or a directory in its place is found.
func excluded(dir, name string, typ Type) bool {
	switch dir {
	case guildDir:
		switch name {
		case "state":
			return typ == Dir
		case nameSums, nameMeta, nameSig, nameIntent, nameUndo:
			return typ == File
		}
		return typ == File && (strings.HasPrefix(name, "LOCK") || strings.HasPrefix(name, atomicfile.TempPrefix))
	case attrsDir:
		switch name {
		case "label", "tags", "comments", "marked":
			return typ == File
		}
		return typ == File && strings.HasPrefix(name, atomicfile.TempPrefix)
	}
	return false
}
