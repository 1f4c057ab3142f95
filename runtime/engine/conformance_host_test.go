package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// kit is host.json: what the guests run against, and what is delivered to them.
type kit struct {
	Hook     string
	Memory   uint64
	Fuel     uint64
	Time     time.Time
	Grants   []abi.Grant
	Params   map[string]any
	Document map[string]any
	Flags    struct {
		Declared map[string]struct {
			Type string
			Max  *float64
		}
		Typed []string
		More  struct {
			Prefix string
			Count  int
		}
	}
	ReservedAttrs []string `json:"reserved_attrs"`
	Stage         struct {
		Files, Links, Own map[string]string
		IOErrors          []string `json:"io_errors"`
	}
	State struct {
		Scopes   []int32
		Puts     [][3]any
		IOErrors []string `json:"io_errors"`
	}
	Deliveries []delivery

	declared []project.Flag
}

// delivery is one event, or each with "*", with one part of the cases, or several events with one each.
type delivery struct {
	Event           abi.Event
	Part            string
	Parts           []string
	Bare, Continues bool
}

func readKit(t *testing.T) *kit {
	k := &kit{}
	if err := json.Unmarshal(kitFile(t, "host.json"), k); err != nil {
		t.Fatal(err)
	}
	// The parameters are as the guest is to see them: 1.0 is not 1.
	var numbers struct{ Params, Document map[string]json.RawMessage }
	if err := json.Unmarshal(kitFile(t, "host.json"), &numbers); err != nil {
		t.Fatal(err)
	}
	for name, text := range numbers.Params {
		k.Params[name] = text
	}
	for name, text := range numbers.Document {
		k.Document[name] = text
	}
	k.Params["cases"] = readCases(t)
	for name, f := range k.Flags.Declared {
		k.declared = append(k.declared, project.Flag{Name: name, Type: f.Type, Max: f.Max, Declared: true})
	}
	for i := range k.Flags.More.Count {
		k.declared = append(k.declared, project.Flag{Name: fmt.Sprint(k.Flags.More.Prefix, i), Declared: true})
	}
	return k
}

// setFlag judges a flag as `guild run` does.
func (k *kit) setFlag(name string, value json.RawMessage) error {
	if !slices.ContainsFunc(k.declared, func(f project.Flag) bool { return f.Name == name }) {
		return abi.NotFound
	}
	if slices.Contains(k.Flags.Typed, name) {
		return abi.Exists
	}
	v, err := run.FromJSON(value)
	if err == nil {
		_, err = project.CheckFlag(k.declared, name, v)
	}
	if err != nil {
		return fmt.Errorf("%w: %v", abi.Invalid, err)
	}
	return nil
}

func (k *kit) setAttr(name string, _ json.RawMessage) error {
	if slices.Contains(k.ReservedAttrs, name) {
		return abi.Denied
	}
	return nil
}

