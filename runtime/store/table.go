package store

import (
	"bytes"
	"encoding/hex"
	"slices"

	"github.com/guild-run/guild/runtime/run"
)

// table is the index in memory.
type table struct {
	store *Store
	head  header
	data  []byte // the file as it is to be, header included

	live  []int32 // offsets of the runs
	loose []int32 // offsets of half runs, and of runs without flags

	changed []int32 // offsets to be written
	reread  []run.ID
}

func (s *Store) newTable(head header, slots int) *table {
	return &table{store: s, head: head, data: make([]byte, slotSize, slotSize*(slots+1))}
}

// parseTable reads an index. Any damage makes all of it worthless: it is built again from the runs.
func (s *Store) parseTable(data []byte) (*table, bool) {
	head, ok := decodeHeader(data)
	if !ok || head.size > int64(len(data)) {
		return nil, false
	}
	// What is beyond the size is of a writer that died before it wrote the header.
	t := &table{store: s, head: head, data: data[:head.size]}
	return t, t.list()
}

// list finds the records; false if one is damaged.
func (t *table) list() bool {
	t.live, t.loose = make([]int32, 0, len(t.data)/slotSize), nil
	for off := slotSize; off < len(t.data); {
		rec, ok := recordAt(t.data, off)
		if !ok {
			return false
		}
		if rec.kind() == kindRun {
			t.live = append(t.live, int32(off))
		}
		if rec.kind() == kindHalf || rec.kind() == kindRun && rec.bare() {
			t.loose = append(t.loose, int32(off))
		}
		off += len(rec)
	}
	return true
}

func (t *table) at(off int32) record {
	slots := int32(t.data[off+5])
	return record(t.data[off : off+slots*slotSize])
}

// find returns the offset of an id, or -1.
func (t *table) find(like record) int32 {
	for off := slotSize; off < len(t.data); off += int(t.data[off+5]) * slotSize {
		at := t.data[off:]
		if bytes.Equal(at[5:7], like[5:7]) && bytes.Equal(at[8:24], like[8:24]) && bytes.Equal(at[slotSize:len(like)], like[slotSize:]) {
			return int32(off)
		}
	}
	return -1
}

// put brings the record of a run up to date, making one if there is none.
func (t *table) put(r *Run) { t.enter(r.ID, readFacts(r)) }

func (t *table) enter(id run.ID, f facts) {
	rec := newRecord(id)
	if off := t.find(rec); off >= 0 {
		t.at(off).set(f)
		t.changed = append(t.changed, off)
	} else if f.kind != kindGone {
		t.append(rec, f)
	}
}

// append adds a record of an id that has none.
func (t *table) append(rec record, f facts) {
	rec.set(f)
	t.changed = append(t.changed, int32(len(t.data)))
	t.data = append(t.data, rec...)
}

// drop takes a run out.
func (t *table) drop(id run.ID) { t.enter(id, facts{kind: kindGone}) }

// refresh reads those of the runs again that are found stale. It returns whether there were any.
func (t *table) refresh(offs []int32, stale func(record) bool) bool {
	any := false
	for _, off := range offs {
		if rec := t.at(off); stale(rec) {
			id := rec.id()
			rec.set(readFacts(t.store.at(id)))
			t.reread = append(t.reread, id)
			any = true
		}
	}
	if any {
		t.list()
	}
	return any
}

// newest returns the offsets of the n newest runs in order, undated ones last, equal ones by id.
func (t *table) newest(n int) []int32 {
	if n <= 0 || n > len(t.live) {
		n = len(t.live)
	}
	if n > 4096 || n == len(t.live) {
		all := slices.Clone(t.live)
		slices.SortFunc(all, t.compare)
		return all[:n]
	}
	// Most records are in the order in which runs were made, so going backwards nearly all are refused at a glance.
	top := make([]int32, 0, n+1)
	for _, off := range slices.Backward(t.live) {
		if len(top) == n && t.compare(off, top[n-1]) > 0 {
			continue
		}
		i, _ := slices.BinarySearchFunc(top, off, t.compare)
		top = slices.Insert(top, i, off)
		top = top[:min(len(top), n)]
	}
	return top
}

func (t *table) compare(a, b int32) int {
	x, y := t.at(a), t.at(b)
	if d := y.when() - x.when(); d != 0 { // both are positive
		if d < 0 {
			return -1
		}
		return 1
	}
	if a == b {
		return 0
	}
	return bytes.Compare(x.appendID(nil), y.appendID(nil))
}

// withPrefix returns the ids that begin so, in order.
func (t *table) withPrefix(prefix string) []run.ID {
	var ids []run.ID
	buf := make([]byte, 0, max(maxID, hex.EncodedLen(16)))
	for _, off := range t.live {
		if id := t.at(off).appendID(buf); bytes.HasPrefix(id, []byte(prefix)) {
			ids = append(ids, run.ID(id))
		}
	}
	slices.Sort(ids)
	return ids
}

func (t *table) run(off int32) *Run { return t.store.at(t.at(off).id()) }
