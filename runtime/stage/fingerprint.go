package stage

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Fingerprint is what the file system says of every file of a directory tree, by path: enough to notice that one was written,
// made, removed, replaced or given other rights. Contents are not read.
type Fingerprint map[string]string

// TakeFingerprint looks at a directory tree. Paths for which skip is true are left out, directories with all below them.
func TakeFingerprint(dir string, skip func(path string) bool) (Fingerprint, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	prints := Fingerprint{}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != "." && skip(name) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		prints[name] = printOf(info)
		return nil
	})
	return prints, err
}

func printOf(info fs.FileInfo) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Sprint(info.Mode(), info.Size(), info.ModTime().UnixNano())
	}
	if info.IsDir() { // its times and size change with what is in it, which has a print of its own
		return fmt.Sprint(info.Mode(), st.Ino)
	}
	return fmt.Sprint(info.Mode(), info.Size(), info.ModTime().UnixNano(), st.Ino, changeTime(st))
}

// Changes names the paths that are not what they were, each with "modified", "added" or "missing", in order of paths.
func (f Fingerprint) Changes(now Fingerprint) []string {
	var changes []string
	for path, print := range f {
		switch is, there := now[path]; {
		case !there:
			changes = append(changes, "missing "+path)
		case is != print:
			changes = append(changes, "modified "+path)
		}
	}
	for path := range now {
		if _, was := f[path]; !was {
			changes = append(changes, "added "+path)
		}
	}
	slices.SortFunc(changes, func(a, b string) int {
		_, pathA, _ := strings.Cut(a, " ")
		_, pathB, _ := strings.Cut(b, " ")
		return strings.Compare(pathA, pathB)
	})
	return changes
}
