package wasm

import "encoding/binary"

// trap is the body of a function of any type, with its size: no locals, unreachable, end.
var trap = []byte{3, 0, 0, 0x0b}

// Hollow returns a valid module without its code: every function traps. Reading and checking it costs next to nothing, so whoever
// has the native code of the module already can have the rest of it from here.
func Hollow(b []byte) ([]byte, error) {
	truncated := &Error{Kind: Malformed, Offset: -1, Text: "the module is truncated"}
	if len(b) < len(header) {
		return nil, truncated
	}
	out := append(make([]byte, 0, len(b)/2), b[:len(header)]...)
	for rest := b[len(header):]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return nil, truncated
		}
		end := 1 + n + int(size)
		if rest[0] != secCode {
			out = append(out, rest[:end]...)
			rest = rest[end:]
			continue
		}
		count, k := binary.Uvarint(rest[1+n : end])
		if k <= 0 || count > size {
			return nil, truncated
		}
		out = append(out, secCode)
		out = binary.AppendUvarint(out, uint64(k)+count*uint64(len(trap)))
		out = append(out, rest[1+n:1+n+k]...)
		for range count {
			out = append(out, trap...)
		}
		rest = rest[end:]
	}
	return out, nil
}
