package store

import (
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/run"
)

const (
	// maxRechecked bounds how many known runs are looked at again when runs/ changed: who copies new runs in may also have
	// brought old ones up to date.
	maxRechecked = 2000
	// readers are more than the cores: with a cold cache they wait for the disk.
	readers = 8
	// tempLife is when what a killed Create, or whoever used TempDir, left behind may go.
	tempLife = time.Hour
)

// reconcile lists runs/ and makes an index of it, taking over from an old one (or nil) what it has.
func (s *Store) reconcile(old *table) (*table, error) {
	checked := time.Now()
	state, err := stateOf(s.runs)
	if err != nil {
		return nil, err
	}
	d, err := os.Open(s.runs)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := d.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	head := header{dir: state, checked: checked.UnixNano(), scanned: checked.UnixNano()}
	if fineTimes(int(d.Fd())) {
		head.flags |= flagFine
	}
	t := s.newTable(head, len(entries))
	var unknown []*Run
	known := old.offsets()
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		id, err := run.ParseID(e.Name())
		if err != nil {
			s.discard(e, checked)
			continue
		}
		if off, ok := known[id]; ok {
			t.data = append(t.data, old.at(off)...)
		} else {
			unknown = append(unknown, s.at(id))
		}
	}
	t.list()
	t.refresh(t.newest(maxRechecked), func(rec record) bool { return s.reordered(rec) || s.rekeyed(rec) })
	t.refresh(t.loose, s.grown)
	for i, f := range readAll(unknown) {
		if f.kind != kindGone {
			t.append(newRecord(unknown[i].ID), f)
		}
	}
	t.list()
	t.changed, t.reread = nil, nil // all of it is to be written
	return t, nil
}

// offsets maps the ids of an index, but those that are gone.
func (t *table) offsets() map[run.ID]int32 {
	if t == nil {
		return nil
	}
	m := make(map[run.ID]int32, len(t.live)+len(t.loose))
	for _, list := range [][]int32{t.live, t.loose} {
		for _, off := range list {
			m[t.at(off).id()] = off
		}
	}
	return m
}

// readAll reads runs with several readers.
func readAll(runs []*Run) []facts {
	out := make([]facts, len(runs))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(readers, len(runs)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(runs) {
					return
				}
				out[i] = readFacts(runs[i])
			}
		})
	}
	wg.Wait()
	return out
}

// discard removes a directory that was being made to become a run when its maker was killed, once it is old.
func (s *Store) discard(e os.DirEntry, now time.Time) {
	if !strings.HasPrefix(e.Name(), atomicfile.TempPrefix) {
		return
	}
	if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > tempLife {
		if root, err := os.OpenRoot(s.runs); err == nil { // best effort: it is in nobody's way
			_ = removeTree(root, e.Name())
			root.Close()
		}
	}
}
