package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/guild-run/guild/abi"
)

// Reasons for which something below the root is not opened.
var (
	errLink    = errors.New("it is a symbolic link")
	errChanged = errors.New("it changed while it was being opened")
	errOutside = errors.New("it leads out of the stage")
	errGuild   = errors.New(".guild is guild's own")
	errLoop    = errors.New("too many symbolic links")
	errDeep    = fmt.Errorf("it is nested more than %d directories deep", maxDepth)
	errIsDir   = errors.New("it is a directory")
	errNotFile = errors.New("it is not a regular file")
	errDevice  = errors.New("it is a device, FIFO or socket")
	errLinked  = errors.New("it has another name: hard links are not written to")
	errParent  = errors.New("a directory on the way to it is a file")
)

// failure is an error that a hook gets as an errno, and people as text.
type failure struct {
	errno abi.Errno
	op    string
	path  string
	cause error
}

func (f *failure) Error() string {
	if f.path == "" {
		return f.op + ": " + f.cause.Error()
	}
	return fmt.Sprintf("%s %q: %s", f.op, f.path, f.cause)
}

func (f *failure) Unwrap() []error { return []error{f.errno, f.cause} }

func refuse(errno abi.Errno, op, path, format string, args ...any) error {
	return &failure{errno, op, path, fmt.Errorf(format, args...)}
}

// fail gives an error of the file system the errno that a hook sees, and takes the names of temporary files and of the
// machine's directories out of its text.
func fail(op, path string, err error) error {
	var known *failure
	if errors.As(err, &known) {
		return err
	}
	err = bare(err)
	errno := abi.IO
	switch {
	case errors.Is(err, fs.ErrNotExist), isNotDir(err):
		errno, err = abi.NotFound, errors.New("no such file")
	case errors.Is(err, errIsDir), errors.Is(err, errNotFile), errors.Is(err, errParent), errors.Is(err, errDeep),
		errors.Is(err, syscall.ENAMETOOLONG):
		errno = abi.Invalid
	case errors.Is(err, errLink), errors.Is(err, errOutside), errors.Is(err, errGuild), errors.Is(err, errLinked),
		errors.Is(err, errLoop), errors.Is(err, errDevice):
		errno = abi.Denied
	}
	return &failure{errno, op, path, err}
}

func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

func bare(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		return linkErr.Err
	}
	return err
}
