package stage

import (
	"crypto/rand"
	"encoding/hex"
	"os"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
)

// tempPrefix begins the names of the files in .guild in which a commit prepares what it will do.
const tempPrefix = atomicfile.TempPrefix + "stage-"

// temps are one commit's files in .guild. They are in no directory of their own, which each commit would make and delete.
type temps struct {
	root   *os.Root
	prefix string
	given  map[string]bool
}

func makeTemps(s *Stage) (*temps, error) {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	t := s.tree()
	defer t.close()
	_, err := t.makeDir(guildDir)
	return &temps{s.root, guildDir + "/" + tempPrefix + hex.EncodeToString(b[:]) + "-", map[string]bool{}}, err
}

// path is where one of the files is, or will be.
func (t *temps) path(name string) string {
	path := t.prefix + name
	t.given[path] = true
	return path
}

// remove deletes the files that are left.
func (t *temps) remove() {
	for path := range t.given {
		_ = t.root.Remove(path) // most were renamed or never made
	}
}
