package store

import "time"

// What the tests need from inside: the two parsers, and the index as a file.
var (
	EncodeYAML   = encodeYAML
	DecodeYAML   = decodeYAML
	DecodeValues = decodeValues
	FileName     = fileName
)

// IndexPath is where the index lies.
func (s *Store) IndexPath() string { return s.index }

// Scans reports whether the next query would list runs/.
func (s *Store) Scans() bool {
	state, err := stateOf(s.runs)
	t, ok := s.readShared()
	return err != nil || !ok || !t.head.current(state, time.Now())
}

// ParseIndex reports whether data is a sound index, and reads all of it.
func ParseIndex(data []byte) bool {
	t, ok := Open("nowhere").parseTable(data)
	if !ok {
		return false
	}
	for _, off := range t.newest(0) {
		t.run(off)
	}
	t.newest(3)
	t.withPrefix("a")
	t.enter("a-new-name", facts{kind: kindRun, when: 5})
	t.drop("a-new-name")
	return true
}

// Age makes the index believe that it last listed runs/ long ago.
func (s *Store) Age() error {
	t, ok := s.read()
	if !ok {
		return ErrNotFound
	}
	t.head.scanned -= int64(2 * advanceFor)
	return t.save()
}

// Coarsen makes the index believe that the file system has coarse times and that runs/ changed just before it was listed.
func (s *Store) Coarsen() error {
	t, ok := s.read()
	if !ok {
		return ErrNotFound
	}
	t.head.flags &^= flagFine
	t.head.checked = t.head.dir.mtime + int64(racy) - 1
	return t.save()
}

// Reseal gives data a header of its length and sound checksums, as far as it can be read.
func Reseal(data []byte) []byte {
	data = append(make([]byte, slotSize), data...)
	data = data[:len(data)/slotSize*slotSize]
	h := header{size: int64(len(data))}
	h.encode(data)
	for off := slotSize; off < len(data); {
		end := off + max(1, int(data[off+5]))*slotSize
		if end > len(data) {
			break
		}
		record(data[off:end]).seal()
		off = end
	}
	return data
}
