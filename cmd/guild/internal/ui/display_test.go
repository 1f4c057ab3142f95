package ui

import (
	"bytes"
	"strings"
	"testing"
)

func TestBoard(t *testing.T) {
	var err bytes.Buffer
	u := New(nil, nil, &err, func(string) string { return "" })
	if u.Board() != nil {
		t.Error("a board without a terminal")
	}
	b := &Board{ui: u, width: func() int { return 12 }}
	b.Set([]string{"one", "a line that is too long\x1b[2J"})
	if got := err.String(); got != "one\na line tha…" {
		t.Errorf("shown %q", got)
	}
	err.Reset()
	u.Say("word")
	if got := err.String(); got != "\r\x1b[K\x1b[A\x1b[Kguild: word\n" {
		t.Errorf("a message over two lines is %q", got)
	}
	err.Reset()
	b.Set([]string{"1", "2", "3"})
	b.Done()
	if got := err.String(); got != "1\n2\n3\r\x1b[K"+strings.Repeat("\x1b[A\x1b[K", 2) {
		t.Errorf("after its end %q", got)
	}
	err.Reset()
	u.Say("word")
	if got := err.String(); got != "guild: word\n" {
		t.Errorf("a message without a board is %q", got)
	}
}
