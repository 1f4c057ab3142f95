//go:build unix

package lock

import (
	"errors"
	"io"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/guild-run/guild/runtime/lock/lanes"
	"github.com/guild-run/guild/runtime/run"
	"github.com/zeebo/blake3"
	"golang.org/x/sys/unix"
	"lukechampine.com/blake3/guts"
)

// BLAKE3 hashes a tree: every aligned piece of 2^n chunks has a value of its own that depends only on its bytes and
// its position. So one file is cut into such pieces, the pieces are hashed on all cores, and their values
// are combined as the tree says: the digest is the one that b3sum prints.

const (
	segment   = bufferSize // bytes of a piece that is read at once
	maxPieces = 1 << 16    // of a file, so that its values take little memory
	group     = guts.MaxSIMD * guts.ChunkSize
)

// pieceLen returns how long to make the pieces of a file: a segment, if that does not make too many.
func pieceLen(size, most int64) int64 {
	piece := int64(segment)
	for size > piece*most {
		piece *= 2
	}
	return piece
}

// digestTree hashes the first size bytes of an open file, more than a piece, on so many cores.
func (w *worker) digestTree(fd int, size, piece int64, cores int) (run.Digest, error) {
	n := int((size + piece - 1) / piece)
	values := lanes.NewValues(n)
	var next atomic.Int64
	errs := make([]error, min(cores, n))
	work := func(i int, h *hasher, buf []byte) {
		for errs[i] == nil {
			at := int(next.Add(1) - 1)
			if at >= n {
				return
			}
			off := int64(at) * piece
			var v lanes.Value
			v, errs[i] = w.piece(fd, off, min(piece, size-off), h, buf)
			values.Set(at, v)
		}
	}
	var wg sync.WaitGroup
	for i := 1; i < len(errs); i++ {
		wg.Go(func() { work(i, &hasher{}, make([]byte, segment)) })
	}
	work(0, &w.hasher, w.buf)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return run.Digest{}, err
	}
	return values.Root(), nil
}

// piece returns the value of a piece of a file, segment by segment.
func (w *worker) piece(fd int, off, size int64, h *hasher, buf []byte) (lanes.Value, error) {
	if size <= segment {
		return w.segment(fd, off, buf[:size], h)
	}
	n := int((size + segment - 1) / segment)
	values := lanes.NewValues(n)
	for i := range n {
		at := int64(i) * segment
		v, err := w.segment(fd, off+at, buf[:min(segment, size-at)], h)
		if err != nil {
			return v, err
		}
		values.Set(i, v)
	}
	return values.Value(), nil
}

func (w *worker) segment(fd int, off int64, p []byte, h *hasher) (lanes.Value, error) {
	for n := 0; n < len(p); {
		if w.stop.Load() {
			return lanes.Value{}, errStopped
		}
		got, err := unix.Pread(fd, p[n:], off+int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return lanes.Value{}, err
		}
		if got == 0 {
			return lanes.Value{}, io.ErrUnexpectedEOF
		}
		n += got
	}
	w.meter.bytes.Add(int64(len(p)))
	chunk := uint64(off) / guts.ChunkSize
	if w.wide {
		return h.lanes().Value(p, chunk), nil
	}
	return guts.ChainingValue(subtree(p, chunk)), nil
}

// subtree returns the node over p, which begins at the given chunk of the file.
func subtree(p []byte, chunk uint64) guts.Node {
	if len(p) <= group {
		if len(p) == group {
			return guts.CompressBuffer((*[group]byte)(p), group, &guts.IV, chunk, 0)
		}
		var last [group]byte
		return guts.CompressBuffer(&last, copy(last[:], p), &guts.IV, chunk, 0)
	}
	left := leftLen(uint64(len(p)))
	l := guts.ChainingValue(subtree(p[:left], chunk))
	r := guts.ChainingValue(subtree(p[left:], chunk+left/guts.ChunkSize))
	return guts.ParentNode(l, r, &guts.IV, 0)
}

// leftLen returns how much of n > 1 goes to the left: the largest power of two below n.
func leftLen(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// piecesFaster tries both libraries on a little data, where there are no wide lanes. Which one wins differs by half between
// processors. The digest is the same.
func piecesFaster() bool {
	data := make([]byte, 4*group)
	h := blake3.New()
	stream := fastest(func() { h.Reset(); h.Write(data) })
	pieces := fastest(func() { subtree(data, 0) })
	return pieces < stream
}

func fastest(do func()) time.Duration {
	const tries = 5
	best := time.Duration(1 << 62)
	for range tries {
		start := time.Now()
		do()
		best = min(best, time.Since(start))
	}
	return best
}
