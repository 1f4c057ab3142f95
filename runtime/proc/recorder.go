package proc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"
)

// entrySize is the size of one entry of the index: milliseconds since 1970 as a big-endian uint64, and the stream.
const entrySize = 9

// recorder keeps the output. It is called by one goroutine at a time; only the tail may be read at any time.
type recorder struct {
	output, index *os.File // nil when not kept, or no longer
	line          func(stream int, line []byte)
	lines         [2]lineBuffer
	tail          tail
	entries       []byte // of the present chunk
	unfinished    bool   // the output so far does not end in a newline
	last          int    // stream of the last chunk
	errs          []error
}

// newRecorder opens the files of spec. They are not opened through a symbolic link: the last run of the operation
// may have left one.
func newRecorder(spec Spec) (*recorder, error) {
	r := &recorder{line: spec.Line}
	var err error
	if r.output, err = openKept(spec.Output, spec.Append); err != nil {
		return nil, err
	}
	if r.index, err = openKept(spec.Index, spec.Append); err == nil && spec.Append {
		err = resume(r.output, r.index)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// write keeps b, which is not empty. After an error it goes on with what can still be kept: what the operation
// does is worth more than a log of it.
func (r *recorder) write(stream int, b []byte) {
	if r.output != nil {
		if _, err := r.output.Write(b); err != nil {
			r.fail(&r.output, err)
		}
	}
	r.tail.write(b)
	if r.index != nil || r.line != nil {
		r.split(stream, b, time.Now())
	}
	r.unfinished = b[len(b)-1] != '\n'
	r.last = stream
}

// split finds the lines. The index has an entry for each newline of the output file, so a line of it to which both
// streams contributed has one: that of the stream which ended it. Line gets the lines of each stream.
func (r *recorder) split(stream int, b []byte, now time.Time) {
	entry := indexEntry(now, stream)
	r.entries = r.entries[:0]
	for {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			break
		}
		if r.index != nil {
			r.entries = append(r.entries, entry[:]...)
		}
		if r.line != nil {
			if line, ok := r.lines[stream].finish(b[:end]); ok {
				r.line(stream, line)
			}
		}
		b = b[end+1:]
	}
	if r.line != nil {
		r.lines[stream].add(b)
	}
	r.writeIndex(r.entries)
}

// finish makes lines of what does not end in a newline.
func (r *recorder) finish() {
	for stream := range r.lines {
		if r.line != nil && r.lines[stream].begun() {
			if line, ok := r.lines[stream].finish(nil); ok {
				r.line(stream, line)
			}
		}
	}
	if r.unfinished {
		entry := indexEntry(time.Now(), r.last)
		r.writeIndex(entry[:])
	}
}

func (r *recorder) writeIndex(entries []byte) {
	if r.index == nil || len(entries) == 0 {
		return
	}
	if _, err := r.index.Write(entries); err != nil {
		r.fail(&r.index, err)
	}
}

// fail gives up a file: what would follow a gap could not be told from what preceded it.
func (r *recorder) fail(f **os.File, err error) {
	r.errs = append(r.errs, fmt.Errorf("keep output: %w", err))
	(*f).Close()
	*f = nil
}

// close closes the files and returns everything that went wrong.
func (r *recorder) close() error {
	for _, f := range []**os.File{&r.output, &r.index} {
		if *f != nil {
			if err := (*f).Close(); err != nil {
				r.errs = append(r.errs, fmt.Errorf("keep output: %w", err))
			}
			*f = nil
		}
	}
	return errors.Join(r.errs...)
}

func indexEntry(t time.Time, stream int) [entrySize]byte {
	var e [entrySize]byte
	binary.BigEndian.PutUint64(e[:], uint64(t.UnixMilli()))
	e[8] = byte(stream)
	return e
}
