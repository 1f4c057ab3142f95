package ui

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// Bar shows on a terminal how far something is that takes its time: bytes, files, rate, and the time that is left. Elsewhere it shows
// nothing. It appears when there is reason to wait, and leaves nothing behind.
type Bar struct {
	ui    *UI
	what  string
	start time.Time
	now   func() time.Time
	width func() int

	mu   sync.Mutex
	last amount
	rate float64 // per second, of bytes or, if there are none, of files
	at   time.Time
}

// amount is how much is done of how much.
type amount struct {
	files, totalFiles int
	bytes, totalBytes int64
}

// patience is how long something may take without a word.
const patience = 400 * time.Millisecond

// Bar makes a bar for what is going on, such as "verify 4f1c (2/5)". Only one is shown at a time.
func (u *UI) Bar(what string) *Bar {
	b := &Bar{ui: u, what: SafeLine(what), now: time.Now, width: u.errWidth}
	b.start = b.now()
	b.at = b.start
	return b
}

// errWidth is the width of the terminal, 0 if there is none.
func (u *UI) errWidth() int {
	columns, _ := u.errSize()
	return columns
}

// errSize is the size of the terminal, 0 if there is none.
func (u *UI) errSize() (columns, rows int) {
	f, ok := u.Err.(*os.File)
	if !ok || !u.ErrIsTerminal || u.dumb {
		return 0, 0
	}
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// Set says how far it is.
func (b *Bar) Set(files, totalFiles int, bytes, totalBytes int64) {
	if b.ui.Quiet {
		return
	}
	b.mu.Lock()
	now := b.now()
	next := amount{files, totalFiles, bytes, totalBytes}
	b.measure(next, now)
	b.last = next
	visible := now.Sub(b.start) >= patience
	line := ""
	if width := b.width(); visible && width > minWidth {
		line = b.line(width - 1) // a full line would wrap on some
	}
	b.mu.Unlock()
	if line != "" {
		b.ui.draw(b, []string{line})
	}
}

const minWidth = 20

// measure keeps a rate that follows the last seconds.
func (b *Bar) measure(next amount, now time.Time) {
	seconds := now.Sub(b.at).Seconds()
	if seconds <= 0 {
		return
	}
	const memory = 3 // s
	rate := float64(next.done()-b.last.done()) / seconds
	if b.rate == 0 {
		b.rate = rate
	} else {
		weight := min(1, seconds/memory)
		b.rate += weight * (rate - b.rate)
	}
	b.at = now
}

// done is what the rate counts: bytes, or files where there are hardly any bytes.
func (a amount) done() int64 {
	if a.totalBytes == 0 {
		return int64(a.files)
	}
	return a.bytes
}

func (a amount) total() int64 {
	if a.totalBytes == 0 {
		return int64(a.totalFiles)
	}
	return a.totalBytes
}

// line is what the bar shows in so many columns. Parts that do not fit are left out, the least important first.
func (b *Bar) line(columns int) string {
	a := b.last
	part := 0.0
	if total := a.total(); total > 0 {
		part = min(1, float64(a.done())/float64(total))
	}
	text := fmt.Sprintf("%s %3.0f%%", b.what, 100*part)
	pieces := []string{
		fmt.Sprintf("  %s of %s", Size(a.bytes), Size(a.totalBytes)),
		fmt.Sprintf("  %d of %d files", a.files, a.totalFiles),
		b.rateText(),
		b.leftText(),
	}
	if a.totalBytes == 0 {
		pieces[0] = ""
	}
	room := columns - utf8.RuneCountInString(text)
	for _, i := range []int{0, 3, 1, 2} { // what matters most first
		if n := utf8.RuneCountInString(pieces[i]); n <= room {
			room -= n
		} else {
			pieces[i] = ""
		}
	}
	bar := ""
	if room -= len(" []"); room >= 10 {
		room = min(room, 30)
		full := int(part * float64(room))
		bar = " [" + strings.Repeat("#", full) + strings.Repeat("-", room-full) + "]"
	}
	line := text + bar + strings.Join(pieces, "")
	if utf8.RuneCountInString(line) > columns {
		line = string([]rune(line)[:columns])
	}
	return line
}

func (b *Bar) rateText() string {
	if b.last.totalBytes == 0 {
		return fmt.Sprintf("  %.0f files/s", b.rate)
	}
	return fmt.Sprintf("  %s/s", Size(int64(b.rate)))
}

func (b *Bar) leftText() string {
	rest := b.last.total() - b.last.done()
	if b.rate <= 0 || rest <= 0 {
		return ""
	}
	const longest = 100 * time.Hour
	left := min(longest, time.Duration(float64(rest)/b.rate*float64(time.Second))).Round(time.Second)
	if left >= time.Hour {
		return fmt.Sprintf("  %d:%02d:%02d left", int(left.Hours()), int(left.Minutes())%60, int(left.Seconds())%60)
	}
	return fmt.Sprintf("  %d:%02d left", int(left.Minutes()), int(left.Seconds())%60)
}

// Size is a number of bytes for people.
func Size(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for value >= 1024 && unit < len("KMGTPE") {
		value /= 1024
		unit++
	}
	digits := 1
	if value >= 100 {
		digits = 0
	}
	return fmt.Sprintf("%.*f %ciB", digits, value, "KMGTPE"[unit-1])
}

// Done removes the bar. It may be called again.
func (b *Bar) Done() { b.ui.erase(b) }
