package ui

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

// answer is stdout. It remembers that a write failed: an answer that was lost on a full disk must not pass for one that was given.
type answer struct {
	io.Writer
	mu   sync.Mutex
	err  error
	gone bool
}

func (a *answer) Write(b []byte) (int, error) {
	n, err := a.Writer.Write(b)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case errors.Is(err, syscall.EPIPE):
		a.gone = true
	case err != nil && !errors.Is(err, syscall.EAGAIN): // a terminal that is busy is asked again
		a.err = err
	}
	return n, err
}

// Enough reports whether who reads the answers has gone away: then they had enough of them, which is no failure.
func (u *UI) Enough() bool {
	a, ok := u.Out.(*answer)
	if !ok {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.gone
}

// Lost is the error of an answer that could not be written, or nil.
func (u *UI) Lost() error {
	a, ok := u.Out.(*answer)
	if !ok {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}
