package engine

import (
	"fmt"

	"github.com/tetratelabs/wazero/experimental"
)

const pageSize = 1 << 16

// linear is a guest's memory. We allocate it ourselves to hold it to the hook's limit, to know that it was refused more,
// and to take back what it grew by.
type linear struct {
	buf   []byte
	limit uint64
	// refused, if set, is told that the guest asked for more than the limit.
	refused func()
	// shrinkTo, if set, is the size that the next Reallocate returns, whatever it is asked for.
	shrinkTo uint64
}

var _ experimental.LinearMemory = (*linear)(nil)

// Reallocate returns a memory of size bytes with the old content, zeros behind it, or nil over the limit.
func (l *linear) Reallocate(size uint64) []byte {
	if l.shrinkTo > 0 {
		l.buf = l.buf[:l.shrinkTo]
		l.shrinkTo = 0
		return l.buf
	}
	if size > l.limit {
		l.refused()
		return nil
	}
	old := uint64(len(l.buf))
	if size <= uint64(cap(l.buf)) {
		l.buf = l.buf[:size]
		clear(l.buf[old:]) // it may have been in use before a shrink
		return l.buf
	}
	room := size
	if old > 0 { // guests grow step by step
		room = min(max(size, old+old/2), l.limit)
	}
	buf := make([]byte, size, room)
	copy(buf, l.buf)
	l.buf = buf
	return buf
}

// Free lets go of the memory.
func (l *linear) Free() { l.buf = nil }

// humanSize writes a number of bytes as people write limits: 64 MiB, 100 KiB, 7 bytes.
func humanSize(n uint64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
