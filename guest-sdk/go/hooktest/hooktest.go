//go:build !wasip1 && !tinygo.wasm

// Package hooktest calls handlers without a module: on a host that knows what it was told, and remembers what the
// handler did.
//
//	h := hooktest.New()
//	h.Flag("lr", 2.0)
//	h.Call(check)
//	if h.Reason != "lr=2.0 is over the limit of 1.0" { ... }
//
// It does not judge: grants, limits and what each event permits are the real host's business.
package hooktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	guild "github.com/guild-run/guild/guest-sdk/go"
	"github.com/guild-run/guild/guest-sdk/go/internal/sys"
)

// Host is the host. Its exported fields are what the handler did in the last call, but for Files, which last.
type Host struct {
	// Files are the staged files.
	Files map[string]string
	// Touched are the files that were written or removed, in order.
	Touched []string
	// Failure is why the handler failed, or "".
	Failure         string
	Denied, Stopped bool
	Reason          string // of the first denial or stop
	Logs            []string
	Flags, Env      map[string]string // flags as JSON
	Attrs           map[string]string // JSON
	Plan, Answer    string            // JSON
	LockRequested   bool
	Emitted         []string // TOPIC JSON

	document, params map[string]any
	state            map[string]entry
	time             int64
	lastError        string
}

type entry struct {
	value   []byte
	version int64
}

// New returns a host that knows nothing.
func New() *Host {
	return &Host{Files: map[string]string{}, document: map[string]any{}, params: map[string]any{}, state: map[string]entry{}}
}

// Flag sets a flag of the run.
func (h *Host) Flag(name string, value any) {
	set(h.document, []string{"run", "flags", name}, value)
}

// Run sets a field of the run.
func (h *Host) Run(field string, value any) { set(h.document, []string{"run", field}, value) }

// Set sets a value of the event document.
func (h *Host) Set(path string, value any) { set(h.document, strings.Split(path, "."), value) }

// Param sets a parameter of the hook.
func (h *Host) Param(path string, value any) { set(h.params, strings.Split(path, "."), value) }

// Time sets the event's time, in nanoseconds since 1970.
func (h *Host) Time(ns int64) { h.time = ns }

// Call calls a handler as an event would. State and files last from call to call.
func (h *Host) Call(handler func() error) {
	*h = Host{
		Files: h.Files, document: h.document, params: h.params, state: h.state, time: h.time,
		Flags: map[string]string{}, Env: map[string]string{}, Attrs: map[string]string{},
	}
	sys.Current = host{h}
	defer func() { sys.Current = nil }()
	guild.Handle(handler)
}

func set(m map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		next, ok := m[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[name] = next
		}
		m = next
	}
	m[path[len(path)-1]] = value
}

// get returns the value at a path as guild gives it: compact JSON, floats with their point.
func get(v any, path string) (string, bool) {
	for path != "" {
		var name string
		if rest, ok := strings.CutPrefix(path, `"`); ok {
			name, path, _ = strings.Cut(rest, `"`)
			path = strings.TrimPrefix(path, ".")
		} else {
			name, path, _ = strings.Cut(path, ".")
		}
		switch m := v.(type) {
		case map[string]any:
			next, ok := m[name]
			if !ok {
				return "", false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(m) {
				return "", false
			}
			v = m[i]
		default:
			return "", false
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(floats(v)); err != nil {
		panic(fmt.Sprintf("hooktest: %s: %v", path, err))
	}
	return strings.TrimSuffix(b.String(), "\n"), true
}

func floats(v any) any {
	switch v := v.(type) {
	case float64:
		text, err := guild.Encode(v)
		if err != nil {
			panic("hooktest: " + err.Error())
		}
		return json.Number(text)
	case map[string]any:
		out := map[string]any{}
		for name, e := range v {
			out[name] = floats(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = floats(e)
		}
		return out
	}
	return v
}
