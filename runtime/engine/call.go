package engine

import (
	"encoding/json"
	"time"

	"github.com/guild-run/guild/abi"
)

// Call is one event as it is delivered to one hook.
type Call struct {
	Event abi.Event
	// Document is the event document (SPEC.md section 8) as JSON; nil is an empty one.
	Document []byte
	// Time is what the guest's clocks show for the whole event.
	Time time.Time
	// Seed determines all that the guest's random numbers are.
	Seed [32]byte
	// Stage gives access to staged files; nil makes the stage functions UNSUPPORTED.
	Stage Stage
	// State returns the hook's state of a scope (abi.ScopeRun and so on), or nil where there is none: UNSUPPORTED.
	State func(scope int32) State
	// SetFlag and SetAttr judge one value; an error that wraps an abi.Errno gives the guest that errno. nil accepts all.
	SetFlag func(name string, value json.RawMessage) error
	SetAttr func(name string, value json.RawMessage) error
	// Log, if set, receives each record as it is made; they are in Result.Logs as well.
	Log func(LogRecord)
}

// Result is what one event led to. After a denial only the verdict, the logs and the costs are set.
type Result struct {
	Denied  bool
	Stopped bool
	// Reason is the first reason given with deny or stop: escaped, at most abi.MaxReason bytes.
	Reason        string
	Flags         []Set
	Attrs         []Set
	Env           []EnvVar
	Plan          json.RawMessage
	Answer        json.RawMessage
	LockRequested bool
	Emitted       []Emitted
	Logs          []LogRecord
	// Dropped counts the log records over the event's quota.
	Dropped int
	// Fuel is what the event used up, in units.
	Fuel     uint64
	Duration time.Duration
}

// Set is a flag or an attribute that the hook set: compact JSON. A name occurs once, with its last value.
type Set struct {
	Name string
	JSON json.RawMessage
}

// EnvVar is an environment variable that the hook set.
type EnvVar struct{ Name, Value string }

// Emitted is one record for the run's event stream.
type Emitted struct {
	Topic string
	Data  json.RawMessage
}

// LogRecord is one call of the guest's log function, or one line it wrote to its standard output or error.
type LogRecord struct {
	// Level is one of abi.LevelDebug to abi.LevelError.
	Level int32
	// Message is valid UTF-8 without control characters but line feeds and tabs, at most abi.MaxLogRecord bytes.
	Message string
}

// Stat describes one staged file. Links are not followed.
type Stat struct {
	Size int64
	Kind uint32 // one of abi.KindFile and so on
	Mode uint32 // permission bits
}

// Stage is the access to staged files within one event. Paths and globs are checked against SPEC.md section 2
// before they get here. Errors wrap an abi.Errno; others count as IO.
type Stage interface {
	// List returns the regular files that match, in byte order.
	List(glob string) ([]string, error)
	Stat(path string) (Stat, error)
	// ReadAt reads up to len(buf) bytes; 0, with or without io.EOF, is the end.
	ReadAt(path string, off int64, buf []byte) (int, error)
	// Write replaces or appends (abi.WriteReplace, abi.WriteAppend); data is the callee's to keep.
	Write(path string, mode int32, data []byte) error
	Remove(path string) error
}

// State is a hook's own values in one scope within one event. Values passed in are the callee's to keep.
type State interface {
	Get(key string) (value []byte, version int64, err error)
	Put(key string, value []byte, expected int64) (version int64, err error)
	Append(key string, record []byte) (version int64, err error)
}
