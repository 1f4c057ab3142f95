package archive

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// zipSource is the runs in a zip file.
type zipSource struct {
	*zip.ReadCloser
	runs map[run.ID][]*zip.File // in the order of the file
}

// openZip finds the runs in a zip file. Every name in it is checked.
func openZip(path string) (*zipSource, error) {
	r, err := zip.OpenReader(path)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &zipSource{ReadCloser: r, runs: map[run.ID][]*zip.File{}}
	isRun := map[run.ID]bool{}
	for _, f := range r.File {
		name := strings.TrimSuffix(f.Name, "/")
		if !local(name) {
			r.Close()
			return nil, fmt.Errorf("%s: %q is not a path below a run", path, f.Name)
		}
		top, rest, _ := strings.Cut(name, "/")
		id, err := run.ParseID(top)
		if err != nil {
			continue // not a run: a comment, the rubbish of a file browser
		}
		s.runs[id] = append(s.runs[id], f)
		isRun[id] = isRun[id] || rest == ".guild/opref" && f.Mode().IsRegular()
	}
	for id := range s.runs {
		if !isRun[id] {
			delete(s.runs, id)
		}
	}
	return s, nil
}

// local reports whether a path stays below where it starts: no empty, "." or ".." part, not absolute.
func local(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.IndexByte(part, 0) >= 0 {
			return false
		}
	}
	return true
}

func (s *zipSource) ids() []run.ID { return sortedIDs(s.runs) }

func (s *zipSource) totals(_ context.Context, id run.ID) (files int, bytes int64, err error) {
	for _, f := range s.runs[id] {
		if f.Mode().IsRegular() {
			files++
			bytes += int64(f.UncompressedSize64)
		}
	}
	return files, bytes, nil
}

// Modes of what comes from a machine that has none.
const (
	plainFile = 0o644
	plainDir  = 0o755
)

const maxTarget = 4096 // bytes of a link's target

func (s *zipSource) each(_ context.Context, id run.ID, visit func(node, opener) error) error {
	for _, f := range s.runs[id] {
		n := node{path: ".", mode: f.Mode(), time: f.Modified}
		if _, rest, ok := strings.Cut(strings.TrimSuffix(f.Name, "/"), "/"); ok {
			n.path = rest
		}
		if !unixMade(f) {
			n.mode = plainFile
			if strings.HasSuffix(f.Name, "/") {
				n.mode = fs.ModeDir | plainDir
			}
		}
		switch {
		case n.mode.IsDir() != strings.HasSuffix(f.Name, "/"):
			return fmt.Errorf("%q is both a file and a directory", f.Name)
		case n.mode.IsRegular():
			n.size = int64(f.UncompressedSize64)
			if n.size < 0 {
				return fmt.Errorf("%q has an impossible size", f.Name)
			}
		case n.mode&fs.ModeSymlink != 0:
			target, err := readTarget(f)
			if err != nil {
				return fmt.Errorf("%q: %w", f.Name, err)
			}
			n.target = target
		}
		if err := visit(n, f.Open); err != nil {
			return err
		}
	}
	return nil
}

// unixMade reports whether the modes in the zip file are those of Unix.
func unixMade(f *zip.File) bool {
	const unix, darwin = 3, 19
	made := f.CreatorVersion >> 8
	return (made == unix || made == darwin) && f.ExternalAttrs>>16 != 0
}

func readTarget(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxTarget+1))
	if err != nil {
		return "", err
	}
	if len(text) == 0 || len(text) > maxTarget || strings.IndexByte(string(text), 0) >= 0 {
		return "", errors.New("not the target of a link")
	}
	return string(text), nil
}
