//go:build unix

package lock

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/guild-run/guild/runtime/lock/lanes"
	"github.com/guild-run/guild/runtime/run"
	"github.com/zeebo/blake3"
	"golang.org/x/sys/unix"
)

// hasher makes plain BLAKE3 digests, one after another, without allocating.
type hasher struct {
	stream *blake3.Hasher
	pieces *lanes.Hasher
}

func (h *hasher) reset() *blake3.Hasher {
	if h.stream == nil {
		h.stream = blake3.New()
	} else {
		h.stream.Reset()
	}
	return h.stream
}

func (h *hasher) lanes() *lanes.Hasher {
	if h.pieces == nil {
		h.pieces = new(lanes.Hasher)
	}
	return h.pieces
}

var errStopped = errors.New("stopped") // never leaves the package: the walk has the reason

// digest hashes the first size bytes of an open file. n < size says that the file ended before.
func (w *worker) digest(fd int, size int64) (d run.Digest, n int64, err error) {
	if cores := w.cores(size); cores > 0 {
		d, err = w.digestTree(fd, size, pieceLen(size, maxPieces), cores)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return d, 0, nil
		}
		return d, size, err
	}
	if size <= int64(len(w.buf)) {
		n, err := w.fill(fd, w.buf[:size])
		if err == nil && n == size {
			d = w.sum(w.buf[:size])
		}
		w.meter.bytes.Add(n)
		return d, n, err
	}
	h := w.hasher.reset()
	for n < size {
		if w.stop.Load() {
			return d, n, errStopped
		}
		got, err := read(fd, w.buf[:min(int64(len(w.buf)), size-n)])
		if err != nil {
			return d, n, err
		}
		if got == 0 {
			return d, n, nil
		}
		h.Write(w.buf[:got])
		n += int64(got)
		w.meter.bytes.Add(int64(got))
	}
	h.Sum(d[:0])
	return d, n, nil
}

// shares reports whether a file is so small that it is hashed with others: read it with readShared, and share it.
func (w *worker) shares(size int64) bool { return w.wide && size <= lanes.MaxFile }

// readShared reads the first size bytes of a file that shares lanes. n < size says that the file ended before.
func (w *worker) readShared(fd int, size int64) (n int64, err error) {
	room := w.batch.Room(int(size))
	if room == nil {
		w.flush()
		room = w.batch.Room(int(size))
	}
	n, err = w.fill(fd, room)
	w.meter.bytes.Add(n)
	return n, err
}

// share has the file that was just read hashed. The visitor will be told the digest with number i.
func (w *worker) share(size int64, i int) { w.batch.Add(int(size), i) }

func (w *worker) flush() { w.batch.Flush(w.hashed) }

const chunkLen = 1024 // of BLAKE3: up to here a digest needs no tree

func (w *worker) sum(p []byte) (d run.Digest) {
	if len(p) <= chunkLen {
		return run.Digest(blake3.Sum256(p))
	}
	if w.wide {
		return w.hasher.lanes().Sum(p)
	}
	h := w.hasher.reset()
	h.Write(p)
	h.Sum(d[:0])
	return d
}

// fill reads until p is full or the file ends.
func (w *worker) fill(fd int, p []byte) (n int64, err error) {
	for int(n) < len(p) {
		got, err := read(fd, p[n:])
		if err != nil || got == 0 {
			return n, err
		}
		n += int64(got)
	}
	return n, nil
}

// splitFile is the size from which a file is worth hashing on several cores.
const splitFile = 8 << 20

// cores returns on how many cores to hash the pieces of a file; 0: hash it as a stream.
func (w *worker) cores(size int64) int {
	switch {
	case size <= segment || !w.wide && size < bigFile:
		return 0
	case size >= splitFile && w.lonely(size):
		return runtime.GOMAXPROCS(0)
	case w.wide || w.piecesFaster():
		return 1
	}
	return 0
}

// meter counts what was hashed.
type meter struct {
	files atomic.Int64
	bytes atomic.Int64

	totalFiles int
	totalBytes int64
}

func (m *meter) now() Progress {
	return Progress{
		Files: int(m.files.Load()), TotalFiles: m.totalFiles, Bytes: m.bytes.Load(), TotalBytes: m.totalBytes,
	}
}

const progressPause = 100 * time.Millisecond

// report calls progress now and then until the function it returns is called, which makes the last call.
func (m *meter) report(progress func(Progress)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(progressPause)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				progress(m.now())
			case <-ctx.Done():
				progress(m.now())
				return
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

// sameFile reports whether an open file was not written between two stats.
func sameFile(a, b *unix.Stat_t) bool {
	return a.Size == b.Size && a.Mtim == b.Mtim && a.Ino == b.Ino && a.Dev == b.Dev
}
