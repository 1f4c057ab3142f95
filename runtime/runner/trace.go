package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/internal/canon"
)

// Traces of a run, under .guild: all that an event was told, so that it can be executed again without the run's files, its
// project or its machine.
const (
	traceFile          = "hooks/trace.jsonl"
	traceAfterLockFile = "state/trace.jsonl"

	// maxTrace bounds the answers that are kept of one event, in bytes. A trace that is cut cannot be replayed.
	maxTrace = 4 << 20
)

// trace is one line of a run's traces: one invocation.
type trace struct {
	Seq      int             `json:"seq"`
	Hook     string          `json:"hook"`
	Digest   string          `json:"digest"` // of the module
	Event    abi.Event       `json:"event"`
	Time     int64           `json:"time"` // ns since 1970, the event's own
	Seed     []byte          `json:"seed"`
	Document json.RawMessage `json:"document"`
	Stage    bool            `json:"stage"` // the event had a staging area
	Answers  []answer        `json:"answers,omitempty"`
	Cut      bool            `json:"cut,omitempty"`
	Result   traceResult     `json:"result"`
}

// answer is what one call to the host gave, in the order of the calls. Only calls whose answer is not in the document are kept.
type answer struct {
	Call  string `json:"call"`
	Key   string `json:"key"` // the arguments; data by its digest
	Value []byte `json:"value,omitempty"`
	N     int64  `json:"n,omitempty"`
	None  bool   `json:"none,omitempty"` // there was nothing to ask, as a batch outside a batch
	Errno int32  `json:"errno,omitempty"`
	Error string `json:"error,omitempty"`
}

// traceResult is what the hook decided and asked for.
type traceResult struct {
	Verdict string           `json:"verdict"`
	Reason  string           `json:"reason,omitempty"`
	Kind    string           `json:"kind,omitempty"` // of a failure
	Fuel    uint64           `json:"fuel"`
	Flags   []traceSet       `json:"flags,omitempty"`
	Attrs   []traceSet       `json:"attrs,omitempty"`
	Env     []engine.EnvVar  `json:"env,omitempty"`
	Plan    json.RawMessage  `json:"plan,omitempty"`
	Answer  json.RawMessage  `json:"answer,omitempty"`
	Lock    bool             `json:"lock,omitempty"`
	Emitted []engine.Emitted `json:"emitted,omitempty"`
	Log     []logLine        `json:"log,omitempty"`
	Dropped int              `json:"log_dropped,omitempty"`
}

type traceSet struct {
	Name string          `json:"name"`
	JSON json.RawMessage `json:"value"`
}

// summarize makes the comparable form of what Call returned.
func summarize(result *engine.Result, err error) traceResult {
	t := traceResult{Verdict: verdictDone}
	if failure := (*engine.Failure)(nil); errors.As(err, &failure) {
		t.Verdict, t.Reason, t.Kind = verdictFailed, failure.Message, failure.Kind
		result = failure.Result
	}
	if result == nil {
		return t
	}
	switch {
	case t.Verdict == verdictFailed:
	case result.Denied:
		t.Verdict, t.Reason = verdictDenied, result.Reason
	case result.Stopped:
		t.Verdict, t.Reason = verdictStopped, result.Reason
	}
	t.Fuel, t.Dropped = result.Fuel, result.Dropped
	for _, l := range result.Logs {
		t.Log = append(t.Log, logLine{Level: l.Level, Message: l.Message})
	}
	if t.Verdict != verdictDone && t.Verdict != verdictStopped {
		return t
	}
	t.Env, t.Plan, t.Answer, t.Lock, t.Emitted = result.Env, result.Plan, result.Answer, result.LockRequested, result.Emitted
	for _, s := range result.Flags {
		t.Flags = append(t.Flags, traceSet(s))
	}
	for _, s := range result.Attrs {
		t.Attrs = append(t.Attrs, traceSet(s))
	}
	return t
}

// tracer keeps the answers of one event as they are given.
type tracer struct {
	answers []answer
	size    int
	cut     bool
}

func (t *tracer) add(a answer, err error) {
	if err != nil {
		errno := abi.IO
		errors.As(err, &errno)
		a.Errno, a.Error = int32(errno), err.Error()
	}
	if t.size += len(a.Key) + len(a.Value); t.size > maxTrace {
		t.cut = true
		return
	}
	t.answers = append(t.answers, a)
}

