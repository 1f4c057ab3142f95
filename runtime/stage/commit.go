package stage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/guild-run/guild/runtime/run"
)

// Change is what a transaction did to one file: Before is nil for one it made, After for one it removed.
type Change struct {
	Path          string
	Before, After *run.Digest
}

// Commit does what the transaction holds, all of it or nothing, ends it, and returns the changes in order of paths. A
// file whose content would stay the same is left alone and is no change. All new content is on disk before the first
// file is replaced; what was replaced before an error is put back. Who kills us between two replacements
// leaves the one new and the other old, each complete.
func (t *Tx) Commit() ([]Change, error) {
	const op = "commit"
	if err := t.live(op); err != nil {
		return nil, err
	}
	defer t.Discard()
	t.closeFile()
	if len(t.changes) == 0 {
		return nil, nil
	}
	temp, err := makeTemps(t.stage)
	if err != nil {
		return nil, fail(op, "", err)
	}
	defer temp.remove()

	c := &commit{stage: t.stage, temp: temp, rename: t.rename}
	for i, path := range slices.Sorted(maps.Keys(t.changes)) {
		if err := c.prepare(i, path, t.changes[path]); err != nil {
			return nil, fail(verb(t.changes[path].removed), path, err)
		}
	}
	if t.options.KeepPristine {
		if err := c.keepPristine(); err != nil {
			return nil, errors.Join(fail(op, "", err), c.undo())
		}
	}
	if err := c.apply(); err != nil {
		return nil, errors.Join(err, c.undo())
	}
	return c.changes(), nil
}

// verb is what could not be done to a file, to whoever reads the error.
func verb(removed bool) string {
	if removed {
		return "remove"
	}
	return "write"
}

// commit carries out a transaction.
type commit struct {
	stage  *Stage
	temp   *temps
	todo   []*replacement
	undone []func() error
	rename func(from, to string) error
}

// replacement is one file to be replaced, made or removed.
type replacement struct {
	Change
	old      fs.FileInfo // nil if there is none
	newPath  string      // "" to remove
	savePath string
}

// prepare writes the new content beside the old and digests both.
func (c *commit) prepare(i int, path string, ch *change) error {
	tr := c.stage.tree()
	defer tr.close()
	r := &replacement{Change: Change{Path: path}, savePath: c.temp.path(strconv.Itoa(i) + ".old")}
	var before, after run.Digest
	var err error
	if r.old, err = inspect(tr, path); err != nil && !(errors.Is(err, errParent) && !ch.existed) {
		return err
	}
	if ch.existed && r.old == nil {
		return fmt.Errorf("%w: it was there when the hook looked", fs.ErrNotExist)
	}
	if !ch.existed && r.old != nil {
		return errors.New("it was not there when the hook looked")
	}
	if r.old != nil {
		if before, err = digestFile(tr, path); err != nil {
			return err
		}
		r.Before = &before
	}
	if !ch.removed {
		r.newPath = c.temp.path(strconv.Itoa(i) + ".new")
		if after, err = c.fill(tr, path, r.newPath, ch); err != nil {
			return err
		}
		r.After = &after
	}
	if r.old != nil && !ch.removed && before == after {
		return c.stage.root.Remove(r.newPath)
	}
	c.todo = append(c.todo, r)
	return nil
}

func (c *commit) fill(tr *tree, path, newPath string, ch *change) (run.Digest, error) {
	f, err := c.stage.root.OpenFile(newPath, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return run.Digest{}, err
	}
	defer f.Close()
	if ch.append {
		base, info, err := tr.open(path)
		if err != nil {
			return run.Digest{}, err
		}
		defer base.Close()
		if _, err := copyBytes(context.Background(), f, base, info.Size()); err != nil {
			return run.Digest{}, err
		}
	}
	if _, err := f.Write(ch.data); err != nil {
		return run.Digest{}, err
	}
	if err := f.Chmod(ch.mode); err != nil {
		return run.Digest{}, err
	}
	digest, err := digestOpen(f)
	if err != nil {
		return run.Digest{}, err
	}
	return digest, f.Close()
}

// apply removes first, so that a directory can take the place of a file.
func (c *commit) apply() error {
	for _, removing := range []bool{true, false} {
		for _, r := range c.todo {
			if (r.After == nil) != removing {
				continue
			}
			if err := c.replace(r); err != nil {
				return fail(verb(removing), r.Path, err)
			}
		}
	}
	return nil
}

func (c *commit) replace(r *replacement) error {
	if err := c.makeParents(r.Path); err != nil {
		return err
	}
	tr := c.stage.tree()
	defer tr.close()
	now, err := inspect(tr, r.Path)
	if err != nil {
		return err
	}
	if (now == nil) != (r.old == nil) || now != nil && !os.SameFile(now, r.old) {
		return errors.New("it was changed from elsewhere meanwhile")
	}
	root := c.stage.root
	if r.After == nil {
		return c.do(func() error { return c.rename(r.Path, r.savePath) }, func() error { return root.Rename(r.savePath, r.Path) })
	}
	back := func() error { return root.Remove(r.Path) }
	if r.old != nil {
		back = func() error { return root.Rename(r.savePath, r.Path) }
		// A second name keeps the old file without a moment in which there is none; some file systems have none.
		if root.Link(r.Path, r.savePath) != nil {
			if err := c.do(func() error { return root.Rename(r.Path, r.savePath) }, back); err != nil {
				return err
			}
			back = func() error { return nil }
		}
	}
	return c.do(func() error { return c.rename(r.newPath, r.Path) }, back)
}

func (c *commit) makeParents(path string) error {
	tr := c.stage.tree()
	defer tr.close()
	for i := range path {
		if path[i] != '/' {
			continue
		}
		dir := path[:i]
		_, err := tr.dir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			err = c.do(func() error { return c.stage.root.Mkdir(dir, 0o777) }, func() error { return c.stage.root.Remove(dir) })
		}
		if isNotDir(err) {
			return errParent
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) do(step, back func() error) error {
	err := step()
	if err == nil {
		c.undone = append(c.undone, back)
	}
	return err
}

// undo takes back what was done, last things first, and goes on over errors.
func (c *commit) undo() error {
	var errs []error
	for _, back := range slices.Backward(c.undone) {
		if err := back(); err != nil {
			errs = append(errs, fmt.Errorf("undo: %w", bare(err)))
		}
	}
	return errors.Join(errs...)
}

func (c *commit) changes() []Change {
	changes := make([]Change, len(c.todo))
	for i, r := range c.todo {
		changes[i] = r.Change
	}
	return changes
}
