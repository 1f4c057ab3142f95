package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrNotFound is the Err of a SpawnError whose Name, without a slash, is in no directory of PATH.
var ErrNotFound = errors.New("executable file not found in PATH")

// SpawnError says why a command could not be started.
type SpawnError struct {
	Name string // Args[0]
	Err  error
	Hint string // what to do, or ""
}

// Error returns the quoted name and the reason.
func (e *SpawnError) Error() string { return fmt.Sprintf("%q: %v", e.Name, e.Err) }

// Unwrap returns the reason.
func (e *SpawnError) Unwrap() error { return e.Err }

// lookUp finds the file to execute. The result is absolute or starts at dir, as execve in dir takes it. Entries of
// PATH that are not absolute are passed over: in a run directory they would name staged files by accident.
func lookUp(name, dir string, env []string) (string, *SpawnError) {
	if strings.Contains(name, "/") {
		if err := executable(inDir(dir, name)); err != nil {
			return "", spawnError(name, err)
		}
		return name, nil
	}
	if name != "" {
		for _, entry := range filepath.SplitList(getenv(env, "PATH")) {
			if path := filepath.Join(entry, name); filepath.IsAbs(entry) && executable(path) == nil {
				return path, nil
			}
		}
	}
	e := &SpawnError{Name: name, Err: ErrNotFound}
	if name != "" && executable(inDir(dir, name)) == nil {
		e.Hint = fmt.Sprintf("write ./%s for the file in the run directory", name)
	}
	return "", e
}

var (
	errIsDir         = errors.New("is a directory")
	errNotRegular    = errors.New("is not a regular file")
	errNotExecutable = errors.New("is not executable")
)

func executable(path string) error {
	info, err := stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errIsDir
	case !info.Mode().IsRegular():
		return errNotRegular
	case unix.Access(path, unix.X_OK) != nil:
		return errNotExecutable
	}
	return nil
}

func directory(path string) error {
	info, err := stat(path)
	if err == nil && !info.IsDir() {
		err = unix.ENOTDIR
	}
	return err
}

// stat leaves the name out of the error: the caller's message has it.
func stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	return info, err
}

func spawnError(name string, err error) *SpawnError {
	e := &SpawnError{Name: name, Err: err}
	if errors.Is(err, errNotExecutable) {
		e.Hint = "chmod +x " + name
	}
	return e
}

func inDir(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// getenv returns the last value of name: the one that lastOfEach keeps.
func getenv(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// lastOfEach drops all but the last entry of each name. Programs disagree on which of two counts.
func lastOfEach(env []string) []string {
	last := make(map[string]int, len(env))
	for i, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		last[name] = i
	}
	kept := make([]string, 0, len(last))
	for i, entry := range env {
		if name, _, _ := strings.Cut(entry, "="); last[name] == i {
			kept = append(kept, entry)
		}
	}
	return kept
}
