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
	rows := 24
	b := &Board{ui: u, size: func() (int, int) { return 12, rows }}
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
	rows = 3
	b.Set([]string{"1", "2", "3", "4"})
	b.Done()
	if got := err.String(); got != "1\n2\r\x1b[K\x1b[A\x1b[K" {
		t.Errorf("on three rows %q", got)
	}
	err.Reset()
	u.Say("word")
	if got := err.String(); got != "guild: word\n" {
		t.Errorf("a message without a board is %q", got)
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		line    string
		columns int
		want    string
	}{
		{"", 5, ""}, {"12345", 5, "12345"}, {"123456", 5, "1234…"}, {"äöüß", 4, "äöüß"}, {"äöüßx", 4, "äöü…"}, {"日本語", 6, "日本語"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"},
		{"日本語", 1, "…"}, {"a🎉b", 4, "a🎉b"}, {"a🎉b", 3, "a…"}, {"123", 0, "…"},
	} {
		if got := Cut(test.line, test.columns); got != test.want {
			t.Errorf("%q in %d: got %q, want %q", test.line, test.columns, got, test.want)
		}
	}
}
