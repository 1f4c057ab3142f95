package engine

import (
	"fmt"
	"math"

	"github.com/tetratelabs/wazero/experimental"
)

const pageSize = 1 << 16

// linear is a guest's memory. We allocate it ourselves to hold it to the hook's limit, to know that it was refused more,
// and to take back what it grew by. A small one begins on the heap; a large one, or one that grows, is in an area that has
// room for all that it may become, so that growing copies nothing and leaves nothing behind for the collector.
type linear struct {
	buf   []byte
	limit uint64
	// area holds buf, where the system has such areas. Behind high it is zero.
	area []byte
	high uint64
	// writes, if it is there, watches the area; watched says that it has since the memory was last restored.
	writes  *writes
	watched bool
	blind   int // restores for which there is no watching
	// refused, if set, is told that the guest asked for more than the limit.
	refused func()
	// shrinkTo, if set, is the size that the next Reallocate returns, whatever it is asked for.
	shrinkTo uint64
}

var _ experimental.LinearMemory = (*linear)(nil)

// keepDirty is how much memory a shrink leaves to be cleared when it is needed again. More goes back to the system.
const keepDirty = 4 << 20

// Reallocate returns a memory of size bytes with the old content, zeros behind it, or nil over the limit.
func (l *linear) Reallocate(size uint64) []byte {
	if l.shrinkTo > 0 {
		l.buf = l.buf[:l.shrinkTo]
		if l.high > l.shrinkTo+keepDirty && release(l.area[l.shrinkTo:l.high]) {
			l.high = l.shrinkTo
		}
		l.shrinkTo = 0
		return l.buf
	}
	if size > l.limit {
		l.refused()
		return nil
	}
	old := uint64(len(l.buf))
	if l.area == nil && (old > 0 || size >= watchFrom) {
		if l.area = reserve(l.limit); l.area != nil {
			l.high = uint64(copy(l.area, l.buf))
		}
	}
	switch {
	case l.area != nil:
		l.buf = l.area[:size]
		clear(l.buf[old:max(old, min(size, l.high))])
		l.high = max(l.high, size)
	case size <= uint64(cap(l.buf)):
		l.buf = l.buf[:size]
		clear(l.buf[old:]) // it may have been in use before a shrink
	default:
		room := size
		if old > 0 { // guests grow step by step
			room = min(max(size, old+old/2), l.limit)
		}
		buf := make([]byte, size, room)
		copy(buf, l.buf)
		l.buf = buf
	}
	return l.buf
}

// Where watching pays, in bytes: below, a memory is copied in the time that asking takes.
const watchFrom = 512 << 10

// Where watching does not pay: a page that is written to costs some five times as much as one that is copied.
const (
	muchWritten   = 5  // the part of the memory
	blindRestores = 16 // how often it is then copied whole
)

// restore makes the memory, which must have the snapshot's size, what the snapshot says.
func (l *linear) restore(s *snapshot) {
	written := 0
	known := l.watched && l.writes.each(func(from, to int) {
		s.copyTo(l.buf, from, to)
		written += to - from
	})
	if !known {
		s.copyTo(l.buf, 0, s.size)
	}
	switch {
	case l.blind > 0:
		l.blind--
	case l.watched && written > s.size/muchWritten:
		l.watched = false
		l.blind = blindRestores
	default:
		l.watch()
	}
}

// watch begins to watch what is written, from now on.
func (l *linear) watch() {
	if l.area == nil || len(l.buf) < watchFrom {
		return
	}
	if l.writes == nil {
		l.writes = watchWrites(l.buf)
	}
	l.watched = l.writes != nil && l.writes.protect()
	if !l.watched {
		l.blind = math.MaxInt // it will not be better next time
	}
}

// Free lets go of the memory. No view of it may be used from then on.
func (l *linear) Free() {
	l.buf = nil
	if l.writes != nil {
		l.writes.close()
		l.writes, l.watched = nil, false
	}
	if l.area != nil {
		unreserve(l.area)
		l.area = nil
	}
}

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
