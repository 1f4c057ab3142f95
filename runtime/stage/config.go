package stage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// Bounds of a config file: bytes, brackets in brackets, and YAML nodes after aliases are expanded.
const (
	maxConfig      = 4 << 20
	maxConfigDepth = 500
	maxConfigNodes = 1 << 20
)

// configFormat reads and edits one kind of config file.
type configFormat struct {
	name  string
	nulls bool // whether it has null
	// decode returns the file's tables as map[string]any, its lists as []any; an empty file is an empty map.
	decode func(data []byte) (map[string]any, error)
	// edit sets the keys (paths of names) and keeps everything else as it is.
	edit func(data []byte, edits []configEdit) ([]byte, error)
}

// configEdit is one flag on its way into a file: no value, null, where the format has none removes the key.
type configEdit struct {
	flag  string
	path  []string
	value any
}

var configFormats = map[string]configFormat{
	".toml": {"TOML", false, decodeTOML, editTOML},
	".json": {"JSON", true, decodeJSON, editJSON},
	".yaml": {"YAML", true, decodeYAML, editYAML},
	".yml":  {"YAML", true, decodeYAML, editYAML},
}

func formatOf(file string) (configFormat, error) {
	format, ok := configFormats[strings.ToLower(path.Ext(file))]
	if !ok {
		return configFormat{}, fmt.Errorf("config file %q: want .toml, .json, .yaml or .yml", file)
	}
	return format, nil
}

// WriteConfig sets flags in a staged config file: TOML, JSON or YAML by its extension. A name with dots is a key in nested
// tables, unless the file has a key of the whole name. Everything else in the file is kept: order, comments, spelling.
// A key that has the flag's value already is not touched. The file is made if absent. The change is one that Restore
// takes back.
func WriteConfig(stageDir, path string, flags run.Flags) error {
	format, err := formatOf(path)
	if err != nil {
		return err
	}
	if err := checkPath("write", path); err != nil {
		return fmt.Errorf("config file: %w", err)
	}
	s, err := Open(stageDir)
	if err != nil {
		return err
	}
	defer s.Close()
	old, err := s.readAll(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("config file %q: %w", path, bare(err))
	}
	absent := err != nil
	data, err := format.set(old, flags)
	if err != nil {
		return fmt.Errorf("config file %q: %w", path, err)
	}
	if !absent && slices.Equal(data, old) {
		return nil
	}
	tx := s.Begin(TxOptions{KeepPristine: true})
	defer tx.Discard()
	if err := tx.put("write", path, data, false); err != nil {
		return fmt.Errorf("config file: %w", err)
	}
	if _, err := tx.Commit(); err != nil {
		return fmt.Errorf("config file %q: %w", path, err)
	}
	return nil
}

// ReadConfig returns the scalars of a config file as flags, those in nested tables under dotted names. Lists are left
// out; dates are text. A path that is a link is followed within dir.
func ReadConfig(dir, path string) (run.Flags, error) {
	format, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	if err := checkPath("read", path); err != nil {
		return nil, fmt.Errorf("config file: %w", err)
	}
	s, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	data, err := s.readAll(path)
	if err != nil {
		return nil, fmt.Errorf("config file %q: %w", path, bare(err))
	}
	tables, err := format.decode(data)
	if err != nil {
		return nil, fmt.Errorf("config file %q: %w", path, err)
	}
	flags := run.Flags{}
	flatten(flags, "", tables)
	return flags, nil
}

func (s *Stage) readAll(path string) ([]byte, error) {
	f, info, _, err := s.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > maxConfig {
		return nil, fmt.Errorf("it has %d bytes, the limit is %d", info.Size(), maxConfig)
	}
	return io.ReadAll(io.LimitReader(f, maxConfig))
}
