package proc

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

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
