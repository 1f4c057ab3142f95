package ui

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A display has the last lines of a terminal, below everything that is written. There is one at a time: others show nothing meanwhile.

// draw shows the lines of a display in place of what it showed. None of them may be wider than the terminal.
func (u *UI) draw(display any, lines []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.display != nil && u.display != display {
		return
	}
	u.display = display
	u.clear()
	for i, line := range lines {
		if i > 0 {
			fmt.Fprint(u.Err, "\n")
		}
		fmt.Fprint(u.Err, line)
	}
	u.drawn = len(lines)
}

func (u *UI) erase(display any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.display == display && display != nil {
		u.clear()
		u.display = nil
	}
}

// clear removes a display that is in the way of a message; its next step shows it again. The caller has the mutex.
func (u *UI) clear() {
	if u.drawn > 0 {
		fmt.Fprint(u.Err, "\r\x1b[K", strings.Repeat("\x1b[A\x1b[K", u.drawn-1))
		u.drawn = 0
	}
}

// Board shows several lines that change. Where there is no terminal, it shows nothing.
type Board struct {
	ui   *UI
	size func() (columns, rows int)
}

// leastColumns is how wide a terminal must be for a board.
const leastColumns = 10

// Board makes a board, or nil if there is nowhere to show it.
func (u *UI) Board() *Board {
	if columns, rows := u.errSize(); u.Quiet || columns < leastColumns || rows < 2 {
		return nil
	}
	return &Board{ui: u, size: u.errSize}
}

// Set shows lines in place of those before. What does not fit is cut: a line that wraps, or one above the top, could not be removed.
func (b *Board) Set(lines []string) {
	columns, rows := b.size()
	lines = lines[:min(len(lines), max(rows-1, 1))] // messages have a row too
	for i, line := range lines {
		lines[i] = Cut(SafeLine(line), columns-1) // a full line would wrap on some
	}
	b.ui.draw(b, lines)
}

// Cut shortens a line to so many columns of a terminal.
func Cut(line string, columns int) string {
	used, fits := 0, 0
	for i, r := range line {
		if used += columnsOf(r); used > columns {
			return line[:fits] + "…"
		}
		if used < columns {
			fits = i + utf8.RuneLen(r) // with room for the dots
		}
	}
	return line
}

// wide are the characters that take two columns, as far as it matters: of East Asian scripts, and emoji.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{0x1100, 0x115f, 1}, {0x2e80, 0xa4cf, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1}},
	R32: []unicode.Range32{{0x1f000, 0x1faff, 1}, {0x20000, 0x3fffd, 1}},
}

func columnsOf(r rune) int {
	if unicode.Is(wide, r) {
		return 2
	}
	return 1 // or none, as a combining accent: a line may be shorter than it could be
}

// Done removes the board.
func (b *Board) Done() { b.ui.erase(b) }
