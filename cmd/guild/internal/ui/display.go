package ui

import (
	"fmt"
	"strings"
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
	ui    *UI
	width func() int
}

// Board makes a board, or nil if there is nowhere to show it.
func (u *UI) Board() *Board {
	if u.Quiet || u.errWidth() <= minWidth {
		return nil
	}
	return &Board{ui: u, width: u.errWidth}
}

// Set shows lines in place of those before. What does not fit is cut.
func (b *Board) Set(lines []string) {
	width := b.width() - 1 // a full line would wrap on some
	for i, line := range lines {
		if runes := []rune(SafeLine(line)); len(runes) > width {
			lines[i] = string(runes[:max(0, width-1)]) + "…"
		} else {
			lines[i] = string(runes)
		}
	}
	b.ui.draw(b, lines)
}

// Done removes the board.
func (b *Board) Done() { b.ui.erase(b) }
