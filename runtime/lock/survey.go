//go:build unix

package lock

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// survey notes what is in a run, before anything is changed.
type survey struct{}

func (survey) enter(w *worker, d *dirRef, st *unix.Stat_t) (bool, error) {
	w.found = append(w.found, Entry{
		Path: d.name(),
		Type: Dir,
		Mode: uint32(st.Mode) & permBits,
		Kept: d.path == attrsDir, // label, tags and comments of a locked run can be changed
	})
	return true, nil
}

func (survey) entry(w *worker, d *dirRef, ent dirent, _ bool) error {
	var st unix.Stat_t
	path := d.join(ent.name)
	if err := lstatat(d.fd, ent.name, &st); err != nil {
		return fmt.Errorf("%w: %q: %w", ErrChanged, path, err)
	}
	e := Entry{Path: path, Type: typeOf(uint32(st.Mode)), Mode: uint32(st.Mode) & permBits}
	switch e.Type {
	case File:
		e.Size = st.Size // for progress; freeze looks again
		w.noteLinks(path, &st)
	case Symlink:
		e.Mode = 0
	case Dir, Unknown:
		return fmt.Errorf("%w: %q", ErrChanged, path)
	default:
		e.Kept = true
	}
	w.found = append(w.found, e)
	return nil
}

func (survey) lost(_ *worker, _ *dirRef, l lostDir) (bool, error) {
	return false, fmt.Errorf("directory %q: %w", l.path, l.err)
}

// examine returns the entries of the run, by path, and what is noteworthy about them.
func (t *tree) examine(ctx context.Context) ([]Entry, []Warning, error) {
	workers, err := walk(ctx, t.root, survey{}, &meter{})
	if err != nil {
		return nil, nil, err
	}
	entries := sorted(workers)
	warnings := hardLinks(workers)
	for i := range entries {
		if w, ok := specialWarning(&entries[i]); ok {
			warnings = append(warnings, w)
		}
	}
	return entries, warnings, nil
}

// sorted returns what the workers found by path. Each sorts its own.
func sorted(workers []*worker) []Entry {
	var wg sync.WaitGroup
	total := 0
	for _, w := range workers {
		total += len(w.found)
		wg.Go(func() { slices.SortFunc(w.found, byPath) })
	}
	wg.Wait()
	entries := make([]Entry, 0, total)
	for len(entries) < total {
		var first *worker
		for _, w := range workers {
			if len(w.found) > 0 && (first == nil || w.found[0].Path < first.found[0].Path) {
				first = w
			}
		}
		entries = append(entries, first.found[0])
		first.found = first.found[1:]
	}
	return entries
}

func specialWarning(e *Entry) (Warning, bool) {
	if e.Type == File || e.Type == Dir || e.Type == Symlink {
		return Warning{}, false
	}
	return Warning{e.Path, Special, e.Type.String() + ": its content is not covered"}, true
}

// linked is a name of a file that has others.
type linked struct {
	path     string
	dev, ino uint64
	names    uint64
}

func (w *worker) noteLinks(path string, st *unix.Stat_t) {
	if st.Nlink > 1 {
		w.links = append(w.links, linked{path, uint64(st.Dev), st.Ino, uint64(st.Nlink)})
	}
}

// hardLinks warns of files that have names outside the run, through which they can be changed.
func hardLinks(workers []*worker) []Warning {
	type inode struct{ dev, ino uint64 }
	inside := map[inode]uint64{}
	for _, w := range workers {
		for _, l := range w.links {
			inside[inode{l.dev, l.ino}]++
		}
	}
	var warnings []Warning
	for _, w := range workers {
		for _, l := range w.links {
			if out := l.names - min(l.names, inside[inode{l.dev, l.ino}]); out > 0 {
				warnings = append(warnings, Warning{l.path, HardLink, fmt.Sprintf("%d of its %d names are outside the run", out, l.names)})
			}
		}
	}
	return warnings
}

func sortWarnings(list []Warning) {
	slices.SortFunc(list, func(a, b Warning) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Kind, b.Kind))
	})
}
