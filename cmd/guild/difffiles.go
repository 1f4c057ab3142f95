package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/store"
)

// fileChange is a file that two runs do not have alike.
type fileChange struct {
	Path string `json:"path"`
	Kind string `json:"kind"` // added, removed, modified
}

// changedFiles compares the files of two runs, but for what guild keeps of them. A link is what it leads to, as a text.
func changedFiles(from, to *store.Run) ([]fileChange, error) {
	a, err := openTree(from)
	if err != nil {
		return nil, err
	}
	defer a.root.Close()
	b, err := openTree(to)
	if err != nil {
		return nil, err
	}
	defer b.root.Close()
	changes := []fileChange{}
	for name, mode := range a.files {
		other, there := b.files[name]
		if !there {
			changes = append(changes, fileChange{name, "removed"})
			continue
		}
		same := mode.Type() == other.Type()
		if same {
			if same, err = alike(a.root, b.root, name, mode); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if !same {
			changes = append(changes, fileChange{name, "modified"})
		}
	}
	for name := range b.files {
		if _, there := a.files[name]; !there {
			changes = append(changes, fileChange{name, "added"})
		}
	}
	slices.SortFunc(changes, func(a, b fileChange) int { return strings.Compare(a.Path, b.Path) })
	return changes, nil
}

// fileTree is what is in a run directory, directories aside.
type fileTree struct {
	root  *os.Root
	files map[string]fs.FileMode
}

func openTree(r *store.Run) (*fileTree, error) {
	root, err := os.OpenRoot(r.Dir)
	if err != nil {
		return nil, err
	}
	t := &fileTree{root: root, files: map[string]fs.FileMode{}}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".guild":
			return fs.SkipDir
		case !d.IsDir():
			t.files[name] = d.Type()
		}
		return nil
	})
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("run %s: %w", r.ID, err)
	}
	return t, nil
}

// alike compares two things of one kind. What is neither file nor link is like its kind.
func alike(a, b *os.Root, name string, mode fs.FileMode) (bool, error) {
	if mode&fs.ModeSymlink != 0 {
		x, err := a.Readlink(name)
		if err != nil {
			return false, err
		}
		y, err := b.Readlink(name)
		return x == y, err
	}
	if !mode.IsRegular() {
		return true, nil
	}
	f, err := openRegular(a, name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	g, err := openRegular(b, name)
	if err != nil {
		return false, err
	}
	defer g.Close()
	return sameContent(f, g)
}

func sameContent(f, g *os.File) (bool, error) {
	x, err := f.Stat()
	if err != nil {
		return false, err
	}
	y, err := g.Stat()
	if err != nil || x.Size() != y.Size() {
		return false, err
	}
	p, q := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(f, p)
		m, other := io.ReadFull(g, q)
		if n != m || !bytes.Equal(p[:n], q[:m]) {
			return false, nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if other != nil {
			return false, other
		}
	}
}
