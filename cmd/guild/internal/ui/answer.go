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
	mu  sync.Mutex
	err error
}

func (a *answer) Write(b []byte) (int, error) {
	n, err := a.Writer.Write(b)
	// A reader that has gone away had enough, and a terminal that is busy is asked again.
	if err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.EAGAIN) {
		a.mu.Lock()
		a.err = err
		a.mu.Unlock()
	}
	return n, err
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
