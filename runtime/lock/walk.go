//go:build unix

package lock

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/guild-run/guild/runtime/lock/lanes"
	"golang.org/x/sys/unix"
)

// visitor is what a walk does. Its methods are called by several workers at once.
type visitor interface {
	// enter sees a directory that was just opened; false leaves out what is in it.
	enter(w *worker, d *dirRef, st *unix.Stat_t) (bool, error)
	// entry sees anything but a directory. It may call w.postpone for a large file, which comes
	// again with late set when there is nothing smaller to do.
	entry(w *worker, d *dirRef, ent dirent, late bool) error
	// lost sees a directory that could not be opened or read; true tries again, the last time with last set.
	lost(w *worker, parent *dirRef, ent lostDir) (bool, error)
}

type lostDir struct {
	path, name string
	err        error
	last       bool
}

type dirent struct {
	name string
	typ  Type
}

// dirRef is an open directory, closed when the last job in it is done.
type dirRef struct {
	fd   int
	path string // "" for the run directory
	refs atomic.Int32
}

func (d *dirRef) release() {
	if d.refs.Add(-1) == 0 {
		unix.Close(d.fd)
	}
}

// name returns the path of d as entries have it.
func (d *dirRef) name() string {
	if d.path == "" {
		return "."
	}
	return d.path
}

// join returns the path of a name in d.
func (d *dirRef) join(name string) string {
	if d.path == "" {
		return name
	}
	return d.path + "/" + name
}

// join returns the path of a name in d, until the next call.
func (w *worker) join(d *dirRef, name string) []byte {
	w.path = w.path[:0]
	if d.path != "" {
		w.path = append(append(w.path, d.path...), '/')
	}
	w.path = append(w.path, name...)
	return w.path
}

// job is a directory to read (parent and name; parent nil: the run directory), some entries of a directory,
// or one large file.
type job struct {
	dir  *dirRef
	name string
	list []dirent
	size int64
}

const (
	batchSize  = 128     // entries of one directory in a job
	bigFile    = 1 << 20 // a file of this size is a job of its own
	maxBig     = 64      // postponed files; each keeps a directory open
	bufferSize = 256 << 10
)

// pool shares the jobs of one walk among workers. Directories are taken newest first, which bounds how many
// are open by the depth of the tree; large files come last and largest first, which balances the end.
type pool struct {
	visitor visitor
	root    int
	meter   *meter
	// wide says that this processor hashes pieces of any size fastest.
	wide bool
	// hashed is told the digests of files that share lanes: the number that share was given, and the digest.
	hashed func(i int, d [32]byte)
	// piecesFaster reports whether one core hashes a large file faster in pieces than as a stream.
	piecesFaster func() bool

	stop  atomic.Bool
	timed atomic.Bool // access times cannot be left alone here
	mu    sync.Mutex
	wake  sync.Cond
	jobs  []job
	big   []job
	busy  int
	load  int64 // bytes of the big files in work
	err   error
}

// worker is one goroutine of a pool and what it reuses.
type worker struct {
	*pool
	hasher hasher
	batch  lanes.Batch
	buf    []byte
	ents   []dirent
	path   []byte
	found  []Entry // what a visitor collects
	links  []linked
}

// walk visits the tree below the open directory root and returns its workers.
func walk(ctx context.Context, root int, v visitor, m *meter) ([]*worker, error) {
	p := &pool{visitor: v, root: root, meter: m, jobs: []job{{}}, wide: lanes.Available(), piecesFaster: sync.OnceValue(piecesFaster)}
	p.wake.L = &p.mu
	if h, ok := v.(interface{ hashed(i int, d [32]byte) }); ok {
		p.hashed = h.hashed
	}
	defer context.AfterFunc(ctx, func() { p.fail(context.Cause(ctx)) })()
	workers := make([]*worker, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range workers {
		workers[i] = &worker{pool: p, buf: make([]byte, bufferSize)}
		wg.Go(workers[i].run)
	}
	wg.Wait()
	for _, j := range append(p.jobs, p.big...) { // left over after an error
		if j.dir != nil {
			j.dir.release()
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	return workers, p.err
}

func (p *pool) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	p.stop.Store(true)
	p.wake.Broadcast()
}

// next returns the next job, or false when there is none and none can come.
func (p *pool) next() (j job, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.stop.Load():
			return job{}, false
		case len(p.jobs) > 0 && len(p.big) < maxBig:
			j = p.jobs[len(p.jobs)-1]
			p.jobs = p.jobs[:len(p.jobs)-1]
		case len(p.big) > 0:
			j = p.takeLargest()
			p.load += j.size
		case p.busy == 0:
			p.wake.Broadcast()
			return job{}, false
		default:
			p.wake.Wait()
			continue
		}
		p.busy++
		return j, true
	}
}

func (p *pool) takeLargest() job {
	best := 0
	for i := range p.big {
		if p.big[i].size > p.big[best].size {
			best = i
		}
	}
	j := p.big[best]
	last := len(p.big) - 1
	p.big[best] = p.big[last]
	p.big = p.big[:last]
	return j
}

func (p *pool) done(j job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load -= j.size
	if p.busy--; p.busy == 0 && len(p.jobs)+len(p.big) == 0 {
		p.wake.Broadcast()
	}
}

func (p *pool) add(jobs ...job) {
	if len(jobs) == 0 {
		return
	}
	for _, j := range jobs {
		if j.dir != nil {
			j.dir.refs.Add(1)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs = append(p.jobs, jobs...)
	p.wake.Broadcast()
}

// postpone has a large file come again later.
func (p *pool) postpone(d *dirRef, name string, size int64) {
	d.refs.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.big = append(p.big, job{dir: d, name: name, size: size})
	p.wake.Signal()
}

// lonely reports whether a large file would still be in work long after everything else is done.
func (p *pool) lonely(size int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := p.load - size
	for _, j := range p.big {
		rest += j.size
	}
	others := int64(runtime.GOMAXPROCS(0) - 1)
	return others > 0 && len(p.jobs) == 0 && rest/others < size/2
}

func (w *worker) run() {
	for {
		j, ok := w.next()
		if !ok {
			w.flush()
			return
		}
		var err error
		switch {
		case j.size > 0:
			err = w.visitor.entry(w, j.dir, dirent{j.name, File}, true)
		case j.list != nil:
			err = w.visit(j.dir, j.list)
		default:
			err = w.readDir(j.dir, j.name)
		}
		if err != nil {
			w.fail(err)
		}
		w.done(j)
		if j.dir != nil {
			j.dir.release()
		}
	}
}

// openFile opens a file to be read. Its access time stays: to write it takes longer than to read a small file.
func (w *worker) openFile(dir int, name string) (int, error) {
	if !w.timed.Load() {
		fd, err := openat(dir, name, openFileFlags|noAccessTime, 0)
		if err != unix.EPERM {
			return fd, err
		}
		w.timed.Store(true) // only owners may ask for that
	}
	return openat(dir, name, openFileFlags, 0)
}

func (w *worker) visit(d *dirRef, list []dirent) error {
	for _, ent := range list {
		if w.stop.Load() {
			return nil
		}
		if err := w.visitor.entry(w, d, ent, false); err != nil {
			return err
		}
	}
	return nil
}
