package project_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
)

// write makes a project directory with the file.
func write(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, project.FileName), text)
	return dir
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, text string) *project.Project {
	t.Helper()
	p, err := project.Load(write(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fullText(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func number(f float64) *float64 { return &f }

func TestLoad(t *testing.T) {
	p := load(t, fullText(t))
	if want := []string{"train", "prepare", "pipeline", "sweep"}; !slices.Equal(p.Order, want) {
		t.Errorf("order: got %v, want %v", p.Order, want)
	}
	if p.Name != "demo" || p.File != filepath.Join(p.Dir, "guild.toml") || p.Run != (project.RunDefaults{Lock: "on-success"}) {
		t.Errorf("got name %q, file %q, run %+v", p.Name, p.File, p.Run)
	}
	digest, err := run.ParseDigest("blake3:" + strings.Repeat("0123456789abcdef", 4))
	if err != nil {
		t.Fatal(err)
	}
	want := &project.Operation{
		Name: "train", Description: "Train the model", Main: "train.py", FlagsDest: "globals", FlagsImport: project.Import{All: true},
		Requires: []project.Requirement{
			{Kind: "operation", Target: "prepare"}, {Kind: "file", Target: "data/vocab.txt"},
			{Kind: "url", Target: "https://example.org/x", Digest: digest},
		},
		Env:           map[string]string{"OMP_NUM_THREADS": "1", "DEBUG": "true", "N": "3"},
		OutputScalars: map[string]string{"loss": `loss: (\S+)`, "acc": `\key=(\value)`},
		Label:         "lr=${lr}", Source: project.SourceRules{Include: []string{"*.py"}, Exclude: []string{"data/**"}},
		Needed: "flags", StopAfter: 2 * time.Hour, Hooks: []string{"lr-guard"}, HooksSet: true, Lock: "on-success",
		Flags: []project.Flag{
			{Name: "lr", Default: 0.1, HasDefault: true, Declared: true},
			{Name: "epochs", Default: int64(10), HasDefault: true, Type: "int", Min: number(1), Max: number(100), Help: "passes over the data", Declared: true},
			{Name: "opt", Default: "adam", HasDefault: true, Choices: []any{"adam", "sgd"}, Declared: true},
			{Name: "model.width", Default: int64(64), HasDefault: true, Declared: true},
			{Name: "layers", Default: []any{int64(64), int64(64)}, HasDefault: true, Declared: true},
		},
	}
	if got := p.Operations["train"]; !reflect.DeepEqual(got, want) {
		t.Errorf("train: got %+v\nwant %+v", got, want)
	}
	want = &project.Operation{
		Name: "prepare", Exec: []string{"./prepare", "${flag_args}", ""}, Lock: "never", Source: project.SourceRules{Off: true},
		OutputScalars: map[string]string{},
	}
	if got := p.Operations["prepare"]; !reflect.DeepEqual(got, want) {
		t.Errorf("prepare: got %+v\nwant %+v", got, want)
	}
	steps := []project.Step{{Run: "prepare"}, {Run: "train", Flags: run.Flags{"lr": "${lr}"}, Needed: "flags"}, {Run: "tools/report.py"}}
	if got := p.Operations["pipeline"].Steps; !reflect.DeepEqual(got, steps) {
		t.Errorf("steps: got %+v, want %+v", got, steps)
	}
	want = &project.Operation{
		Name: "sweep", Run: "train", Lock: "on-success", Replicates: 3,
		Trials: []project.TrialAxis{
			{Name: "lr", Values: []any{0.1, 0.01}, Place: project.Place{Line: 56, Col: 12}},
			{Name: "seed", Values: []any{int64(1), int64(2), int64(3)}, Place: project.Place{Line: 56, Col: 30}},
			{Name: "opt", Values: []any{"sgd"}, Place: project.Place{Line: 56, Col: 48}},
		},
		Conditions: []project.BatchCondition{
			{Name: "baseline", Flags: run.Flags{}, Places: map[string]project.Place{}},
			{Name: "wide", Flags: run.Flags{"width": int64(512)}, Places: map[string]project.Place{"width": {Line: 58, Col: 40}}},
		},
		Strategy: project.Strategy{Mode: "parallel", Jobs: 4},
		Launcher: project.Launcher{Name: "slurm", Params: map[string]any{"partition": "gpu", "time": "2h", "gres": "gpu:1"}},
	}
	if got := p.Operations["sweep"]; !reflect.DeepEqual(got, want) {
		t.Errorf("sweep: got %+v\nwant %+v", got, want)
	}
	hook := project.HookConfig{
		Name: "lr-guard", Module: "hooks/lr-guard.wasm", Tier: "project", Priority: 50, Events: map[string]int{"on_run_end": 10}, OnError: "deny",
		When: `flags.env == "prod"`, Allow: []string{"stage.write:src/**", "flags.set", "env.set", "attrs.set", "lock", "emit"},
		Digest: digest.String(), Fuel: 200_000_000, Timeout: 5 * time.Second, Memory: 64 << 20, Params: map[string]any{"max_lr": 1.0},
		Enabled: true, Declared: true, Line: 7,
	}
	if !reflect.DeepEqual(p.Hooks[0], hook) {
		t.Errorf("hook: got %+v\nwant %+v", p.Hooks[0], hook)
	}
	if got := [2]int{p.Hooks[0].PriorityFor("on_run_end"), p.Hooks[0].PriorityFor("on_run_begin")}; got != [2]int{10, 50} {
		t.Errorf("priorities: got %v", got)
	}
}

func TestLoadWithoutFile(t *testing.T) {
	dir := t.TempDir()
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p.File != "" || p.Name != filepath.Base(dir) || len(p.Operations) != 0 || p.Run.Lock != "never" {
		t.Errorf("got %+v", p)
	}
}

func TestLoadRefusesOtherFiles(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"FIFO":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"directory": func(path string) error { return os.Mkdir(path, 0o700) },
		"big file":  func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("# \n", 1<<20)), 0o600) },
	} {
		dir := t.TempDir()
		if err := make(filepath.Join(dir, project.FileName)); err != nil {
			t.Fatal(err)
		}
		if _, err := project.Load(dir); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFind(t *testing.T) {
	dir := write(t, "")
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if got, ok := project.Find(deep); got != dir || !ok {
		t.Errorf("got %q %v, want %q", got, ok, dir)
	}
	if got, ok := project.Find(t.TempDir()); ok {
		t.Errorf("got %q, want none", got)
	}
}

func TestUnknownOperation(t *testing.T) {
	_, err := load(t, fullText(t)).Operation("trian")
	unknown, ok := err.(*project.UnknownOperation)
	if !ok || err.Error() != `operation "trian" is not in guild.toml` || unknown.Hint() != `did you mean "train"?` {
		t.Errorf("got %v %+v", err, unknown)
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := write(b, fullText(b))
	for b.Loop() {
		if _, err := project.Load(dir); err != nil {
			b.Fatal(err)
		}
	}
}
