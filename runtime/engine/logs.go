package engine

import (
	"bytes"
	"strings"

	"github.com/guild-run/guild/abi"
)

// logs keeps the records of one event within their quota, and the end of what the guest wrote to its error output.
type logs struct {
	records []LogRecord
	count   int // against the quota, as bytes
	bytes   int
	full    bool // one was over the quota: nothing more is kept, or the rest would have holes, and cost escaping
	dropped int
	sink    func(LogRecord)
	line    []byte // an unfinished line of standard output or error
	tail    []byte // the last abi.OutputTailSize bytes and a bit
	// cause is the first line of output that says why the guest is about to end, as Go's runtime writes it.
	cause string
}

func (l *logs) reset(sink func(LogRecord)) {
	*l = logs{sink: sink, line: l.line[:0], tail: l.tail[:0]}
}

// add makes one record, cut and escaped, or counts it when the quota is used up.
func (l *logs) add(level int32, message []byte) {
	if !l.room() {
		l.dropped++
		return
	}
	text := escape(message, abi.MaxLogRecord)
	if l.bytes+len(text) > abi.MaxLogBytes {
		l.full = true
		l.dropped++
		return
	}
	l.count++
	l.bytes += len(text)
	record := LogRecord{Level: level, Message: text}
	l.records = append(l.records, record)
	if l.sink != nil {
		l.sink(record)
	}
}

// room reports whether another record may be kept: all others are only counted.
func (l *logs) room() bool { return !l.full && l.count < abi.MaxLogRecords }

// write takes a piece of the guest's standard output or error: each line is a debug record. It returns how many ended.
func (l *logs) write(p []byte) (lines int) {
	l.keepTail(p)
	for ; ; lines++ {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			break
		}
		l.addLine(p[:end])
		p = p[end+1:]
	}
	l.line = append(l.line, p[:min(len(p), max(0, abi.MaxLogRecord-len(l.line)))]...)
	return lines
}

func (l *logs) addLine(end []byte) {
	line := end
	if len(l.line) > 0 {
		l.line = append(l.line, end[:min(len(end), max(0, abi.MaxLogRecord-len(l.line)))]...)
		line = l.line
	}
	if l.cause == "" && (bytes.HasPrefix(line, goPanic) || bytes.HasPrefix(line, goFatal)) {
		l.cause = escape(line, abi.MaxReason)
	}
	l.add(abi.LevelDebug, line)
	l.line = l.line[:0]
}

var goPanic, goFatal = []byte("panic: "), []byte("fatal error: ")

func (l *logs) keepTail(p []byte) {
	if len(p) > abi.OutputTailSize {
		p = p[len(p)-abi.OutputTailSize:]
	}
	if len(l.tail)+len(p) > 2*abi.OutputTailSize {
		keep := l.tail[len(l.tail)-(2*abi.OutputTailSize-len(p)):]
		l.tail = append(l.tail[:0], keep...)
	}
	l.tail = append(l.tail, p...)
}

// next keeps the records made so far, and begins a new quota: initialisation and event have one each.
func (l *logs) next() {
	l.finish()
	l.count, l.bytes, l.full, l.cause = 0, 0, false, ""
	l.tail = l.tail[:0]
}

// finish makes a record of an unfinished line.
func (l *logs) finish() {
	if len(l.line) > 0 {
		l.addLine(nil)
	}
}

// lastWords is what the guest's output says about its end: a Go panic, before which there is other output and after which
// there is a stack trace, or else the last line.
func (l *logs) lastWords() (line string, panicked bool) {
	if l.cause != "" {
		return l.cause, strings.HasPrefix(l.cause, string(goPanic))
	}
	output := strings.TrimSpace(l.output())
	return strings.TrimSpace(output[strings.LastIndexByte(output, '\n')+1:]), false
}

// output returns the last abi.OutputTailSize bytes the guest wrote, escaped.
func (l *logs) output() string {
	tail := l.tail[max(0, len(l.tail)-abi.OutputTailSize):]
	for len(tail) > 0 && len(tail) < len(l.tail) && tail[0]&0xc0 == 0x80 {
		tail = tail[1:]
	}
	return escape(bytes.TrimRight(tail, "\n"), 2*abi.OutputTailSize)
}
