package proc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
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

// The protocol buffer messages, as far as scalars need them: field number << 3 | wire type.
const (
	eventWallTime = 1<<3 | 1 // double, seconds since 1970
	eventStep     = 2<<3 | 0 // varint
	eventVersion  = 3<<3 | 2 // text
	eventSummary  = 5<<3 | 2 // Summary
	summaryValue  = 1<<3 | 2 // Value, repeated
	valueTag      = 1<<3 | 2 // text
	valueSimple   = 2<<3 | 5 // float
)

// versionEvent is the first event of a file.
func versionEvent(t time.Time) []byte {
	return appendText(appendWallTime(nil, t), eventVersion, []byte("brain.Event:2"))
}

func scalarEvent(t time.Time, step int64, tag string, value float64) []byte {
	v := appendText(make([]byte, 0, len(tag)+16), valueTag, []byte(tag))
	v = append(v, valueSimple)
	v = binary.LittleEndian.AppendUint32(v, math.Float32bits(float32(value)))

	b := appendWallTime(make([]byte, 0, len(tag)+64), t)
	if step != 0 {
		b = binary.AppendUvarint(append(b, eventStep), uint64(step))
	}
	summary := appendText(nil, summaryValue, v)
	return appendText(b, eventSummary, summary)
}

func appendWallTime(b []byte, t time.Time) []byte {
	return binary.LittleEndian.AppendUint64(append(b, eventWallTime), math.Float64bits(float64(t.UnixMicro())/1e6))
}

func appendText(b []byte, tag byte, text []byte) []byte {
	return append(binary.AppendUvarint(append(b, tag), uint64(len(text))), text...)
}

// appendRecord frames data as a TFRecord: its length, the checksum of that, data, its checksum.
func appendRecord(b, data []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	b = binary.LittleEndian.AppendUint32(b, maskedCRC(b[start:]))
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, maskedCRC(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC is CRC-32C, rotated and shifted: data that has such checksums in it can be summed in its turn.
func maskedCRC(b []byte) uint32 {
	crc := crc32.Checksum(b, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}
