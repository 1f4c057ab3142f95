package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
	"golang.org/x/sys/unix"
)

// values is the content of a state file: JSON, {"format": 1, "keys": {KEY: {"version": N, "text": … or "base64": …}}}.
type values map[string]versioned

type versioned struct {
	version int64
	data    []byte
}

type stateFile struct {
	Format int                   `json:"format"`
	Keys   map[string]stateValue `json:"keys"`
}

type stateValue struct {
	Version int64   `json:"version"`
	Text    *string `json:"text,omitempty"`
	Base64  []byte  `json:"base64,omitempty"`
}

// maxStateFile has room for the limits of the ABI with every byte escaped.
const maxStateFile = 6*(abi.MaxStateBytes+abi.MaxStateKeys*abi.MaxName) + 1<<20

func (v values) size() int {
	n := 0
	for _, value := range v {
		n += len(value.data)
	}
	return n
}

func (v values) encode() ([]byte, error) {
	f := stateFile{Format: 1, Keys: make(map[string]stateValue, len(v))}
	for key, value := range v {
		if utf8.Valid(value.data) {
			text := string(value.data)
			f.Keys[key] = stateValue{Version: value.version, Text: &text}
		} else {
			f.Keys[key] = stateValue{Version: value.version, Base64: value.data}
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func readValues(path string) (values, error) {
	text, err := readSmall(path, maxStateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return values{}, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeValues(text)
}

func decodeValues(text []byte) (values, error) {
	var f stateFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("malformed state file: %w", err)
	}
	if f.Format != 1 {
		return nil, fmt.Errorf("state file has format %d, want 1", f.Format)
	}
	v := make(values, len(f.Keys))
	for key, value := range f.Keys {
		data := value.Base64
		if value.Text != nil {
			data = []byte(*value.Text)
		}
		if value.Version < 1 {
			return nil, fmt.Errorf("malformed state file: key %q has version %d", key, value.Version)
		}
		v[key] = versioned{version: value.Version, data: data}
	}
	return v, nil
}

func readOnly(err error) bool { return errors.Is(err, unix.EROFS) }
