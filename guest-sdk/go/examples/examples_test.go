//go:build !wasip1

// Package examples_test runs the example hooks of both SDKs, built for real, on the real engine: one table for
// all of them, so that the SDKs cannot come to mean different things.
package examples_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// files is a stage in memory.
type files map[string]string

func (f files) List(string) ([]string, error) { return nil, abi.Unsupported }

func (f files) Stat(string) (engine.Stat, error) { return engine.Stat{}, abi.Unsupported }

func (f files) ReadAt(path string, off int64, buf []byte) (int, error) {
	data, ok := f[path]
	if !ok {
		return 0, fmt.Errorf("%s: no such file: %w", path, abi.NotFound)
	}
	return copy(buf, data[min(off, int64(len(data))):]), nil
}

func (f files) Write(path string, mode int32, data []byte) error {
	if mode == abi.WriteAppend {
		f[path] += string(data)
	} else {
		f[path] = string(data)
	}
	return nil
}

func (f files) Remove(string) error { return abi.Unsupported }

// cases say for each example what it does in an event.
var cases = map[string][]struct {
	name    string
	event   abi.Event
	run     string // JSON of the event's run
	params  map[string]any
	files   files
	reason  string // of a denial
	failure string // end of the failure's message
	label   string // NAME=JSON of attributes set
	want    files
	logs    string
}{
	"lr-guard": {
		{name: "over", event: abi.OnFlagsComposed, run: `{"flags":{"lr":2.0}}`, reason: "lr=2.0 is over the limit of 1.0"},
		{name: "over, integer", event: abi.OnFlagsComposed, run: `{"flags":{"lr":2}}`, params: map[string]any{"max": 1.5}, reason: "lr=2 is over the limit of 1.5"},
		{name: "at the limit", event: abi.OnFlagsComposed, run: `{"flags":{"lr":1.0}}`},
		{name: "null", event: abi.OnFlagsComposed, run: `{"flags":{"lr":null}}`},
		{name: "absent", event: abi.OnFlagsComposed, run: `{"flags":{}}`},
		{name: "text", event: abi.OnFlagsComposed, run: `{"flags":{"lr":"x"}}`, failure: `flag lr is "x", not a number`},
		{name: "name with a dot", event: abi.OnFlagsComposed, run: `{"flags":{"a.b":4.5,"lr":0}}`, params: map[string]any{"flag": "a.b"}, reason: "a.b=4.5 is over the limit of 1.0"},
	},
	"stamp": {
		{
			name: "python", event: abi.OnRunStaged, run: `{"id":"aaa","op":"train","main":"train.py","flags":{"lr":0.1,"name":"a\nb"}}`,
			files: files{"train.py": "#!/usr/bin/python\nx = 1\n"},
			want:  files{"train.py": "#!/usr/bin/python\n# guild: run aaa of train\n# guild: flag lr = 0.1\n# guild: flag name = \"a\\nb\"\nx = 1\n"},
		},
		{name: "unknown", event: abi.OnRunStaged, run: `{"main":"Makefile","flags":{}}`, files: files{"Makefile": "all:\n"}, want: files{"Makefile": "all:\n"}, logs: "no comment syntax known for Makefile"},
		{name: "gone", event: abi.OnRunStaged, run: `{"main":"x.py","flags":{}}`, files: files{}, want: files{}, failure: "stage_read: x.py: no such file: NOT_FOUND"},
		{name: "none", event: abi.OnRunStaged, run: `{"flags":{}}`},
	},
	"summary": {
		{
			name: "completed", event: abi.OnRunEnd, files: files{}, label: `label="lr=0.1 (completed)"`,
			run:  `{"op":"train","status":"completed","exit_status":0,"flags":{"lr":0.1},"label":"lr=0.1","duration":1.5,"scalars":{"loss":{"count":2,"last":0.25,"max":1.0,"min":0.25,"step":7}}}`,
			want: files{"summary.json": `{"op":"train","status":"completed","exit_status":0,"flags":{"lr":0.1},"scalars":{"loss":{"count":2,"last":0.25,"max":1.0,"min":0.25,"step":7}},"duration":1.5}` + "\n"},
		},
		{
			name: "template", event: abi.OnRunEnd, files: files{}, run: `{"op":"train","status":"error","flags":{}}`, label: `label="train: error"`,
			params: map[string]any{"label": "${op}: ${status}", "file": "out/s.json"}, want: files{"out/s.json": `{"op":"train","status":"error","flags":{}}` + "\n"},
		},
		{
			name: "bad template", event: abi.OnRunEnd, files: files{}, run: `{"flags":{}}`, params: map[string]any{"label": "${x}"}, failure: "parameter label: no such name: x",
			want: files{"summary.json": `{"flags":{}}` + "\n"}, // which the engine's caller throws away
		},
	},
}

