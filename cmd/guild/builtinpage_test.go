package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestBuiltinPage does what hooks/README.md tells its reader to do.
func TestBuiltinPage(t *testing.T) {
	r := newReader(t)
	dir := filepath.Join(r.root, "project")
	r.must(os.Mkdir(dir, 0o755))
	r.enter(dir)
	r.placeGuild()
	r.follow("hooks/README.md", 20)
}
