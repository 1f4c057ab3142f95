package runner

import (
	"encoding/json"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/run"
)

// Files of a run that hooks leave, under .guild.
const (
	recordsFile = "hooks/records.jsonl"
	eventsFile  = "events.jsonl"
	// afterLockFile takes the records of on_lock_end: the lock covers the others.
	afterLockFile = "state/records.jsonl"
)

// Verdicts of a record.
const (
	verdictDone    = "done"
	verdictDenied  = "denied"
	verdictFailed  = "failed"
	verdictStopped = "stopped"
)

// record is one line of the run's hook records: one invocation.
type record struct {
	Seq      int               `json:"seq"`
	Time     string            `json:"time"`
	Hook     string            `json:"hook"`
	Digest   string            `json:"digest"`
	Event    abi.Event         `json:"event"`
	Verdict  string            `json:"verdict"`
	Reason   string            `json:"reason,omitempty"`
	Detail   string            `json:"detail,omitempty"` // of a failure: last words and stack trace
	Duration float64           `json:"duration"`         // s
	Fuel     uint64            `json:"fuel"`
	Files    []fileChange      `json:"files,omitempty"`
	Flags    map[string]any    `json:"flags,omitempty"`
	Env      map[string]string `json:"env,omitempty"`
	Attrs    map[string]any    `json:"attrs,omitempty"`
	Log      []logLine         `json:"log,omitempty"`
	Dropped  int               `json:"log_dropped,omitempty"`
}

type fileChange struct {
	Path   string      `json:"path"`
	Before *run.Digest `json:"before,omitempty"`
	After  *run.Digest `json:"after,omitempty"`
}

type logLine struct {
	Level   int32  `json:"level"`
	Message string `json:"message"`
}

func (rec *record) fill(result *engine.Result) {
	if result == nil {
		return
	}
	rec.Duration = result.Duration.Round(time.Microsecond).Seconds()
	rec.Fuel = result.Fuel
	rec.Dropped = result.Dropped
	for _, l := range result.Logs {
		rec.Log = append(rec.Log, logLine{Level: l.Level, Message: l.Message})
	}
}

// record keeps a record with the run, or until there is one. A record that cannot be written is a warning: it must not
// change what becomes of the run.
func (s *session) record(rec record) {
	if s.run == nil || s.hold {
		s.pending = append(s.pending, rec)
		return
	}
	file := recordsFile
	if s.locked {
		file = afterLockFile
	}
	line, err := json.Marshal(rec)
	if err == nil {
		err = s.run.AppendOnly(file, line)
	}
	if err != nil {
		s.Report.Warn("hook record not written: " + err.Error())
	}
}

// flushRecords writes what was recorded before the run existed.
func (s *session) flushRecords() {
	pending, traces := s.pending, s.traces
	s.pending, s.traces = nil, nil
	for _, rec := range pending {
		s.record(rec)
	}
	for _, t := range traces {
		s.keepTrace(t)
	}
}
