// Package archive moves runs between stores, through a directory or a zip file, such that their locks stay valid: names, modes,
// links and empty directories travel with the contents.
//
// The layout is one directory per run, named by its id, at the top; Guild AI exports and imports the same. It decides
// what of a run travels, and what may come in from outside. It leaves to others which runs are meant, and all output.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"
	"time"

	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
)

// Zip is the ending of a name that means a zip file; any other is a directory.
const Zip = ".zip"

// ErrExists says that something is where a new zip file should be.
var ErrExists = errors.New("already exists")

// Options of Export and Import.
type Options struct {
	// Trust lets in links that lead out of the runs, and programs that run with the rights of their owner. Only Import refuses them
	// otherwise.
	Trust bool
	// Warn is told about what was left out. May be nil.
	Warn func(message string)
	// Progress is told how far the copying is, a few times a second and once at the end. May be nil.
	Progress func(lock.Progress)
}

func (o Options) warn(format string, args ...any) {
	if o.Warn != nil {
		o.Warn(fmt.Sprintf(format, args...))
	}
}

// Result says what became of the runs.
type Result struct {
	Done    []run.ID
	Skipped []run.ID // were there already
	Files   int
	Bytes   int64
}

// node is one file of a run on its way.
type node struct {
	path   string      // below the run, "/"-separated; "." is the run itself
	mode   fs.FileMode // type and permission bits
	size   int64       // of regular files
	time   time.Time
	target string // of symlinks
}

// opener gives the content of a regular file.
type opener = func() (io.ReadCloser, error)

// source is a collection of runs.
type source interface {
	ids() []run.ID
	// totals are the regular files of a run and their bytes.
	totals(ctx context.Context, id run.ID) (files int, bytes int64, err error)
	// each visits the files of a run, a directory before what is in it. The content of a regular file is what open gives.
	each(ctx context.Context, id run.ID, visit func(n node, open opener) error) error
}

// sink takes the files of one run.
type sink interface {
	put(n node, open opener, m *meter) error
}

// left says what of a run does not travel: claims and pids of this machine, what was being written, and what a quick verification
// compares with. Locks do not cover these files; anything else of their names they do.
func left(n node) bool {
	name, ok := strings.CutPrefix(n.path, ".guild/")
	if !ok || !n.mode.IsRegular() {
		return false
	}
	return strings.HasPrefix(name, "LOCK") || strings.HasPrefix(name, ".tmp-") || strings.HasPrefix(name, "attrs/.tmp-") ||
		name == "state/.locked.stat" || name == "state/.tmp-.locked.stat"
}

// travels reports whether a type of file can be in an archive.
func travels(mode fs.FileMode) bool {
	switch mode.Type() {
	case 0, fs.ModeDir, fs.ModeSymlink, fs.ModeNamedPipe:
		return true
	}
	return false
}

// kind names a type of file.
func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "neither file, directory, link nor FIFO"
}

// transfer copies one run.
func transfer(ctx context.Context, from source, id run.ID, to sink, m *meter) error {
	err := from.each(ctx, id, func(n node, open opener) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if left(n) {
			return nil
		}
		if err := to.put(n, open, m); err != nil {
			return fmt.Errorf("%q: %w", n.path, err)
		}
		if n.mode.IsRegular() {
			m.files.Add(1)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("run %s: %w", id, err)
	}
	return nil
}

// meter counts what was copied, and reports it.
type meter struct {
	files atomic.Int64
	bytes atomic.Int64
	total lock.Progress
	ctx   context.Context
}

// newMeter adds up what is to be copied. stop ends the reports with a last one.
func newMeter(ctx context.Context, from source, ids []run.ID, progress func(lock.Progress)) (m *meter, stop func(), err error) {
	m = &meter{ctx: ctx}
	if progress == nil {
		return m, func() {}, nil
	}
	for _, id := range ids {
		files, bytes, err := from.totals(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		m.total.TotalFiles += files
		m.total.TotalBytes += bytes
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				progress(m.now())
			case <-done:
				progress(m.now())
				return
			}
		}
	}()
	return m, func() { close(done); <-ended }, nil
}

func (m *meter) now() lock.Progress {
	p := m.total
	p.Files, p.Bytes = int(m.files.Load()), m.bytes.Load()
	return p
}

// Write counts bytes that were copied, and ends the copying when the context ends.
func (m *meter) Write(p []byte) (int, error) {
	m.bytes.Add(int64(len(p)))
	return len(p), context.Cause(m.ctx)
}
