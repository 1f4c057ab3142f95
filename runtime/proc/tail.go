package proc

import (
	"bytes"
	"sync"
	"unicode/utf8"
)

// tailSize is how much of the output is kept at hand, in bytes: what the ABI has for output_tail.
const tailSize = 4 << 10

// tail keeps the last bytes written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte // its last tailSize bytes count
}

func (t *tail) write(b []byte) {
	b = b[max(0, len(b)-tailSize):]
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.buf)+len(b) > 4*tailSize {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-tailSize:]...)
	}
	t.buf = append(t.buf, b...)
}

// text returns the tail as valid UTF-8: a character cut in two at either end is left out, other bytes that are
// none become U+FFFD.
func (t *tail) text() []byte {
	t.mu.Lock()
	b := bytes.Clone(t.buf[max(0, len(t.buf)-tailSize):])
	cut := len(t.buf) > tailSize
	t.mu.Unlock()
	if cut {
		b = fromRune(b)
	}
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				b = b[:i]
			}
			break
		}
	}
	b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	return fromRune(b[max(0, len(b)-tailSize):])
}

// fromRune drops the rest of a character at the beginning.
func fromRune(b []byte) []byte {
	for i := 0; i < len(b) && i < utf8.UTFMax-1; i++ {
		if utf8.RuneStart(b[i]) {
			return b[i:]
		}
	}
	return b
}
