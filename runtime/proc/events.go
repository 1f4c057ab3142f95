package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	eventBuffer = 32 << 10    // bytes before a write
	eventDelay  = time.Second // after which an event is in the file in any case
	eventNames  = 1000        // attempts to find a free name
)

// WriteEvents adds every scalar from now on to a TensorBoard event file in dir. The file is made with the first
// one; after that a reader sees a scalar a second later at most. Close ends it.
func (s *Scalars) WriteEvents(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = &eventFile{dir: dir}
}

// Close completes the event file, if there is one, and returns what went wrong with it. Scalars that follow are not written.
func (s *Scalars) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events.close()
}

// eventFile is a TensorBoard event file: TFRecords, each an Event message. After an error it takes nothing more.
type eventFile struct {
	mu     sync.Mutex
	dir    string
	file   *os.File // nil before the first event
	buf    []byte
	timer  *time.Timer // runs while buf has something
	err    error
	closed bool
}

func (e *eventFile) add(tag string, value float64, step int64) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil || e.closed {
		return
	}
	now := time.Now()
	if e.file == nil {
		if e.file, e.err = createEvents(e.dir, now); e.err != nil {
			return
		}
		e.timer = time.AfterFunc(eventDelay, e.flushLater)
		e.buf = appendRecord(e.buf, versionEvent(now))
	} else if len(e.buf) == 0 {
		e.timer.Reset(eventDelay)
	}
	e.buf = appendRecord(e.buf, scalarEvent(now, step, tag, value))
	if len(e.buf) >= eventBuffer {
		e.flush()
	}
}

func (e *eventFile) flushLater() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flush()
}

func (e *eventFile) flush() {
	if e.err == nil && !e.closed && len(e.buf) > 0 {
		if _, err := e.file.Write(e.buf); err != nil {
			e.err = fmt.Errorf("write scalars: %w", err)
		}
		e.buf = e.buf[:0]
	}
}

func (e *eventFile) close() error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file != nil && !e.closed {
		e.timer.Stop()
		e.flush()
		if err := e.file.Close(); err != nil && e.err == nil {
			e.err = fmt.Errorf("write scalars: %w", err)
		}
	}
	e.closed = true
	return e.err
}

// createEvents makes a file of the name that TensorBoard looks for: time, host, process and a number that makes it
// a new one.
func createEvents(dir string, now time.Time) (*os.File, error) {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	host = strings.ReplaceAll(host, "/", "_")
	for n := range eventNames {
		name := fmt.Sprintf("events.out.tfevents.%010d.%s.%d.%d", now.Unix(), host, os.Getpid(), n)
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("write scalars: %w", err)
		}
		return f, nil
	}
	return nil, fmt.Errorf("write scalars: %s: no free name for an event file", dir)
}
