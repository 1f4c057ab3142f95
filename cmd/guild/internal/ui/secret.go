package ui

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"
)

// ErrNobody says that there is no terminal to ask on.
var ErrNobody = errors.New("there is no terminal to ask on")

// Secret asks on the terminal for something that is not shown. It works wherever stdout and stderr go, but not in the background: then
// it is ErrNobody. When ctx ends the terminal is as it was before.
func (u *UI) Secret(ctx context.Context, prompt string) ([]byte, error) {
	if !u.ErrIsTerminal && !isTerminal(u.In) {
		return nil, ErrNobody
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, ErrNobody
	}
	defer tty.Close()
	fd := int(tty.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return nil, ErrNobody
	}
	fmt.Fprintf(tty, "%s: ", SafeLine(prompt))
	type answer struct {
		text []byte
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		fmt.Fprintln(tty)
		return a.text, a.err
	case <-ctx.Done():
		_ = term.Restore(fd, state)
		fmt.Fprintln(tty)
		return nil, context.Cause(ctx)
	}
}
