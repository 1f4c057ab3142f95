package ui

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/term"
)

// ErrNobody says that there is no terminal to ask on.
var ErrNobody = errors.New("there is no terminal to ask on")

// Secret asks for something that is not shown. When ctx ends the terminal is as it was before.
func (u *UI) Secret(ctx context.Context, prompt string) ([]byte, error) {
	if !u.CanAsk() {
		return nil, ErrNobody
	}
	fd := int(u.In.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(u.Err, "%s: ", SafeLine(prompt))
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
		fmt.Fprintln(u.Err)
		return a.text, a.err
	case <-ctx.Done():
		_ = term.Restore(fd, state)
		fmt.Fprintln(u.Err)
		return nil, context.Cause(ctx)
	}
}
