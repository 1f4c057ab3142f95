package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/run"
)

// Attributes that this package itself reads or writes.
const (
	AttrID          = "id"
	AttrInitialized = "initialized" // µs since 1970
	AttrStarted     = "started"     // µs since 1970
	AttrFlags       = "flags"
	AttrExitStatus  = "exit_status"
)

// Attr reads an attribute: nil, bool, int64, float64, string, []any or map[string]any. ok is false if the run has none of
// that name. A file that cannot be read is an error that names the run, the attribute and the line.
func (r *Run) Attr(name string) (v any, ok bool, err error) {
	if err := checkName("attribute", name); err != nil {
		return nil, false, err
	}
	data, err := readSmall(r.attrPath(name), maxAttr)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err == nil {
		v, err = decodeYAML(data)
	}
	if err != nil {
		return nil, false, fmt.Errorf("run %s: attribute %q: %w", r.ID, name, err)
	}
	return v, true, nil
}

// SetAttr writes an attribute in the text that Guild AI's tools read. Besides the types of Attr it takes run.Flags, int,
// []string, map[string]string and the like. Times are given as int64, µs since 1970. In a locked run only label, tags, comments and
// marked can be written: ErrLocked.
func (r *Run) SetAttr(name string, v any) error {
	if err := checkName("attribute", name); err != nil {
		return err
	}
	text, err := encodeYAML(v)
	if err != nil {
		return fmt.Errorf("run %s: attribute %q: %w", r.ID, name, err)
	}
	return r.write(r.attrPath(name), text)
}

// RemoveAttr removes an attribute; it need not be there. ErrLocked as for SetAttr.
func (r *Run) RemoveAttr(name string) error {
	if err := checkName("attribute", name); err != nil {
		return err
	}
	return r.remove(r.attrPath(name))
}

// AttrNames lists the attributes in order.
func (r *Run) AttrNames() ([]string, error) {
	entries, err := os.ReadDir(r.Path(attrsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", r.ID, err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && checkName("attribute", e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Flags reads the attribute flags. A run without it has no flags.
func (r *Run) Flags() (run.Flags, error) {
	v, _, err := r.Attr(AttrFlags)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		return run.Flags{}, nil
	case map[string]any:
		return run.Flags(v), nil
	}
	return nil, fmt.Errorf("run %s: attribute %q: line 1: not a map", r.ID, AttrFlags)
}

func (r *Run) attrPath(name string) string { return r.Path(attrsDir, name) }

// write replaces a file and remembers it for Sync.
func (r *Run) write(path string, data []byte) error {
	if err := r.guard(path); err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	if err := atomicfile.Write(path, data, 0o644, atomicfile.Fast); err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	r.wrote(path)
	return nil
}

func (r *Run) remove(path string) error {
	if err := r.guard(path); err != nil {
		if !exists(path) {
			return nil
		}
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	r.removed(path)
	return nil
}
