package wasm

import (
	"fmt"
	"unicode/utf8"
)

// reader goes once through a part of the module. It keeps the first error and then yields zeros, so that callers look at err
// only where they would loop or allocate.
type reader struct {
	b     []byte // the whole module: positions are offsets in the file
	pos   int
	end   int
	where string
	err   *Error
}

func (r *reader) fail(kind Kind, at int, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Kind: kind, Where: r.where, Offset: at, Text: fmt.Sprintf(format, args...)}
	}
	r.pos = r.end
}

func (r *reader) refuse(feature string, at int) {
	r.fail(Feature, at, "uses %s, which is not allowed", feature)
	if r.err.Feature == "" && r.err.Kind == Feature {
		r.err.Feature = feature
	}
}

func (r *reader) over(sentence string, n uint64, limit int) {
	if r.err == nil {
		r.err = overLimit(r.where, sentence, n, limit)
	}
	r.pos = r.end
}

func (r *reader) more() bool { return r.err == nil && r.pos < r.end }

func (r *reader) byte() byte {
	if r.pos >= r.end {
		r.fail(Malformed, r.pos, "ends too early")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

// u32 is an unsigned LEB128 number of at most 32 bits.
func (r *reader) u32() uint32 {
	if r.pos < r.end {
		if c := r.b[r.pos]; c < 0x80 {
			r.pos++
			return uint32(c)
		}
	}
	at := r.pos
	var v uint32
	for shift := 0; shift < 35; shift += 7 {
		c := r.byte()
		if shift == 28 && c > 0x0f {
			break
		}
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.fail(Malformed, at, "number is longer than 32 bits")
	return 0
}

// signed is a signed LEB128 number of at most the given bits, sign extended.
func (r *reader) signed(bits int) int64 {
	at := r.pos
	var v int64
	for shift := 0; shift < bits; shift += 7 {
		c := r.byte()
		v |= int64(c&0x7f) << shift
		if c >= 0x80 {
			continue
		}
		if left := bits - shift; left < 7 {
			// The unused bits of the last byte must repeat the sign.
			if rest := int8(c<<1) >> left; rest != 0 && rest != -1 {
				break
			}
		}
		if shift+7 < 64 && c&0x40 != 0 {
			v |= -1 << (shift + 7)
		}
		return v
	}
	r.fail(Malformed, at, "number is longer than %d bits", bits)
	return 0
}

func (r *reader) skip(n uint64) {
	if n > uint64(r.end-r.pos) {
		r.fail(Malformed, r.pos, "ends too early")
		return
	}
	r.pos += int(n)
}

func (r *reader) bytes(n uint32) []byte {
	at := r.pos
	r.skip(uint64(n))
	if r.err != nil {
		return nil
	}
	return r.b[at:r.pos]
}

func (r *reader) name(limit int) string {
	at := r.pos
	n := r.u32()
	if r.err == nil && uint64(n) > uint64(limit) {
		r.over("name has %d bytes", uint64(n), limit)
		return ""
	}
	s := r.bytes(n)
	if !utf8.Valid(s) {
		r.fail(Malformed, at, "name is not UTF-8")
		return ""
	}
	return string(s)
}

// count is the length of a vector, each item of which takes at least one byte.
func (r *reader) count(sentence string, limit int) int {
	at := r.pos
	n := r.u32()
	if r.err != nil {
		return 0
	}
	if uint64(n) > uint64(limit) {
		r.over(sentence, uint64(n), limit)
		return 0
	}
	if int(n) > r.end-r.pos {
		r.fail(Malformed, at, "count %d is more than the bytes that follow", n)
		return 0
	}
	return int(n)
}
