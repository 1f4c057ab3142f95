package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

var (
	// ErrNotFound: there is no such run.
	ErrNotFound = errors.New("no such run")
	// ErrExists: there is a run, or something else, where a new run was to go.
	ErrExists = errors.New("already exists")
)

// NoMatchError is a run specification that names no run. It is an ErrNotFound.
type NoMatchError struct{ Spec string }

// Error names the specification.
func (e *NoMatchError) Error() string { return fmt.Sprintf("no run matches %q", e.Spec) }

// Is makes errors.Is(err, ErrNotFound) hold.
func (e *NoMatchError) Is(target error) bool { return target == ErrNotFound }

// AmbiguousError is an id prefix that more than one run has.
type AmbiguousError struct {
	Spec string
	IDs  []run.ID // all of them, in order
}

const maxListed = 8

// Error lists the ids, at most 8 of them.
func (e *AmbiguousError) Error() string {
	var ids []string
	for _, id := range e.IDs[:min(len(e.IDs), maxListed)] {
		ids = append(ids, string(id))
	}
	more := ""
	if n := len(e.IDs) - maxListed; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%q matches %d runs: %s%s", e.Spec, len(e.IDs), strings.Join(ids, ", "), more)
}
