package engine

import (
	"bytes"

	"github.com/guild-run/guild/abi"
)

// logs keeps the records of one event within their quota, and the end of what the guest wrote to its error output.
type logs struct {
	records []LogRecord
	count   int // against the quota, as bytes
	bytes   int
	dropped int
	sink    func(LogRecord)
	line    []byte // an unfinished line of standard output or error
	tail    []byte // the last abi.OutputTailSize bytes and a bit
}

func (l *logs) reset(sink func(LogRecord)) {
	*l = logs{sink: sink, line: l.line[:0], tail: l.tail[:0]}
}

// add makes one record, cut and escaped, or counts it when the quota is used up.
func (l *logs) add(level int32, message []byte) {
	if l.count >= abi.MaxLogRecords {
		l.dropped++
		return
	}
	text := escape(message, abi.MaxLogRecord)
	if l.bytes+len(text) > abi.MaxLogBytes {
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

// write takes a piece of the guest's standard output or error: each line is a debug record.
func (l *logs) write(p []byte) {
	l.keepTail(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			break
		}
		l.addLine(p[:end])
		p = p[end+1:]
		if l.count >= abi.MaxLogRecords {
			l.dropped += bytes.Count(p, []byte{'\n'})
			p = p[bytes.LastIndexByte(p, '\n')+1:]
			break
		}
	}
	l.line = append(l.line, p[:min(len(p), max(0, abi.MaxLogRecord-len(l.line)))]...)
}

func (l *logs) addLine(end []byte) {
	if len(l.line) == 0 {
		l.add(abi.LevelDebug, end)
		return
	}
	l.line = append(l.line, end[:min(len(end), max(0, abi.MaxLogRecord-len(l.line)))]...)
	l.add(abi.LevelDebug, l.line)
	l.line = l.line[:0]
}

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
	l.count, l.bytes = 0, 0
	l.tail = l.tail[:0]
}

// finish makes a record of an unfinished line.
func (l *logs) finish() {
	if len(l.line) > 0 {
		l.add(abi.LevelDebug, l.line)
		l.line = l.line[:0]
	}
}

// output returns the last abi.OutputTailSize bytes the guest wrote, escaped.
func (l *logs) output() string {
	tail := l.tail[max(0, len(l.tail)-abi.OutputTailSize):]
	for len(tail) > 0 && len(tail) < len(l.tail) && tail[0]&0xc0 == 0x80 {
		tail = tail[1:]
	}
	return escape(bytes.TrimRight(tail, "\n"), 2*abi.OutputTailSize)
}
