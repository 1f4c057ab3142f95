package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/internal/canon"
)

// State is what one hook keeps in one scope: values by key, each with a version. It is claimed by its first use, and all that is
// done until Commit or Discard is one transaction: other processes see all of it or nothing. Its errors wrap an
// abi.Errno. After Commit or Discard it can be used again. It is not for several goroutines; let each have its own.
type State struct {
	path string    // "" if there is no such scope
	hook string    // for errors
	none abi.Errno // what every use answers, 0 if the state can be used

	claim   int // file descriptor of the claim
	open    bool
	claimed bool
	dirty   bool
	values  values
}

// stateWait bounds the wait for another process's transaction. Two that wait for one another both get an error then.
const stateWait = 10 * time.Second

// State is a hook's state in a run. In scope run it is .guild/state/HOOK; a batch's own directory holds also its scope batch.
func (r *Run) State(scope int32, hook string) *State {
	switch scope {
	case abi.ScopeRun:
		return &State{hook: hook, path: r.Path("state", fileName(hook))}
	case abi.ScopeBatch:
		return &State{hook: hook, path: r.Path("state", ".batch", fileName(hook))}
	}
	return &State{hook: hook, none: abi.Unsupported}
}

// ProjectState is a hook's state in a project, kept in the home directory.
func (s *Store) ProjectState(projectDir, hook string) *State {
	name := canon.Bytes([]byte(filepath.Clean(projectDir))).Hex()
	return &State{hook: hook, path: filepath.Join(s.home, "state", name, fileName(hook))}
}

// Get returns a value and its version.
func (st *State) Get(key string) (value []byte, version int64, err error) {
	if err := st.begin(key); err != nil {
		return nil, 0, err
	}
	v, ok := st.values[key]
	if !ok {
		return nil, 0, st.fail(abi.NotFound, "no key %q", key)
	}
	return v.data, v.version, nil
}

// Put sets a value if its version is the expected one (abi.VersionAbsent: it must not exist; abi.VersionAny: whatever it is), and
// returns its new version.
func (st *State) Put(key string, value []byte, expected int64) (int64, error) {
	if err := st.begin(key); err != nil {
		return 0, err
	}
	now := st.values[key].version
	if expected < abi.VersionAny {
		return 0, st.fail(abi.Invalid, "%d is no version", expected)
	}
	if expected != abi.VersionAny && expected != now {
		return 0, st.fail(abi.Conflict, "key %q has version %d, not %d", key, now, expected)
	}
	return st.set(key, value)
}

// Append adds a record and a line feed to a value, making it if it is not there, and returns its new version.
func (st *State) Append(key string, record []byte) (int64, error) {
	if err := st.begin(key); err != nil {
		return 0, err
	}
	old := st.values[key].data
	value := make([]byte, 0, len(old)+len(record)+1)
	return st.set(key, append(append(append(value, old...), record...), '\n'))
}

func (st *State) set(key string, value []byte) (int64, error) {
	if !st.claimed {
		return 0, st.fail(abi.IO, "it is read-only here")
	}
	if len(value) > abi.MaxData {
		return 0, st.fail(abi.TooBig, "the value of %q has %d bytes, the limit is %d", key, len(value), abi.MaxData)
	}
	old, have := st.values[key]
	if !have && len(st.values) >= abi.MaxStateKeys {
		return 0, st.fail(abi.Limit, "it has %d keys, which is the limit", len(st.values))
	}
	if total := st.values.size() - len(old.data) + len(value); total > abi.MaxStateBytes {
		return 0, st.fail(abi.Limit, "it would have %d bytes, the limit is %d", total, abi.MaxStateBytes)
	}
	v := versioned{version: old.version + 1, data: append([]byte(nil), value...)}
	st.values[key], st.dirty = v, true
	return v.version, nil
}

// begin checks a key and starts the transaction, if none is under way.
func (st *State) begin(key string) error {
	switch {
	case st.none != 0:
		return st.fail(st.none, "there is none of this scope here")
	case len(key) > abi.MaxName:
		return st.fail(abi.TooBig, "a key has %d bytes, the limit is %d", len(key), abi.MaxName)
	case key == "" || !utf8.ValidString(key):
		return st.fail(abi.Invalid, "%q is no key", key)
	case st.open:
		return nil
	}
	fd, err := openClaim(st.path + "~")
	switch {
	case err == nil:
		ctx, cancel := context.WithTimeout(context.Background(), stateWait)
		defer cancel()
		if err := flockContext(ctx, fd); err != nil {
			return st.fail(abi.IO, "%v", err)
		}
		st.claim, st.claimed = fd, true
	case !errors.Is(err, fs.ErrPermission) && !readOnly(err):
		return st.fail(abi.IO, "%v", err)
	}
	if st.values, err = readValues(st.path); err != nil {
		st.Discard()
		return st.fail(abi.IO, "%v", err)
	}
	st.open = true
	return nil
}

// Commit writes what was changed and ends the transaction.
func (st *State) Commit() error {
	defer st.Discard()
	if !st.dirty {
		return nil
	}
	text, err := st.values.encode()
	if err == nil {
		err = atomicfile.Write(st.path, text, 0o644, atomicfile.Fast)
	}
	if err != nil {
		return st.fail(abi.IO, "%v", err)
	}
	return nil
}

// Discard drops what was changed and ends the transaction.
func (st *State) Discard() {
	if st.claimed {
		closeFD(st.claim)
	}
	st.open, st.claimed, st.dirty, st.values = false, false, false, nil
}

func (st *State) fail(errno abi.Errno, format string, args ...any) error {
	return fmt.Errorf("state of hook %s: %s: %w", st.hook, fmt.Sprintf(format, args...), errno)
}

// fileName makes a file name of a hook's: what is not a letter, digit, "-", "_" or inner "." is written as %XX, and a long name is hashed.
func fileName(hook string) string {
	var b strings.Builder
	for i := range len(hook) {
		if c := hook[i]; isAlnum(c) || c == '-' || c == '_' || c == '.' && i > 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() == 0 || b.Len() > 120 {
		return "%" + canon.Bytes([]byte(hook)).Hex()
	}
	return b.String()
}