func TestExamples(t *testing.T) {
	cache := t.TempDir()
	for name := range cases {
		t.Run("rust/"+name, func(t *testing.T) {
			run(t, name, filepath.Join("..", "..", "rust", "examples", name+".wasm"), cache)
		})
		t.Run("go/"+name, func(t *testing.T) {
			if testing.Short() {
				t.Skip("builds a module with Go")
			}
			module := filepath.Join(t.TempDir(), name+".wasm")
			build(t, exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", module, "./"+name))
			run(t, name, module, cache)
		})
		t.Run("tinygo/"+name, func(t *testing.T) {
			if _, err := exec.LookPath("tinygo"); err != nil {
				t.Skip("tinygo is not on PATH")
			}
			module := filepath.Join(t.TempDir(), name+".wasm")
			build(t, exec.Command("tinygo", "build", "-target=wasip1", "-buildmode=c-shared", "-o", module, "./"+name))
			run(t, name, module, cache)
		})
	}
}

func build(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func run(t *testing.T, name, path, cache string) {
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Config{CacheDir: cache})
	defer e.Close(context.WithoutCancel(t.Context()))
	load := func(params map[string]any) *engine.Hook {
		h, err := e.Load(t.Context(), engine.Spec{Name: name, Module: module, Params: params, Grants: []abi.Grant{"stage.write:**", abi.GrantAttrsSet}})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	plain := load(nil)
	for _, c := range cases[name] {
		h := plain
		if c.params != nil {
			h = load(c.params)
		}
		document := fmt.Sprintf(`{"event":{"name":%q},"run":%s}`, c.event, c.run)
		stage := maps.Clone(c.files)
		res, err := h.Call(t.Context(), engine.Call{Event: c.event, Document: []byte(document), Time: time.Unix(0, 0), Stage: stage})
		var failure *engine.Failure
		if errors.As(err, &failure) {
			res = failure.Result
		} else if err != nil {
			t.Fatal(err)
		}
		if c.failure == "" && failure != nil || c.failure != "" && (failure == nil || !strings.HasSuffix(failure.Message, c.failure)) {
			t.Errorf("%s: got %v, want failure %q", c.name, err, c.failure)
			continue
		}
		if res.Reason != c.reason || res.Denied != (c.reason != "") {
			t.Errorf("%s: denied %v, %q, want %q", c.name, res.Denied, res.Reason, c.reason)
		}
		label := ""
		for _, attr := range res.Attrs {
			label += attr.Name + "=" + string(attr.JSON)
		}
		if label != c.label {
			t.Errorf("%s: attributes %s, want %s", c.name, label, c.label)
		}
		if !maps.Equal(stage, c.want) {
			t.Errorf("%s: stage %q, want %q", c.name, stage, c.want)
		}
		logs := ""
		for _, record := range res.Logs {
			logs += record.Message
		}
		if logs != c.logs {
			t.Errorf("%s: logs %q, want %q", c.name, logs, c.logs)
		}
		t.Logf("%s: %d units of fuel, %v", c.name, res.Fuel, res.Duration)
	}
}
