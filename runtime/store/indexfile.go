package store

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"time"

	"github.com/guild-run/guild/runtime/run"
)

// The index is a file of slots of 64 bytes: a header, then one record a run, of one slot or, when the id is no 32 hex
// digits, with the id in slots of its own. Numbers are little endian. A record keeps its place: what changes is written over it.
//
//	header  0 magic · 8 size · 16 device, 24 inode, 32 mtime of runs/ · 40 when that mtime was read · 48 when runs/ was
//	        listed · 56 flags · 60 CRC-32C of what is before
//	record  0 CRC-32C of what follows · 4 kind · 5 slots · 6 length of id, 0 for hex · 7 flags · 8 id · 24 key ·
//	        40 when started, else initialized, in µs · 48 ctime of attrs/started · 56 ctime of attrs/flags
const (
	slotSize = 64
	magic    = "GUILDIX1"
	maxIndex = 1 << 30
)

// Kinds of records.
const (
	kindRun  = 1
	kindHalf = 2 // a directory that is no run yet: it may become one without runs/ changing
	kindGone = 3
)

// Flags of the header, and of records.
const (
	flagFine     = 1 // the file system never gives two changes one time if somebody looked in between
	flagAdvanced = 2 // runs/ was changed by us since it was listed

	flagBare = 1 // a run without flags: they may come without runs/ changing
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header says which state of runs/ the index is of.
type header struct {
	size    int64
	dir     dirState
	checked int64 // ns since 1970
	scanned int64 // ns since 1970
	flags   byte
}

// dirState identifies a directory and its last change.
type dirState struct {
	dev, ino uint64
	mtime    int64 // ns since 1970
}

const (
	// racy is how long after its mtime a directory must have been read for the mtime to mean anything: two changes within one
	// tick of the file system have one mtime.
	racy = 2 * time.Second
	// advanceFor bounds how long we rely on having seen every change of runs/ around our own.
	advanceFor = time.Hour
)

// current reports whether the index has every run of a directory in state d.
func (h *header) current(d dirState, now time.Time) bool {
	if h.dir != d {
		return false
	}
	if h.flags&flagAdvanced != 0 && now.UnixNano()-h.scanned > int64(advanceFor) {
		return false
	}
	return h.flags&flagFine != 0 || h.checked-d.mtime >= int64(racy)
}

func (h *header) encode(b []byte) {
	copy(b, magic)
	for i, v := range []uint64{uint64(h.size), h.dir.dev, h.dir.ino, uint64(h.dir.mtime), uint64(h.checked), uint64(h.scanned)} {
		binary.LittleEndian.PutUint64(b[8+8*i:], v)
	}
	binary.LittleEndian.PutUint32(b[56:], uint32(h.flags))
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
}

func decodeHeader(b []byte) (h header, ok bool) {
	if len(b) < slotSize || string(b[:8]) != magic || crc32.Checksum(b[:60], castagnoli) != binary.LittleEndian.Uint32(b[60:]) {
		return header{}, false
	}
	u := func(off int) uint64 { return binary.LittleEndian.Uint64(b[off:]) }
	h = header{
		size: int64(u(8)), dir: dirState{dev: u(16), ino: u(24), mtime: int64(u(32))},
		checked: int64(u(40)), scanned: int64(u(48)), flags: b[56],
	}
	return h, h.size >= slotSize && h.size <= maxIndex && h.size%slotSize == 0
}

// record is the bytes of one record, all slots of it.
type record []byte

func (r record) kind() byte        { return r[4] }
func (r record) bare() bool        { return r[7]&flagBare != 0 }
func (r record) key() []byte       { return r[24:40] }
func (r record) when() int64       { return int64(binary.LittleEndian.Uint64(r[40:])) }
func (r record) whenStamp() int64  { return int64(binary.LittleEndian.Uint64(r[48:])) }
func (r record) flagsStamp() int64 { return int64(binary.LittleEndian.Uint64(r[56:])) }

// appendID appends the id to b, which keeps scans free of allocations.
func (r record) appendID(b []byte) []byte {
	if n := int(r[6]); n > 0 {
		return append(b, r[slotSize:slotSize+n]...)
	}
	return hex.AppendEncode(b, r[8:24])
}

func (r record) id() run.ID { return run.ID(r.appendID(nil)) }

func (r record) seal() { binary.LittleEndian.PutUint32(r, crc32.Checksum(r[4:], castagnoli)) }

func (r record) intact() bool {
	return binary.LittleEndian.Uint32(r) == crc32.Checksum(r[4:], castagnoli)
}

// newRecord makes a record of an id, unsealed.
func newRecord(id run.ID) record {
	if len(id) == 32 {
		var b [16]byte
		if _, err := hex.Decode(b[:], []byte(id)); err == nil && hex.EncodeToString(b[:]) == string(id) {
			r := make(record, slotSize)
			r[5] = 1
			copy(r[8:24], b[:])
			return r
		}
	}
	slots := 1 + (len(id)+slotSize-1)/slotSize
	r := make(record, slots*slotSize)
	r[5], r[6] = byte(slots), byte(len(id))
	copy(r[slotSize:], id)
	return r
}

// set writes what is known of a run.
func (r record) set(f facts) {
	r[4], r[7] = f.kind, 0
	if f.bare {
		r[7] = flagBare
	}
	copy(r[24:40], f.key[:])
	binary.LittleEndian.PutUint64(r[40:], uint64(f.when))
	binary.LittleEndian.PutUint64(r[48:], uint64(f.whenStamp))
	binary.LittleEndian.PutUint64(r[56:], uint64(f.flagsStamp))
	r.seal()
}

// recordAt returns the record at an offset of data, if there is a well-formed one.
func recordAt(data []byte, off int) (record, bool) {
	if off+slotSize > len(data) {
		return nil, false
	}
	slots, n := int(data[off+5]), int(data[off+6])
	end := off + slots*slotSize
	if slots < 1 || end > len(data) || n > maxID || (n == 0) != (slots == 1) || n > (slots-1)*slotSize {
		return nil, false
	}
	r := record(data[off:end:end])
	return r, r.kind() >= kindRun && r.kind() <= kindGone && r.intact()
}
