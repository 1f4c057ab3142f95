package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What follows reads a store as Guild AI 0.9 does, and knows nothing of ours. It shares no code with the product on purpose: what it
// finds is what the other program would.

// foreignRun is a run as Guild AI sees it.
type foreignRun struct {
	dir    string
	id     string
	opref  foreignOpRef
	status string
	attrs  map[string]any
}

type foreignOpRef struct{ pkgType, pkgName, pkgVersion, model, op string }

// readForeign lists the runs of a home: the directories in runs/ that have a .guild/opref.
func readForeign(home string) (map[string]*foreignRun, error) {
	entries, err := os.ReadDir(filepath.Join(home, "runs"))
	if err != nil {
		return nil, err
	}
	runs := map[string]*foreignRun{}
	for _, e := range entries {
		r := &foreignRun{dir: filepath.Join(home, "runs", e.Name()), id: e.Name()}
		opref, err := os.ReadFile(r.path("opref"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.opref, err = parseForeignOpRef(string(opref)); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		if r.attrs, err = r.readAttrs(); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		r.status = r.deriveStatus()
		runs[r.id] = r
	}
	return runs, nil
}

func (r *foreignRun) path(elem ...string) string {
	return filepath.Join(append([]string{r.dir, ".guild"}, elem...)...)
}

func (r *foreignRun) has(name string) bool {
	_, err := os.Lstat(r.path(name))
	return err == nil
}

// parseForeignOpRef: PKG_TYPE:PKG_NAME PKG_VERSION MODEL OP in one line without an end, each field quoted as for a shell.
func parseForeignOpRef(text string) (foreignOpRef, error) {
	fields, err := shellSplit(text)
	if err != nil || len(fields) != 4 || strings.HasSuffix(text, "\n") {
		return foreignOpRef{}, fmt.Errorf("opref %q: %d fields, %v", text, len(fields), err)
	}
	pkgType, pkgName, ok := strings.Cut(fields[0], ":")
	if !ok {
		return foreignOpRef{}, fmt.Errorf("opref %q: no type", text)
	}
	return foreignOpRef{pkgType, pkgName, fields[1], fields[2], fields[3]}, nil
}

// shellSplit splits words as shlex.split does in POSIX mode, for the quotes that shlex.quote makes.
func shellSplit(text string) ([]string, error) {
	var (
		words   []string
		word    strings.Builder
		inWord  bool
		inQuote rune
	)
	for _, c := range text {
		switch {
		case inQuote != 0:
			if c == inQuote {
				inQuote = 0
			} else {
				word.WriteRune(c)
			}
		case c == '\'' || c == '"':
			inQuote, inWord = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		case c == '\\':
			return nil, errors.New("a backslash, which shlex.quote does not write")
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	if inQuote != 0 {
		return nil, errors.New("no closing quotation")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// readAttrs reads one YAML value per file.
func (r *foreignRun) readAttrs() (map[string]any, error) {
	files, err := os.ReadDir(r.path("attrs"))
	if err != nil {
		return nil, err
	}
	attrs := map[string]any{}
	for _, f := range files {
		text, err := os.ReadFile(r.path("attrs", f.Name()))
		if err != nil {
			return nil, err
		}
		var v any
		if err := yaml.Unmarshal(text, &v); err != nil {
			return nil, fmt.Errorf("attribute %s: %w", f.Name(), err)
		}
		if !bytes.HasSuffix(text, []byte("\n")) || bytes.HasSuffix(text, []byte("\n...\n")) {
			return nil, fmt.Errorf("attribute %s: ends with %q", f.Name(), text[max(0, len(text)-8):])
		}
		attrs[f.Name()] = v
	}
	return attrs, nil
}

// deriveStatus looks at the files in Guild AI's order.
func (r *foreignRun) deriveStatus() string {
	if r.has("LOCK.remote") {
		return "running"
	}
	if r.has("PENDING") {
		return "pending"
	}
	if r.has("STAGED") {
		return "staged"
	}
	if code, ok := r.attrs["exit_status"].(int); ok {
		switch {
		case code == 0:
			return "completed"
		case code < 0:
			return "terminated"
		}
		return "error"
	}
	if pid, ok := r.lockPID(); ok {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
			return "running"
		}
	}
	return "error"
}

// lockPID: a decimal number of which no more than 10 characters are read; Python's int takes spaces behind it.
func (r *foreignRun) lockPID() (int, bool) {
	text, err := os.ReadFile(r.path("LOCK"))
	if err != nil {
		return 0, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:min(len(text), 10)])))
	return pid, err == nil
}

// outputLine is one line of output with its entry in output.index.
type outputLine struct {
	text   string
	millis int64
	stream int // 0 stdout, 1 stderr
}

// output reads the output and its index: 9 bytes a line, big endian: milliseconds, stream.
func (r *foreignRun) output() ([]outputLine, error) {
	text, err := os.ReadFile(r.path("output"))
	if err != nil {
		return nil, err
	}
	index, err := os.ReadFile(r.path("output.index"))
	if err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(index) != 9*len(lines) {
		return nil, fmt.Errorf("%d lines and %d bytes of index", len(lines), len(index))
	}
	var out []outputLine
	for i, line := range lines {
		entry := index[9*i : 9*i+9]
		out = append(out, outputLine{strings.TrimSuffix(line, "\n"), int64(binary.BigEndian.Uint64(entry)), int(entry[8])})
	}
	return out, nil
}

// manifestLine is one line of the manifest: kind, path in the run, SHA-1, and where it is from.
type manifestLine struct{ kind, runPath, sha1, from string }

func (r *foreignRun) manifest() ([]manifestLine, error) {
	text, err := os.ReadFile(r.path("manifest"))
	if err != nil {
		return nil, err
	}
	var lines []manifestLine
	for line := range strings.Lines(string(text)) {
		words, err := shellSplit(line)
		if err != nil || len(words) != 4 {
			return nil, fmt.Errorf("manifest line %q: %d words, %v", line, len(words), err)
		}
		lines = append(lines, manifestLine{words[0], words[1], words[2], words[3]})
	}
	return lines, nil
}
