package proc

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
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
	info, err := os.Stat(path)
	var wrapped *fs.PathError
	switch {
	case errors.As(err, &wrapped):
		return wrapped.Err // the name stands in SpawnError
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

func spawnError(name string, err error) *SpawnError {
	e := &SpawnError{Name: name, Err: err}
	if errors.Is(err, errNotExecutable) {
		e.Hint = "chmod +x " + name
	}
	return e
}

// explain turns the errno of a failed execve of an executable file into what is wrong with the file: the kernel
// says "no such file" of a file that is there when the program that should run it is not.
func explain(name, path string, errno error) *SpawnError {
	switch {
	case errors.Is(errno, unix.ENOEXEC):
		return &SpawnError{Name: name, Err: errors.New("is no program: neither a binary for this machine nor a script with a #! line")}
	case !errors.Is(errno, unix.ENOENT) && !errors.Is(errno, unix.EACCES):
		return &SpawnError{Name: name, Err: errno}
	}
	interpreter := interpreterOf(path)
	if interpreter == "" {
		return &SpawnError{Name: name, Err: errno}
	}
	e := &SpawnError{Name: name, Err: fmt.Errorf("interpreter %q: %w", interpreter, errno)}
	if strings.HasSuffix(interpreter, "\r") {
		e.Hint = "the file has Windows line ends; the kernel takes the carriage return as part of the name"
	}
	return e
}

// interpreterOf returns the program that the kernel runs the file with: that of its #! line, or the loader of an
// ELF binary. "" if there is none.
func interpreterOf(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	line, _ := bufio.NewReader(io.LimitReader(f, 256)).ReadBytes('\n')
	if rest, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte("#!")); ok {
		word, _, _ := bytes.Cut(bytes.TrimLeft(rest, " \t"), []byte(" "))
		word, _, _ = bytes.Cut(word, []byte("\t"))
		return string(word)
	}
	binary, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	for _, p := range binary.Progs {
		if p.Type == elf.PT_INTERP {
			loader, _ := io.ReadAll(io.LimitReader(p.Open(), 4096))
			return string(bytes.TrimRight(loader, "\x00"))
		}
	}
	return ""
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
