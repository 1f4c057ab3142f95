package proc

// MaxLine is the length of the longest line, in bytes without its newline, that is given to Spec.Line.
const MaxLine = 8 << 10

// lineBuffer puts the pieces of one line together, as far as MaxLine.
type lineBuffer struct {
	piece []byte
	over  bool
}

func (l *lineBuffer) begun() bool { return len(l.piece) > 0 || l.over }

// add adds a piece of the line.
func (l *lineBuffer) add(b []byte) {
	if l.over || len(l.piece)+len(b) > MaxLine {
		l.piece, l.over = l.piece[:0], true
		return
	}
	l.piece = append(l.piece, b...)
}

// finish adds the last piece and returns the line, which is good until the next call; ok is false if the line is
// too long.
func (l *lineBuffer) finish(b []byte) (line []byte, ok bool) {
	if !l.begun() {
		return b, len(b) <= MaxLine
	}
	l.add(b)
	line, ok = l.piece, !l.over
	l.piece, l.over = l.piece[:0], false
	return line, ok
}
