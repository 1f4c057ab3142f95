package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/runner"
)

// Exit codes. An operation's own code passes through `guild run`.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotLocked   = 3   // runs verify
	exitRefused     = 125 // a hook refused
	exitInterrupted = 130
	exitSignal      = 128 // plus the signal
)

// usageError is a mistake in the command line.
type usageError struct {
	message string
	hint    string
}

func (e *usageError) Error() string { return e.message }

func (e *usageError) Hint() string { return e.hint }

func usagef(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint}
}

// hintError adds advice to an error.
type hintError struct {
	error
	hint string
}

func (e *hintError) Hint() string { return e.hint }

func (e *hintError) Unwrap() error { return e.error }

// exitError ends the program with a code, silently: everything was said, or there is nothing to say.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// plainError is a message whose text is fixed elsewhere, with its own continuation lines.
type plainError struct{ message string }

func (e *plainError) Error() string { return e.message }

// hinter is an error that knows what to do about it.
type hinter interface{ Hint() string }

// exitCode maps an error to the exit code.
func exitCode(err error) int {
	var (
		exit    exitError
		usage   *usageError
		refused *runner.Refused
		sig     *signalled
		flag    *project.FlagError
		spawn   *runner.NotStarted
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &usage), errors.As(err, &flag):
		return exitUsage
	case errors.As(err, &refused):
		return exitRefused
	case errors.As(err, &spawn):
		return spawn.Code
	case errors.As(err, &sig):
		return exitSignal + int(sig.sig)
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailure
}

// report writes an error in the form asked for and returns the exit code.
func (a *app) report(args []string, err error) int {
	code := exitCode(err)
	var exit exitError
	if err == nil || errors.As(err, &exit) {
		return code
	}
	var plain *plainError
	if errors.As(err, &plain) {
		a.ui.Plain(plain.message)
		return code
	}
	var h hinter
	hint := ""
	if errors.As(err, &h) {
		hint = h.Hint()
	}
	// Looked for in the raw arguments, so that even a mistake in them is reported in the form asked for.
	if slices.Contains(args, "--json") {
		text, _ := json.Marshal(map[string]any{"type": "error", "code": code, "message": message(err), "hint": hint})
		fmt.Fprintf(a.ui.Err, "%s\n", text)
		return code
	}
	a.ui.Error(message(err), hint)
	return code
}

// maxMessage bounds what an error says, in bytes: it may quote what the user typed.
const maxMessage = 4 << 10

// message is an error in one line. It says "permission denied" and its like without the name of the system call.
func message(err error) string {
	text := err.Error()
	var path *fs.PathError
	if errors.As(err, &path) && err == error(path) {
		text = fmt.Sprintf("%s: %s", path.Path, cause(path.Err))
	} else if path != nil && strings.HasSuffix(path.Op, "at") { // openat, statat and the like
		text = strings.Replace(text, path.Error(), fmt.Sprintf("%s: %s", path.Path, cause(path.Err)), 1)
	}
	if call := (*os.SyscallError)(nil); errors.As(err, &call) && call.Syscall == "getwd" {
		text = "the working directory: " + cause(call.Err)
	}
	text = strings.ReplaceAll(text, "\n", "; ")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

func cause(err error) string {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
