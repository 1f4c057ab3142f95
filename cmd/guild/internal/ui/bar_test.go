package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// watched is a bar on a terminal that is not there, at a time that only the test moves.
func watched(columns int) (b *Bar, out *bytes.Buffer, pass func(time.Duration)) {
	out = &bytes.Buffer{}
	u := &UI{Out: &bytes.Buffer{}, Err: out, ErrIsTerminal: true}
	b = u.Bar("verify aaa")
	now := b.start
	b.now, b.width = func() time.Time { return now }, func() int { return columns }
	return b, out, func(d time.Duration) { now = now.Add(d) }
}

func TestBar(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		columns int
		want    string
	}{
		{121, "verify aaa  25% [#######-----------------------]  256 MiB of 1.0 GiB  500 of 2000 files  256 MiB/s  0:03 left"},
		{91, "verify aaa  25% [##---------]  256 MiB of 1.0 GiB  500 of 2000 files  256 MiB/s  0:03 left"},
		{81, "verify aaa  25%  256 MiB of 1.0 GiB  500 of 2000 files  256 MiB/s  0:03 left"},
		{71, "verify aaa  25%  256 MiB of 1.0 GiB  500 of 2000 files  0:03 left"},
		{51, "verify aaa  25%  256 MiB of 1.0 GiB  0:03 left"},
		{37, "verify aaa  25%  256 MiB of 1.0 GiB"},
		{21, "verify aaa  25%"},
	} {
		b, out, pass := watched(c.columns)
		pass(time.Second)
		b.Set(500, 2000, 256*mib, 1024*mib)
		if got := strings.TrimSuffix(strings.TrimPrefix(out.String(), "\r"), "\x1b[K"); got != c.want {
			t.Errorf("%d columns: got  %q\nwant %q", c.columns, got, c.want)
		}
		if n := utf8.RuneCountInString(out.String()) - len("\r\x1b[K"); n >= c.columns {
			t.Errorf("%d of %d columns", n, c.columns)
		}
	}
}

func TestBarOfFiles(t *testing.T) {
	b, out, pass := watched(81)
	pass(10 * time.Second)
	b.Set(10, 100_000, 0, 0)
	want := "verify aaa   0% [----------------]  10 of 100000 files  1 files/s  27:46:30 left"
	if got := strings.TrimSuffix(strings.TrimPrefix(out.String(), "\r"), "\x1b[K"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Nothing is shown of what is quick, nor where nobody sees it.
func TestBarHidden(t *testing.T) {
	b, out, pass := watched(80)
	pass(patience / 2)
	b.Set(1, 2, 1, 2)
	b.Done()
	if out.Len() > 0 {
		t.Errorf("quick: %q", out)
	}
	b, out, pass = watched(0)
	pass(time.Minute)
	b.Set(1, 2, 1, 2)
	b.Done()
	if out.Len() > 0 {
		t.Errorf("no terminal: %q", out)
	}
	b, out, pass = watched(80)
	b.ui.Quiet = true
	pass(time.Minute)
	b.Set(1, 2, 1, 2)
	if out.Len() > 0 {
		t.Errorf("quiet: %q", out)
	}
	u := &UI{Err: &bytes.Buffer{}}
	if u.errWidth() != 0 {
		t.Error("a buffer has a width")
	}
}

// A message takes the place of the bar, which comes again below it, and in the end nothing is left.
func TestBarAndMessages(t *testing.T) {
	b, out, pass := watched(80)
	pass(time.Second)
	b.Set(1, 2, 1, 2)
	out.Reset()
	b.ui.Warnf("look")
	if got, want := out.String(), "\r\x1b[Kguild: warning: look\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.Set(2, 2, 2, 2)
	out.Reset()
	b.Done()
	b.Done()
	b.ui.Warnf("look")
	if got, want := out.String(), "\r\x1b[Kguild: warning: look\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 150 << 10: "150 KiB", 5 << 30: "5.0 GiB", 1 << 62: "4.0 EiB"} {
		if got := Size(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}
