package stage

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
)

// errManyEntries ends a walk that saw its limit of directory entries.
var errManyEntries = errors.New("too many files")

const readBatch = 1024

// walk visits everything below the root but .guild directories: directory by directory, the shallow ones first, names in
// byte order. It follows no link and goes below the directories for which visit says so. A directory that vanishes is passed
// over, and so is one that cannot be read, which unread (may be nil) is told. An entry is described by its type alone.
func walk(ctx context.Context, root *os.Root, limit int, unread func(dir string, err error), visit func(path string, mode fs.FileMode) (below bool, err error)) error {
	t := &tree{root: root}
	defer t.close()
	seen := 0
	for queue := []string{""}; len(queue) > 0; queue = queue[1:] {
		if err := ctx.Err(); err != nil {
			return err
		}
		dir := queue[0]
		entries, err := readDir(t, dir, limit-seen)
		if err != nil && !errors.Is(err, errManyEntries) {
			if dir == "" {
				return err
			}
			if unread != nil && !errors.Is(err, fs.ErrNotExist) {
				unread(dir, err)
			}
			continue
		}
		seen += len(entries)
		for _, e := range entries {
			if isGuild(e.Name()) {
				continue
			}
			path := e.Name()
			if dir != "" {
				path = dir + "/" + path
			}
			below, err := visit(path, e.Type())
			if err != nil {
				return err
			}
			if below && e.IsDir() && strings.Count(path, "/") < maxDepth-1 {
				queue = append(queue, path)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func readDir(t *tree, dir string, limit int) ([]fs.DirEntry, error) {
	d, err := t.dir(dir)
	if err != nil {
		return nil, err
	}
	f, err := d.OpenFile(".", os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []fs.DirEntry
	for {
		batch, err := f.ReadDir(readBatch)
		all = append(all, batch...)
		if len(all) > limit {
			return sortEntries(all[:limit]), errManyEntries
		}
		if err == io.EOF {
			return sortEntries(all), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func sortEntries(entries []fs.DirEntry) []fs.DirEntry {
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}
