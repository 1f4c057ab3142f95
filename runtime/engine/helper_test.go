package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// eventTime is the time of all events of the tests.
var eventTime = time.Date(2026, 11, 21, 10, 0, 0, 123456000, time.UTC)

var allGrants = []abi.Grant{"stage.write:**", abi.GrantFlagsSet, abi.GrantEnvSet, abi.GrantAttrsSet, abi.GrantPlanSet, abi.GrantLock, abi.GrantEmit}

// guest reads a module of testdata: "guests/noop", "evil/loop".
func guest(t testing.TB, name string) []byte {
	t.Helper()
	module, err := os.ReadFile(filepath.Join("..", "..", "testdata", name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// newEngine returns an engine that ends with the test.
func newEngine(t testing.TB, cfg engine.Config) *engine.Engine {
	t.Helper()
	e := engine.New(cfg)
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// load loads a guest with all grants, named after its file.
func load(t testing.TB, name string, change ...func(*engine.Spec)) *engine.Hook {
	t.Helper()
	return loadIn(t, newEngine(t, engine.Config{}), name, change...)
}

func loadIn(t testing.TB, e *engine.Engine, name string, change ...func(*engine.Spec)) *engine.Hook {
	t.Helper()
	s := engine.Spec{Name: filepath.Base(name), Module: guest(t, name), Grants: allGrants}
	for _, f := range change {
		f(&s)
	}
	h, err := e.Load(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func call(ev abi.Event) engine.Call {
	return engine.Call{Event: ev, Time: eventTime, Seed: [32]byte{1}}
}

// succeed calls an event that must not fail.
func succeed(t testing.TB, h *engine.Hook, c engine.Call) *engine.Result {
	t.Helper()
	res, err := h.Call(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// fails calls an event that must fail, and compares kind and whole message.
func fails(t testing.TB, h *engine.Hook, c engine.Call, kind, message string) *engine.Failure {
	t.Helper()
	res, err := h.Call(t.Context(), c)
	var f *engine.Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %+v, %v, want a failure", res, err)
	}
	if f.Kind != kind || f.Error() != message {
		t.Fatalf("got  %s: %s\nwant %s: %s\n%s", f.Kind, f.Error(), kind, message, f.Detail)
	}
	if f.Result == nil || res != nil {
		t.Fatalf("got results %v and %v", f.Result, res)
	}
	return f
}

func logged(res *engine.Result) string {
	var lines []string
	for _, r := range res.Logs {
		lines = append(lines, r.Message)
	}
	return strings.Join(lines, "\n")
}

// memState is hook state in memory.
type memState struct {
	values   map[string][]byte
	versions map[string]int64
}

func newState() *memState {
	return &memState{values: map[string][]byte{}, versions: map[string]int64{}}
}

func (s *memState) Get(key string) ([]byte, int64, error) {
	v, ok := s.values[key]
	if !ok {
		return nil, 0, abi.NotFound
	}
	return v, s.versions[key], nil
}

func (s *memState) Put(key string, value []byte, expected int64) (int64, error) {
	if expected != abi.VersionAny && expected != s.versions[key] {
		return 0, abi.Conflict
	}
	s.values[key] = value
	s.versions[key]++
	return s.versions[key], nil
}

func (s *memState) Append(key string, record []byte) (int64, error) {
	s.values[key] = append(append(s.values[key], record...), '\n')
	s.versions[key]++
	return s.versions[key], nil
}

// raw is JSON text.
type raw = json.RawMessage
