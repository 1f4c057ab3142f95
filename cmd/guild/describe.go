package main

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// summary is what lists show of a run. A run whose files cannot be read is shown with what can.
type summary struct {
	id      run.ID
	dir     string
	ref     run.OpRef
	started time.Time // zero: not known
	status  run.Status
	host    string // of a run that runs elsewhere
	label   string
	tags    []string
	marked  bool
}

func describe(r *store.Run) summary {
	s := summary{id: r.ID, dir: r.Dir, status: r.Status()}
	s.ref = operationOf(r)
	s.started = attrTime(r, runner.AttrStarted)
	if s.started.IsZero() {
		s.started = attrTime(r, runner.AttrInitialized)
	}
	s.label = attrText(r, runner.AttrLabel)
	s.tags = attrList(r, runner.AttrTags)
	s.marked = isMarked(r)
	if s.status == run.Running {
		_, _, s.host = r.LockPID()
	}
	return s
}

// operationOf is the operation of a run; of a batch, that of its trials with a "+".
func operationOf(r *store.Run) run.OpRef {
	ref, _ := r.OpRef()
	if !ref.IsBatch() {
		return ref
	}
	if of, err := runner.ProtoRef(r); err == nil {
		of.Op += ref.Op
		return of
	}
	return ref
}

// operation is the name, with the project's directory when the user is elsewhere.
func (s summary) operation(cwd string) string {
	name := ui.SafeLine(s.ref.Name())
	if name == "" {
		name = "?"
	}
	if s.marked {
		name += " [marked]"
	}
	dir := s.ref.Package
	if s.ref.Type == run.TypeGuildfile {
		dir = filepath.Dir(dir)
	}
	if dir != "" && dir != cwd && !strings.HasPrefix(cwd, dir+string(filepath.Separator)) {
		name += " (" + ui.SafeLine(shortDir(dir)) + ")"
	}
	return name
}

// shortDir shortens a long path to its end.
func shortDir(dir string) string {
	const most = 40
	if len(dir) <= most {
		return dir
	}
	parts := strings.Split(dir, string(filepath.Separator))
	short := parts[len(parts)-1]
	for i := len(parts) - 2; i > 0 && len(short)+len(parts[i]) < most; i-- {
		short = parts[i] + string(filepath.Separator) + short
	}
	return "…" + string(filepath.Separator) + short
}

func (s summary) startedText() string {
	if s.started.IsZero() {
		return ""
	}
	return s.started.Local().Format(time.DateTime)
}

func (s summary) statusText() string {
	if s.host != "" {
		return string(s.status) + " (" + ui.SafeLine(s.host) + ")"
	}
	return string(s.status)
}

func attrTime(r *store.Run, name string) time.Time {
	v, _, _ := r.Attr(name)
	if micros, ok := v.(int64); ok {
		return time.UnixMicro(micros)
	}
	return time.Time{}
}

func attrText(r *store.Run, name string) string {
	v, ok, _ := r.Attr(name)
	if s, isText := v.(string); isText {
		return ui.SafeLine(s)
	}
	if !ok || v == nil {
		return ""
	}
	return ui.SafeLine(run.FormatValue(v))
}

func attrList(r *store.Run, name string) []string {
	v, _, _ := r.Attr(name)
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, ui.SafeLine(s))
		}
	}
	return out
}
