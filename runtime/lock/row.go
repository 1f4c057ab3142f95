package lock

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/guild-run/guild/runtime/run"
)

// row is one line of MetaFile as its fields, in one buffer that is used again for the next line.
type row struct {
	buf  []byte
	ends []int
}

func (r *row) reset() { r.buf, r.ends = r.buf[:0], r.ends[:0] }

func (r *row) end() { r.ends = append(r.ends, len(r.buf)) }

func (r *row) text(s string) {
	r.buf = append(r.buf, s...)
	r.end()
}

func (r *row) number(n int64) {
	r.buf = strconv.AppendInt(r.buf, n, 10)
	r.end()
}

func (r *row) digest(d run.Digest) {
	r.buf = appendHex(r.buf, d)
	r.end()
}

// optional is a digest that may be absent.
func (r *row) optional(d run.Digest) {
	if d.IsZero() {
		r.text(none)
	} else {
		r.digest(d)
	}
}

// mode is the mode before the lock in octal, after "=" if the lock left it so.
func (r *row) mode(e *Entry) {
	r.buf = appendMode(r.buf, e.Mode, e.Kept)
	r.end()
}

// field returns field i.
func (r *row) field(i int) []byte {
	from := 0
	if i > 0 {
		from = r.ends[i-1]
	}
	return r.buf[from:r.ends[i]]
}

// entry is the line of an entry, the digest of a file always spelt out.
func (r *row) entry(e *Entry) {
	r.reset()
	r.buf = append(r.buf, byte(e.Type))
	r.end()
	switch e.Type {
	case Symlink:
		r.text(e.Path)
		r.text(e.Target)
		return
	case File:
		r.mode(e)
		r.number(e.Size)
		r.digest(e.Digest)
	default:
		r.mode(e)
	}
	r.text(e.Path)
}

const digestAt = 3 // among the fields of a file

// appendLine appends the row as a line; without is the field that is written as absent, -1 for none.
func (r *row) appendLine(b []byte, without int) []byte {
	for i := range r.ends {
		if i > 0 {
			b = append(b, '\t')
		}
		if i == without {
			b = append(b, none...)
		} else {
			b = appendField(b, r.field(i))
		}
	}
	return append(b, '\n')
}

// appendFrame appends the row as it goes into the root digest: the number of fields, then each after its length.
func (r *row) appendFrame(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(r.ends)))
	for i := range r.ends {
		f := r.field(i)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(f)))
		b = append(b, f...)
	}
	return b
}

func appendHex(b []byte, d run.Digest) []byte { return hex.AppendEncode(b, d[:]) }

func appendMode(b []byte, mode uint32, kept bool) []byte {
	if kept {
		b = append(b, '=')
	}
	for shift := 9; shift >= 0; shift -= 3 {
		b = append(b, '0'+byte(mode>>shift&7))
	}
	return b
}

func modeText(mode uint32) string { return string(appendMode(nil, mode, false)) }
