//go:build unix && guts

package lock

import (
	"errors"
	"io"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
	"lukechampine.com/blake3/guts"
)

// BLAKE3 hashes a tree: every aligned piece of 2^n chunks has a value of its own that depends only on its bytes and
// its position. So one file is cut into such pieces, the pieces are hashed on all cores, and their values
// are combined as the tree says: the digest is the one that b3sum prints.

var errNoSplit = errors.New("one file is hashed on one core")

const (
	segment = 1 << 20 // bytes of a piece; larger ones fall out of the cache
	group   = guts.MaxSIMD * guts.ChunkSize
)

// digestSplit hashes the first size bytes of an open file on all cores.
func (w *worker) digestSplit(fd int, size int64) (run.Digest, error) {
	values := make([][8]uint32, (size+segment-1)/segment)
	if len(values) < 2 {
		return run.Digest{}, errNoSplit
	}
	var next atomic.Int64
	errs := make([]error, min(runtime.GOMAXPROCS(0), len(values)))
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			buf := make([]byte, segment)
			for errs[i] == nil {
				at := next.Add(1) - 1
				if at >= int64(len(values)) {
					return
				}
				errs[i] = w.segment(fd, at*segment, buf[:min(segment, size-at*segment)], &values[at])
			}
		})
	}
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
