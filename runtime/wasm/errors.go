package wasm

import (
	"fmt"
	"strings"
)

// Kind says why a module was refused.
type Kind int

// The kinds of Error.
const (
	Malformed Kind = iota // not a module, or one that no engine would accept
	OverLimit             // over one of Limits
	Feature               // uses a proposal outside the allowed set
	Reserved              // takes a name that metering needs
)

// Error is a module refused: by Parse or by Meter.
type Error struct {
	Kind Kind
	// Where is the part of the module: "section type", "function 12", "export 3", or "" for the whole.
	Where string
	// Offset is the position in the file, in bytes, or -1 where it would say nothing.
	Offset int
	// Feature is the name of the proposal, for the kind Feature.
	Feature string
	Text    string
}

// Error is like `function 12 at 0x1a2: unknown opcode 0x27`.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Where)
	if e.Offset >= 0 {
		if e.Where != "" {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "at %#x", e.Offset)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Text)
	return b.String()
}

// overLimit takes a sentence with a verb for the number, like "has %d types".
func overLimit(where, sentence string, n uint64, limit int) *Error {
	return &Error{Kind: OverLimit, Where: where, Offset: -1, Text: fmt.Sprintf(sentence+", the limit is %d", n, limit)}
}
