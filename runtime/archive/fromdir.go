package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// dirSource is run directories, by id.
type dirSource map[run.ID]string

// openDir finds the runs in a directory. Links are not followed.
func openDir(dir string) (dirSource, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	runs := dirSource{}
	for _, e := range entries {
		id, err := run.ParseID(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Lstat(filepath.Join(path, ".guild"))
		if err != nil || !info.IsDir() {
			continue
		}
		if info, err := os.Lstat(filepath.Join(path, ".guild", "opref")); err == nil && info.Mode().IsRegular() {
			runs[id] = path
		}
	}
	return runs, nil
}

func (s dirSource) ids() []run.ID { return sortedIDs(s) }

func sortedIDs[V any](m map[run.ID]V) []run.ID {
	ids := make([]run.ID, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (s dirSource) totals(ctx context.Context, id run.ID) (files int, bytes int64, err error) {
	err = s.each(ctx, id, func(n node, _ opener) error {
		if n.mode.IsRegular() && !left(n) {
			files++
			bytes += n.size
		}
		return nil
	})
	return files, bytes, err
}

func (s dirSource) each(ctx context.Context, id run.ID, visit func(node, opener) error) error {
	release, err := lock.Hold(ctx, s[id])
	if err != nil {
		return err
	}
	defer release()
	root, err := os.OpenRoot(s[id])
	if err != nil {
		return err
	}
	defer root.Close()
	return walk(root, ".", visit)
}

// walk visits a file or directory and what is in it. The walks of the standard library refuse names that are not UTF-8.
func walk(root *os.Root, path string, visit func(node, opener) error) error {
	info, err := root.Lstat(path)
	if err != nil {
		return err
	}
	n := node{path: path, mode: info.Mode(), time: info.ModTime()}
	switch {
	case n.mode.IsRegular():
		n.size = info.Size()
	case n.mode&fs.ModeSymlink != 0:
		if n.target, err = root.Readlink(path); err != nil {
			return err
		}
	}
	if err := visit(n, func() (io.ReadCloser, error) { return openRegular(root, path) }); err != nil || !info.IsDir() {
		return err
	}
	d, err := root.Open(path)
	if err != nil {
		return err
	}
	entries, err := d.ReadDir(-1)
	d.Close()
	if err != nil {
		return err
	}
	for _, e := range entries {
		inside := e.Name()
		if path != "." {
			inside = path + "/" + inside
		}
		if err := walk(root, inside, visit); err != nil {
			return err
		}
	}
	return nil
}

// openRegular opens a regular file; a FIFO that was put in its place does not block.
func openRegular(root *os.Root, path string) (io.ReadCloser, error) {
	f, err := root.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file any more")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return f, nil
}