// trace delivers everything to a guest and returns the trace.
func (k *kit) trace(t *testing.T, module []byte, cfg engine.Config) string {
	h, err := newEngine(t, cfg).Load(t.Context(), engine.Spec{
		Name: k.Hook, Module: module, Params: k.Params, Grants: k.Grants, Fuel: k.Fuel, Memory: k.Memory, Timeout: 5 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var at *place
	seq := 0
	for _, d := range k.Deliveries {
		events := []abi.Event{d.Event}
		if d.Event == "*" {
			events = nil
			for _, info := range abi.Events {
				events = append(events, info.Event)
			}
		}
		if d.Parts == nil {
			d.Parts = []string{d.Part}
		}
		for _, event := range events {
			for _, part := range d.Parts {
				if !d.Continues {
					at = k.place(t)
				}
				seq++
				fmt.Fprintf(&out, "[%s %s]\n", event, part)
				k.deliver(t, h, event, part, seq, d.Bare, at, &out)
			}
		}
	}
	return out.String()
}

// place is where a hook finds its stage and its state.
type place struct {
	stage *stage.Stage
	run   *store.Run
	store *store.Store
}

// place makes one as host.json describes it.
func (k *kit) place(t *testing.T) *place {
	dir := t.TempDir()
	write := func(files map[string]string) {
		for path, text := range files {
			path = filepath.Join(dir, path)
			check(t, os.MkdirAll(filepath.Dir(path), 0o755))
			check(t, os.WriteFile(path, []byte(text), 0o644))
			check(t, os.Chmod(path, 0o644)) // whatever the umask
		}
	}
	write(k.Stage.Files)
	write(k.Stage.Own)
	for path, target := range k.Stage.Links {
		check(t, os.Symlink(target, filepath.Join(dir, path)))
	}
	s, err := stage.Open(dir)
	check(t, err)
	t.Cleanup(func() { s.Close() })
	p := &place{stage: s, run: &store.Run{Dir: dir}, store: store.Open(t.TempDir())}
	for _, put := range k.State.Puts {
		st := p.state(int32(put[0].(float64)), k.Hook)
		_, err := st.Put(put[1].(string), []byte(put[2].(string)), abi.VersionAny)
		check(t, err)
		check(t, st.Commit())
	}
	return p
}

func (p *place) state(scope int32, hook string) *store.State {
	if scope == abi.ScopeProject {
		return p.store.ProjectState(p.run.Dir, hook)
	}
	return p.run.State(scope, hook)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// deliver calls the guest once, applies what it did as `guild run` would, and writes the trace of it.
func (k *kit) deliver(t *testing.T, h *engine.Hook, event abi.Event, part string, seq int, bare bool, at *place, out *strings.Builder) {
	info, _ := abi.Lookup(event)
	values := with(k.Document, "event", map[string]any{"name": event, "seq": seq, "time": k.Time})
	document, err := json.Marshal(with(values, "kit", map[string]any{"part": part}))
	check(t, err)
	c := engine.Call{Event: event, Document: document, Time: k.Time, Seed: [32]byte{byte(seq)}, SetFlag: k.setFlag, SetAttr: k.setAttr}
	var tx *stage.Tx
	states := map[int32]*keptState{}
	if !bare {
		if info.May&abi.MayReadStage != 0 {
			writes := slices.DeleteFunc(slices.Clone(k.Grants), func(g abi.Grant) bool { return !strings.HasPrefix(string(g), "stage.write:") })
			options := stage.TxOptions{ReadOnly: !info.Has(abi.MayWriteStage), Remove: info.Has(abi.MayRemoveStage)}
			for _, g := range writes {
				options.Write = append(options.Write, strings.TrimPrefix(string(g), "stage.write:"))
			}
			tx = at.stage.Begin(options)
			c.Stage = brokenStage{tx, k.Stage.IOErrors}
		}
		c.State = func(scope int32) engine.State {
			if !slices.Contains(k.State.Scopes, scope) {
				return nil
			}
			if states[scope] == nil {
				states[scope] = &keptState{State: at.state(scope, k.Hook), broken: k.State.IOErrors, versions: map[string]int64{}}
			}
			return states[scope]
		}
	}
	res, err := h.Call(t.Context(), c)
	var failure *engine.Failure
	if errors.As(err, &failure) {
		res = failure.Result
	}
	writeRecords(out, res.Logs)
	e := &effects{out: out}
	if res.Dropped > 0 {
		e.one("log", fmt.Sprintf("%d records dropped", res.Dropped))
	}
	switch {
	case err != nil:
		e.one("failed", "")
	case res.Denied:
		e.one("denied", abbreviated(res.Reason))
	default:
		e.result(res)
		e.place(t, tx, states)
	}
	if tx != nil {
		tx.Discard()
	}
	for _, st := range states {
		st.Discard()
	}
}

func with(m map[string]any, name string, v any) map[string]any {
	out := map[string]any{name: v}
	for other, v := range m {
		if other != name {
			out[other] = v
		}
	}
	return out
}

// writeRecords writes log records: one line each, and one for several that are the same.
func writeRecords(out *strings.Builder, records []engine.LogRecord) {
	levels := map[int32]string{abi.LevelDebug: "debug: ", abi.LevelWarn: "warning: ", abi.LevelError: "error: "}
	for i := 0; i < len(records); {
		n := 1
		for i+n < len(records) && records[i+n] == records[i] {
			n++
		}
		// When a host initialises is its own affair, so what is logged then is in no trace.
		if !strings.HasPrefix(records[i].Message, "init: ") {
			fmt.Fprintf(out, "%s%s", levels[records[i].Level], abbreviated(records[i].Message))
			if n > 1 {
				fmt.Fprintf(out, " (%d times)", n)
			}
			out.WriteByte('\n')
		}
		i += n
	}
}

// effects writes what became of an event.
type effects struct{ out *strings.Builder }

func (e *effects) one(kind, text string) {
	fmt.Fprintln(e.out, strings.TrimSpace("= "+kind+" "+text))
}

// all writes what there is of one kind, or how much if it is much.
func (e *effects) all(kind string, lines []string) {
	if len(lines) > 16 {
		lines = []string{fmt.Sprintf("(%d)", len(lines))}
	}
	for _, line := range lines {
		e.one(kind, line)
	}
}

func (e *effects) result(res *engine.Result) {
	if res.Stopped {
		e.one("stopped", abbreviated(res.Reason))
	}
	sets := func(kind string, list []engine.Set) {
		var lines []string
		for _, s := range list {
			lines = append(lines, fmt.Sprintf("%s %s", s.Name, s.JSON))
		}
		e.all(kind, lines)
	}
	sets("flag", res.Flags)
	var lines []string
	for _, v := range res.Env {
		lines = append(lines, v.Name+" "+v.Value)
	}
	e.all("env", lines)
	sets("attr", res.Attrs)
	for kind, text := range map[string]json.RawMessage{"plan": res.Plan, "answer": res.Answer} { // no event permits both
		if text != nil {
			e.one(kind, string(text))
		}
	}
	if res.LockRequested {
		e.one("lock", "")
	}
	lines = nil
	for _, r := range res.Emitted {
		lines = append(lines, fmt.Sprintf("%s %s", r.Topic, r.Data))
	}
	e.all("emit", lines)
}

// place commits stage and state.
func (e *effects) place(t *testing.T, tx *stage.Tx, states map[int32]*keptState) {
	if tx != nil {
		changes, err := tx.Commit()
		check(t, err)
		var lines []string
		for _, c := range changes {
			what := "changed"
			if c.Before == nil {
				what = "new"
			} else if c.After == nil {
				what = "removed"
			}
			lines = append(lines, c.Path+" "+what)
		}
		e.all("stage", lines)
	}
	for _, scope := range []int32{abi.ScopeRun, abi.ScopeBatch, abi.ScopeProject} {
		st := states[scope]
		if st == nil {
			continue
		}
		var lines []string
		for _, key := range st.keys {
			lines = append(lines, fmt.Sprintf("%d %s v%d", scope, key, st.versions[key]))
		}
		e.all("state", lines)
		check(t, st.Commit())
	}
}

var errBroken = errors.New("made to fail")

// brokenStage is a stage in which some files cannot be read, written, removed or listed by name.
type brokenStage struct {
	*stage.Tx
	broken []string
}

func (s brokenStage) List(glob string) ([]string, error) {
	if slices.Contains(s.broken, glob) {
		return nil, errBroken
	}
	return s.Tx.List(glob)
}

func (s brokenStage) Stat(path string) (engine.Stat, error) {
	if slices.Contains(s.broken, path) {
		return engine.Stat{}, errBroken
	}
	st, err := s.Tx.Stat(path)
	return engine.Stat(st), err
}

func (s brokenStage) ReadAt(path string, off int64, buf []byte) (int, error) {
	if slices.Contains(s.broken, path) {
		return 0, errBroken
	}
	return s.Tx.ReadAt(path, off, buf)
}

func (s brokenStage) Write(path string, mode int32, data []byte) error {
	if slices.Contains(s.broken, path) {
		return errBroken
	}
	return s.Tx.Write(path, mode, data)
}

func (s brokenStage) Remove(path string) error {
	if slices.Contains(s.broken, path) {
		return errBroken
	}
	return s.Tx.Remove(path)
}

// keptState is a state that remembers which values were set, and in which some cannot be.
type keptState struct {
	*store.State
	broken   []string
	keys     []string
	versions map[string]int64
}

func (s *keptState) Get(key string) ([]byte, int64, error) {
	if slices.Contains(s.broken, key) {
		return nil, 0, errBroken
	}
	return s.State.Get(key)
}

func (s *keptState) Put(key string, value []byte, expected int64) (int64, error) {
	return s.keep(key, func() (int64, error) { return s.State.Put(key, value, expected) })
}

func (s *keptState) Append(key string, record []byte) (int64, error) {
	return s.keep(key, func() (int64, error) { return s.State.Append(key, record) })
}

func (s *keptState) keep(key string, set func() (int64, error)) (int64, error) {
	if slices.Contains(s.broken, key) {
		return 0, errBroken
	}
	version, err := set()
	if err != nil {
		return 0, err
	}
	if _, known := s.versions[key]; !known {
		s.keys = append(s.keys, key)
	}
	s.versions[key] = version
	return version, nil
}