// Names of recorded calls.
const (
	callList   = "stage_list"
	callStat   = "stage_stat"
	callRead   = "stage_read"
	callWrite  = "stage_write"
	callRemove = "stage_remove"
	callGet    = "state_get"
	callPut    = "state_put"
	callAppend = "state_append"
	callState  = "state"
	callFlag   = "flag_set"
	callAttr   = "attr_set"
)

// traceKey joins arguments. NUL is in none of them but data, which goes by its digest.
func traceKey(args ...any) string {
	var b bytes.Buffer
	for i, arg := range args {
		if i > 0 {
			b.WriteByte(0)
		}
		if data, ok := arg.([]byte); ok {
			b.WriteString(canon.Bytes(data).Hex())
			continue
		}
		fmt.Fprint(&b, arg)
	}
	return b.String()
}

// tracedStage is a stage whose answers are kept.
type tracedStage struct {
	engine.Stage
	t *tracer
}

func (s tracedStage) List(glob string) ([]string, error) {
	paths, err := s.Stage.List(glob)
	var value []byte
	for _, p := range paths {
		value = append(append(value, p...), 0)
	}
	s.t.add(answer{Call: callList, Key: traceKey(glob), Value: value}, err)
	return paths, err
}

func (s tracedStage) Stat(path string) (engine.Stat, error) {
	st, err := s.Stage.Stat(path)
	value, _ := json.Marshal(st) // three numbers always marshal
	s.t.add(answer{Call: callStat, Key: traceKey(path), Value: value}, err)
	return st, err
}

func (s tracedStage) ReadAt(path string, off int64, buf []byte) (int, error) {
	n, err := s.Stage.ReadAt(path, off, buf)
	kept := err
	if errors.Is(err, io.EOF) {
		kept = nil // the end is no failure: less came than was asked for
	}
	s.t.add(answer{Call: callRead, Key: traceKey(path, off, len(buf)), Value: bytes.Clone(buf[:n]), N: int64(n)}, kept)
	return n, err
}

func (s tracedStage) Write(path string, mode int32, data []byte) error {
	err := s.Stage.Write(path, mode, data)
	s.t.add(answer{Call: callWrite, Key: traceKey(path, mode, data)}, err)
	return err
}

func (s tracedStage) Remove(path string) error {
	err := s.Stage.Remove(path)
	s.t.add(answer{Call: callRemove, Key: traceKey(path)}, err)
	return err
}

// tracedState is a state whose answers are kept.
type tracedState struct {
	engine.State
	scope int32
	t     *tracer
}

func (s tracedState) Get(key string) ([]byte, int64, error) {
	value, version, err := s.State.Get(key)
	s.t.add(answer{Call: callGet, Key: traceKey(s.scope, key), Value: bytes.Clone(value), N: version}, err)
	return value, version, err
}

func (s tracedState) Put(key string, value []byte, expected int64) (int64, error) {
	version, err := s.State.Put(key, value, expected)
	s.t.add(answer{Call: callPut, Key: traceKey(s.scope, key, value, expected), N: version}, err)
	return version, err
}

func (s tracedState) Append(key string, record []byte) (int64, error) {
	version, err := s.State.Append(key, record)
	s.t.add(answer{Call: callAppend, Key: traceKey(s.scope, key, record), N: version}, err)
	return version, err
}

// traced wraps the host side of a call so that its answers are kept.
func (t *tracer) traced(c engine.Call) engine.Call {
	if c.Stage != nil {
		c.Stage = tracedStage{c.Stage, t}
	}
	state, setFlag, setAttr := c.State, c.SetFlag, c.SetAttr
	c.State = func(scope int32) engine.State {
		st := state(scope)
		if st == nil {
			t.add(answer{Call: callState, Key: traceKey(scope), None: true}, nil)
			return nil
		}
		return tracedState{st, scope, t}
	}
	c.SetFlag = func(name string, value json.RawMessage) error {
		err := setFlag(name, value)
		t.add(answer{Call: callFlag, Key: traceKey(name, []byte(value))}, err)
		return err
	}
	c.SetAttr = func(name string, value json.RawMessage) error {
		err := setAttr(name, value)
		t.add(answer{Call: callAttr, Key: traceKey(name, []byte(value))}, err)
		return err
	}
	return c
}
