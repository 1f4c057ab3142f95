//go:build unix

package lock

import (
	"errors"
	"io"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/guild-run/guild/runtime/run"
	"github.com/zeebo/blake3"
	"golang.org/x/sys/unix"
	"lukechampine.com/blake3/guts"
)

// BLAKE3 hashes a tree: every aligned piece of 2^n chunks has a value of its own that depends only on its bytes and
// its position. So one file is cut into such pieces, the pieces are hashed on all cores, and their values
// are combined as the tree says: the digest is the one that b3sum prints.

const (
	canSplit = true
	segment  = bufferSize // bytes of a piece
	group    = guts.MaxSIMD * guts.ChunkSize
)

// digestTree hashes the first size bytes of an open file, more than a segment, on so many cores.
func (w *worker) digestTree(fd int, size int64, cores int) (run.Digest, error) {
	values := make([][8]uint32, (size+segment-1)/segment)
	var next atomic.Int64
	errs := make([]error, min(cores, len(values)))
	work := func(i int, buf []byte) {
		for errs[i] == nil {
			at := next.Add(1) - 1
			if at >= int64(len(values)) {
				return
			}
			errs[i] = w.segment(fd, at*segment, buf[:min(segment, size-at*segment)], &values[at])
		}
	}
	var wg sync.WaitGroup
	for i := 1; i < len(errs); i++ {
		wg.Go(func() { work(i, make([]byte, segment)) })
	}
	work(0, w.buf)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return run.Digest{}, err
	}
	return combine(values), nil
}

func (w *worker) segment(fd int, off int64, p []byte, value *[8]uint32) error {
	for n := 0; n < len(p); {
		if w.stop.Load() {
			return errStopped
		}
		got, err := unix.Pread(fd, p[n:], off+int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if got == 0 {
			return io.ErrUnexpectedEOF
		}
		n += got
	}
	w.meter.bytes.Add(int64(len(p)))
	*value = guts.ChainingValue(subtree(p, uint64(off)/guts.ChunkSize))
	return nil
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

// combine returns the digest over the values of at least two segments, all of them full but the last.
func combine(values [][8]uint32) run.Digest {
	n := parent(values)
	n.Flags |= guts.FlagRoot
	out := guts.WordsToBytes(guts.CompressNode(n))
	return run.Digest(out[:32])
}

func parent(values [][8]uint32) guts.Node {
	left := leftLen(uint64(len(values)))
	return guts.ParentNode(merge(values[:left]), merge(values[left:]), &guts.IV, 0)
}

func merge(values [][8]uint32) [8]uint32 {
	if len(values) == 1 {
		return values[0]
	}
	return guts.ChainingValue(parent(values))
}

// piecesFaster tries both ways on a little data. Which one wins differs by half between processors: the one has
// wider instructions, the other a better use of the narrower. The digest is the same.
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
