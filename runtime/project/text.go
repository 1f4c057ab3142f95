package project

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 1 << 20

// FileError is a slip in a configuration file, at a place in it. Columns count characters, from 1.
type FileError struct {
	// File is the name as shown: guild.toml, or the path of a file of another tier.
	File      string
	Line, Col int
	Problem   string
	// Nearest is the known name that was probably meant, or "".
	Nearest string
}

func (e *FileError) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Problem)
	if e.Nearest != "" {
		s += fmt.Sprintf(" (did you mean %q?)", e.Nearest)
	}
	return s
}

// Place is where something stands in guild.toml, for what shows to be wrong with it later: which flags a script has is not known while the
// file is read. The zero value is nowhere.
type Place struct{ Line, Col int }

// Error is an error at the place.
func (p Place) Error(problem string) *FileError {
	return &FileError{File: FileName, Line: p.Line, Col: p.Col, Problem: problem}
}

// text is a configuration file in memory.
type text struct {
	file string
	src  string
	// lines are the offsets at which lines begin, once they are asked for.
	lines []int
}

const byteOrderMark = "\ufeff"

// readText reads a regular file; a FIFO in its place must not make guild wait.
func readText(path, shown string) (*text, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	var b strings.Builder
	b.Grow(int(min(info.Size(), maxFile)) + 1)
	n, err := io.Copy(&b, io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if n > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes, which is the limit", path, maxFile)
	}
	return &text{file: shown, src: strings.TrimPrefix(b.String(), byteOrderMark)}, nil
}

// line returns the number of the line of a byte offset, from 1.
func (t *text) line(offset int) int {
	if t.lines == nil {
		t.lines = []int{0}
		for i := range len(t.src) {
			if t.src[i] == '\n' {
				t.lines = append(t.lines, i+1)
			}
		}
	}
	n, _ := slices.BinarySearch(t.lines, offset+1)
	return max(n, 1)
}

// place turns a byte offset into a line and a column.
func (t *text) place(offset int) (line, col int) {
	offset = min(max(offset, 0), len(t.src))
	line = t.line(offset)
	return line, utf8.RuneCountInString(t.src[t.lines[line-1]:offset]) + 1
}

func (t *text) errorAt(offset int, problem, nearest string) *FileError {
	line, col := t.place(offset)
	return &FileError{File: t.file, Line: line, Col: col, Problem: problem, Nearest: nearest}
}

// parse returns the tree of the file. The TOML library says what is TOML and what the values are; the scanner says
// where they stand and in which order, which the library does not tell.
func (t *text) parse() (*node, error) {
	if i := invalidText(t.src); i >= 0 {
		return nil, t.errorAt(i, fmt.Sprintf("invalid UTF-8 byte 0x%02x", t.src[i]), "")
	}
	s := scanner{src: t.src}
	root := s.scan()
	if s.tooDeep {
		return nil, t.errorAt(s.i, fmt.Sprintf("nested more than %d deep", maxDepth), "")
	}
	var values map[string]any
	if _, err := toml.Decode(t.src, &values); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, t.errorAt(syntax.Position.Start, plain(syntax.Message), "")
		}
		return nil, t.errorAt(0, err.Error(), "")
	}
	root.attach(values)
	return root, nil
}

// invalidText returns where text stops to be UTF-8, or -1.
func invalidText(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	i := 0
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	return i
}

// plain brings the library's messages to our form: lower case, no period.
func plain(message string) string {
	message = strings.TrimSuffix(message, ".")
	first, size := utf8.DecodeRuneInString(message)
	if second := message[size:]; second != "" && second[0] >= 'a' && second[0] <= 'z' {
		return strings.ToLower(string(first)) + second
	}
	return message
}
