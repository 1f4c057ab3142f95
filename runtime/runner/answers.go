package runner

import (
	"bytes"
	"encoding/json"
	"fmt"

	"slices"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// answers plays the host of a recorded event. The hook that was recorded must make the same calls in the same order; another one
// (loose) is answered from whatever was recorded for a call, and otherwise learns that nothing is known.
type answers struct {
	list     []answer
	next     int
	loose    bool
	diverged string // the first call that was not the recorded one
	unknown  bool   // a loose hook asked for what was not recorded
}

// recordedError is an error as it was, text and errno.
type recordedError struct {
	errno abi.Errno
	text  string
}

func (e *recordedError) Error() string { return e.text }

func (e *recordedError) Unwrap() error { return e.errno }

func (a *answers) take(call, key string) (answer, error) {
	var found answer
	switch {
	case a.loose:
		i := slices.IndexFunc(a.list, func(r answer) bool { return r.Call == call && r.Key == key })
		if i < 0 {
			a.unknown = true
			return answer{}, fmt.Errorf("%w: not recorded", abi.IO)
		}
		found = a.list[i]
	case a.next >= len(a.list) || a.list[a.next].Call != call || a.list[a.next].Key != key:
		if a.diverged == "" {
			a.diverged = fmt.Sprintf("call %d is %s(%s)", a.next+1, call, strings.ReplaceAll(key, "\x00", ", "))
		}
		return answer{}, fmt.Errorf("%w: not recorded", abi.IO)
	default:
		found = a.list[a.next]
		a.next++
	}
	if found.Errno != 0 {
		return found, &recordedError{errno: abi.Errno(found.Errno), text: found.Error}
	}
	return found, nil
}

// writes are not looked up for a loose hook: whatever it writes goes nowhere.
func (a *answers) write(call, key string) error {
	if a.loose {
		return nil
	}
	_, err := a.take(call, key)
	return err
}

func (a *answers) List(glob string) ([]string, error) {
	r, err := a.take(callList, traceKey(glob))
	if err != nil || len(r.Value) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(r.Value), "\x00"), "\x00"), nil
}

func (a *answers) Stat(path string) (st engine.Stat, err error) {
	r, err := a.take(callStat, traceKey(path))
	if err != nil {
		return st, err
	}
	return st, json.Unmarshal(r.Value, &st)
}

func (a *answers) ReadAt(path string, off int64, buf []byte) (int, error) {
	if a.loose {
		return a.readLoose(path, off, buf)
	}
	r, err := a.take(callRead, traceKey(path, off, len(buf)))
	return copy(buf, r.Value), err
}

// readLoose pieces a file together from all that was read of it, so that a hook with another buffer can be answered.
func (a *answers) readLoose(path string, off int64, buf []byte) (int, error) {
	for _, r := range a.list {
		var at int64
		var length int
		name, rest, _ := strings.Cut(r.Key, "\x00")
		if r.Call != callRead || name != path {
			continue
		}
		if _, err := fmt.Sscanf(strings.ReplaceAll(rest, "\x00", " "), "%d %d", &at, &length); err != nil {
			continue
		}
		if r.Errno != 0 {
			return 0, &recordedError{errno: abi.Errno(r.Errno), text: r.Error}
		}
		if off >= at && (off < at+int64(len(r.Value)) || len(r.Value) < length) {
			return copy(buf, r.Value[min(off-at, int64(len(r.Value))):]), nil
		}
	}
	a.unknown = true
	return 0, fmt.Errorf("%w: not recorded", abi.IO)
}

func (a *answers) Write(path string, mode int32, data []byte) error {
	return a.write(callWrite, traceKey(path, mode, data))
}

func (a *answers) Remove(path string) error { return a.write(callRemove, traceKey(path)) }

// recordedState answers for one scope.
type recordedState struct {
	a     *answers
	scope int32
}

func (s recordedState) Get(key string) ([]byte, int64, error) {
	r, err := s.a.take(callGet, traceKey(s.scope, key))
	return bytes.Clone(r.Value), r.N, err
}

func (s recordedState) Put(key string, value []byte, expected int64) (int64, error) {
	if s.a.loose {
		return max(expected, 0) + 1, nil
	}
	r, err := s.a.take(callPut, traceKey(s.scope, key, value, expected))
	return r.N, err
}

func (s recordedState) Append(key string, record []byte) (int64, error) {
	if s.a.loose {
		return 1, nil
	}
	r, err := s.a.take(callAppend, traceKey(s.scope, key, record))
	return r.N, err
}

// call is an engine call whose host is this recording.
func (a *answers) call(t *trace, log func(engine.LogRecord)) engine.Call {
	c := engine.Call{Event: t.Event, Document: t.Document, Log: log}
	copy(c.Seed[:], t.Seed)
	if t.Stage {
		c.Stage = a
	}
	c.State = func(scope int32) engine.State {
		none := slices.ContainsFunc(a.list, func(r answer) bool { return r.Call == callState && r.Key == traceKey(scope) })
		if !none {
			return recordedState{a, scope}
		}
		if !a.loose {
			_, _ = a.take(callState, traceKey(scope))
		}
		return nil
	}
	c.SetFlag = func(name string, value json.RawMessage) error {
		return a.write(callFlag, traceKey(name, []byte(value)))
	}
	c.SetAttr = func(name string, value json.RawMessage) error {
		return a.write(callAttr, traceKey(name, []byte(value)))
	}
	return c
}
