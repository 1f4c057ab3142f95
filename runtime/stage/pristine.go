package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Where the originals of changed files are kept, and the names of added ones: a JSON array of strings.
const (
	pristineDir   = guildDir + "/pristine"
	pristineAdded = guildDir + "/pristine.added"
)

// maxAdded bounds what is read of the list of added files, in bytes.
const maxAdded = 64 << 20

// keepPristine saves what has no original yet. It comes before the first replacement: killed in between, a Restore
// puts back what is there anyway.
func (c *commit) keepPristine() error {
	tr := c.stage.tree()
	defer tr.close()
	added, err := readAdded(c.stage.root)
	if err != nil {
		return err
	}
	known, more := set(added), slices.Clone(added)
	for _, r := range c.todo {
		saved, err := tr.lstat(pristineDir + "/" + r.Path)
		switch {
		case err == nil && saved.Mode().IsRegular() || known[r.Path]:
			continue
		case err == nil:
			return fmt.Errorf("%q: the pristine copy is not a file", r.Path)
		case !errors.Is(err, fs.ErrNotExist) && !isNotDir(err):
			return err
		case r.old == nil:
			more = append(more, r.Path)
			continue
		}
		if err := c.place(tr, r.Path, pristineDir+"/"+r.Path); err != nil {
			return fmt.Errorf("save the original of %q: %w", r.Path, bare(err))
		}
	}
	if len(more) == len(added) {
		return nil
	}
	if err := writeAdded(c.stage.root, c.temp, more); err != nil {
		return err
	}
	c.undone = append(c.undone, func() error { return writeAdded(c.stage.root, c.temp, added) })
	return nil
}

// place makes to a copy of from, absent or complete.
func (c *commit) place(tr *tree, from, to string) error {
	src, info, err := tr.open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	temp := c.temp.path("copy")
	dst, err := c.stage.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer dst.Close()
	if _, err := copyBytes(context.Background(), dst, src, info.Size()); err != nil {
		return err
	}
	if err := dst.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	if err := dst.Close(); err != nil {
		return err
	}
	dir, _ := split(to)
	if _, err := tr.makeDir(dir); err != nil {
		return err
	}
	return c.stage.root.Rename(temp, to)
}

// Restore takes back what transactions with KeepPristine did: changed and removed files are as they were before the first
// of them, added files are gone. What else became of the stage stays. It can be repeated, also after it was interrupted.
func (s *Stage) Restore() error {
	removeTemps(s.root)
	added, err := readAdded(s.root)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	saved, err := s.saved()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if len(added) == 0 && len(saved) == 0 {
		return nil
	}
	temp, err := makeTemps(s)
	if err != nil {
		return fmt.Errorf("restore: %w", bare(err))
	}
	defer temp.remove()
	tr := s.tree()
	defer tr.close()
	for _, path := range added {
		info, err := tr.lstat(path)
		if err == nil && !info.IsDir() {
			err = s.root.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotDir(err) {
			return fail("restore", path, err)
		}
	}
	c := &commit{stage: s, temp: temp}
	for _, path := range saved {
		if same, err := sameFile(tr, pristineDir+"/"+path, path); err != nil {
			return fail("restore", path, err)
		} else if same {
			continue
		}
		if err := c.place(tr, pristineDir+"/"+path, path); err != nil {
			return fail("restore", path, err)
		}
	}
	// Last, so that an interrupted Restore still knows them. The originals stay what they are for the life of the run.
	if err := s.root.Remove(pristineAdded); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore: %w", bare(err))
	}
	return nil
}

// sameFile reports whether b is there with the content and permissions of a.
func sameFile(tr *tree, a, b string) (bool, error) {
	want, err := tr.lstat(a)
	if err != nil {
		return false, err
	}
	got, err := tr.lstat(b)
	if err != nil || !got.Mode().IsRegular() || got.Size() != want.Size() || got.Mode().Perm() != want.Mode().Perm() {
		return false, nil
	}
	x, err := digestFile(tr, a)
	if err != nil {
		return false, err
	}
	y, err := digestFile(tr, b)
	return err == nil && x == y, nil
}

// saved lists the files that have an original, in order.
func (s *Stage) saved() ([]string, error) {
	tr := s.tree()
	defer tr.close()
	root, err := tr.dir(pristineDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, bare(err)
	}
	var paths []string
	err = walk(context.Background(), root, maxWalked, nil, func(path string, mode fs.FileMode) (bool, error) {
		if mode.IsRegular() {
			paths = append(paths, path)
		}
		return mode.IsDir(), nil
	})
	slices.Sort(paths)
	return paths, err
}

// forget makes files that were copied anew their own originals.
func forget(s *Stage, files []string) error {
	if _, err := s.root.Lstat(pristineDir); err == nil {
		for _, path := range files {
			if err := s.root.Remove(pristineDir + "/" + path); err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotDir(err) {
				return bare(err)
			}
		}
	}
	added, err := readAdded(s.root)
	if err != nil || len(added) == 0 {
		return err
	}
	copied := set(files)
	kept := slices.DeleteFunc(slices.Clone(added), func(path string) bool { return copied[path] })
	if len(kept) == len(added) {
		return nil
	}
	temp, err := makeTemps(s)
	if err != nil {
		return err
	}
	defer temp.remove()
	return writeAdded(s.root, temp, kept)
}

func set(paths []string) map[string]bool {
	m := make(map[string]bool, len(paths))
	for _, path := range paths {
		m[path] = true
	}
	return m
}

func readAdded(root *os.Root) ([]string, error) {
	tr := &tree{root: root}
	defer tr.close()
	f, info, err := tr.open(pristineAdded)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pristineAdded, bare(err))
	}
	defer f.Close()
	if info.Size() > maxAdded {
		return nil, fmt.Errorf("%s has %d bytes, the limit is %d", pristineAdded, info.Size(), maxAdded)
	}
	data := make([]byte, info.Size())
	if _, err := f.ReadAt(data, 0); err != nil {
		return nil, fmt.Errorf("%s: %w", pristineAdded, bare(err))
	}
	var paths []string
	if err := json.Unmarshal(data, &paths); err != nil {
		return nil, fmt.Errorf("%s: %w", pristineAdded, err)
	}
	for _, path := range paths {
		if err := checkPath("read "+pristineAdded, path); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

func writeAdded(root *os.Root, temp *temps, paths []string) error {
	if paths == nil {
		paths = []string{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(paths); err != nil {
		return err
	}
	path := temp.path("added")
	if err := root.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return err
	}
	return root.Rename(path, pristineAdded)
}

// removeTemps removes what a killed commit left behind.
func removeTemps(root *os.Root) {
	tr := &tree{root: root}
	defer tr.close()
	d, err := tr.dir(guildDir)
	if err != nil {
		return
	}
	entries, err := readDir(tr, guildDir, maxWalked)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			d.RemoveAll(e.Name())
		}
	}
}
