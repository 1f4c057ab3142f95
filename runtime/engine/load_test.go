package engine_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// Modules that are refused before anything of them runs.
func TestLoadErrors(t *testing.T) {
	const anywhere = "build it as a reactor: Go with -buildmode=c-shared, Rust as a cdylib, C with -mexec-model=reactor"
	tests := []struct{ name, message, hint string }{
		{"memory-min", `hook "x": the module needs 2048 MiB of memory to begin with, the limit is 64 MiB`, ""},
		{"table-bomb", `hook "x": section table: tables have 100000000 entries, the limit is 65536`, ""},
		{"import-env", `hook "x": the module imports env.system, a hook can import from guild_v1 and wasi_snapshot_preview1 only`, ""},
		{"import-escape", `hook "x": the module imports env.\x1b[2J\u202egnorw, a hook can import from guild_v1 and wasi_snapshot_preview1 only`, ""},
		{"import-path-open", `hook "x": the module imports wasi_snapshot_preview1.path_open, which this guild does not have`, ""},
		{"import-typo", `hook "x": the module imports guild_v1.denny, which this guild does not have`, `did you mean "deny"?`},
		{"import-newer", `hook "x": the module imports guild_v2.deny, this guild has guild_v1 only`, "it was built for a newer guild"},
		{"import-type", `hook "x": import guild_v1.deny has type (i32) -> (), want (i32, i32) -> (i32)`, ""},
		{"import-memory", `hook "x": the module imports a memory (env.memory), a hook can import functions only`, ""},
		{"import-global", `hook "x": the module imports a global (env.g), a hook can import functions only`, ""},
		{"import-meter", `hook "x": section import at 0x27: the import module "guild_meter" is reserved`, ""},
		{"export-meter", `hook "x": section export at 0x35: the name of export "guild_meter:fuel" is reserved`, ""},
		{"export-typo", `hook "x": export "on_run_beginn" is not an event`, `did you mean "on_run_begin"?`},
		{"export-none", `hook "x": the module handles no event: it exports none of on_… and batch_strategy`, `it exports "run_begin": did you mean "on_run_begin"?`},
		{"export-type", `hook "x": export "on_run_begin" has type (i32) -> (), want () -> (i32)`, ""},
		{"export-kind", `hook "x": export "on_run_begin" is a global, want a function`, ""},
		{"export-init", `hook "x": export "_initialize" has type () -> (i32), want () -> ()`, ""},
		{"no-memory", `hook "x": the module exports no memory`, `export its memory as "memory"`},
		{"memory-kind", `hook "x": export "memory" is a function, want a memory`, ""},
		{"command", `hook "x": the module is built as a command (it exports _start), a hook is a reactor`, anywhere},
		{"simd", `hook "x": function 0 at 0x38: uses SIMD, which is not allowed`, ""},
		{"shared-memory", `hook "x": section memory at 0x16: uses threads, which is not allowed`, ""},
		{"two-memories", `hook "x": section memory at 0x15: uses more than one memory, which is not allowed`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			module := guest(t, "evil/"+test.name)
			_, err := newEngine(t, engine.Config{}).Load(t.Context(), engine.Spec{Name: "x", Module: module})
			checkLoadError(t, err, test.message, test.hint)
		})
	}
}

// Bytes that are no modules, or damaged ones.
func TestLoadBytes(t *testing.T) {
	noop := guest(t, "guests/noop")
	tests := []struct{ name, module, message, hint string }{
		{"empty", "", `hook "x": the file is empty`, ""},
		{"text", " (module)", `hook "x": this is not a WebAssembly module`, "it looks like the text format: translate it with wat2wasm"},
		{"elf", "\x7fELF\x02\x01\x01\x00", `hook "x": this is not a WebAssembly module`, ""},
		{"version", "\x00asm\x02\x00\x00\x00", `hook "x": the module has version 2 of the binary format, want 1`, ""},
		{"component", "\x00asm\x0d\x00\x01\x00", `hook "x": this is a component, guild needs a core module`, "build for wasm32-unknown-unknown, or for wasip1 as a reactor"},
		{"header", "\x00asm\x01\x00\x00\x00", `hook "x": the module exports no memory`, `export its memory as "memory"`},
		{"types", string(noop[:8]) + "\x01\x04\x01\x60\x00\x00" + string(noop[8:]), `hook "x": at 0xe: section type is out of order`, ""},
		{"big", string(make([]byte, abi.MaxModule+1)), `hook "x": the module has 16777217 bytes, the limit is 16777216`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := newEngine(t, engine.Config{}).Load(t.Context(), engine.Spec{Name: "x", Module: []byte(test.module)})
			checkLoadError(t, err, test.message, test.hint)
		})
	}
	for n := range noop {
		if _, err := engine.New(engine.Config{}).Load(t.Context(), engine.Spec{Name: "x", Module: noop[:n]}); err == nil {
			// What is cut off behind the code is the name section, which nobody needs.
			if n < len(noop)-40 {
				t.Errorf("a module cut to %d of %d bytes loads", n, len(noop))
			}
		}
	}
}

func checkLoadError(t *testing.T, err error, message, hint string) {
	t.Helper()
	var e *engine.LoadError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a LoadError", err)
	}
	if e.Error() != message || e.Hint != hint {
		t.Errorf("got\n%s\n%s\nwant\n%s\n%s", e.Error(), e.Hint, message, hint)
	}
}

func TestSpecErrors(t *testing.T) {
	tests := []struct {
		name          string
		change        func(*engine.Spec)
		message, hint string
	}{
		{"params", func(s *engine.Spec) { s.Params = map[string]any{"x": math.Inf(1)} }, `hook "x": its parameters cannot be written as JSON: json: unsupported value: +Inf`, ""},
		{"grant", func(s *engine.Spec) { s.Grants = []abi.Grant{"flag.set"} }, `hook "x": unknown grant "flag.set"`, `did you mean "flags.set"?`},
		{"scoped", func(s *engine.Spec) { s.Grants = []abi.Grant{"lock:x"} }, `hook "x": unknown grant "lock:x"`, `did you mean "lock"?`},
		{"no glob", func(s *engine.Spec) { s.Grants = []abi.Grant{"stage.write"} }, `hook "x": grant "stage.write" needs a glob`, `for example "stage.write:reports/**"`},
		{"bad glob", func(s *engine.Spec) { s.Grants = []abi.Grant{"stage.write:[a"} }, `hook "x": grant "stage.write:[a" has a malformed glob`, ""},
		{"memory", func(s *engine.Spec) { s.Memory = 70_000; s.Module = guest(t, "guests/call") }, `hook "x": the module needs 3 MiB of memory to begin with, the limit is 64 KiB`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := engine.Spec{Name: "x", Module: guest(t, "guests/noop"), Grants: allGrants}
			test.change(&s)
			_, err := newEngine(t, engine.Config{}).Load(t.Context(), s)
			checkLoadError(t, err, test.message, test.hint)
		})
	}
}

func TestGrants(t *testing.T) {
	section := `{"allow": ["stage.write:src/**", "stage.write:*.md"]}`
	tests := []struct {
		name          string
		module        []byte
		has           []abi.Grant
		missing       []abi.Grant
		message, hint string
	}{
		{"none", guest(t, "guests/grants"), nil,
			[]abi.Grant{"stage.write", "flags.set", "lock", "emit"},
			`hook "a.b" asks for more than it is granted: stage.write, flags.set, lock, emit`,
			"[hooks.\"a.b\"]\nallow = [\"stage.write:**\", \"flags.set\", \"lock\", \"emit\"]"},
		{"some", guest(t, "guests/grants"), []abi.Grant{"emit", "stage.write:out/*"},
			[]abi.Grant{"flags.set", "lock"},
			`hook "a.b" asks for more than it is granted: flags.set, lock`,
			"[hooks.\"a.b\"]\nallow = [\"emit\", \"stage.write:out/*\", \"flags.set\", \"lock\"]"},
		{"with a section", withSection(guest(t, "guests/grants"), section), []abi.Grant{"emit", "lock", "flags.set"},
			[]abi.Grant{"stage.write"},
			`hook "a.b" asks for more than it is granted: stage.write`,
			"[hooks.\"a.b\"]\nallow = [\"emit\", \"lock\", \"flags.set\", \"stage.write:src/**\", \"stage.write:*.md\"]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := newEngine(t, engine.Config{}).Load(t.Context(), engine.Spec{Name: "a.b", Module: test.module, Grants: test.has})
			var e *engine.GrantError
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a GrantError", err)
			}
			if !reflect.DeepEqual(e.Missing, test.missing) || e.Error() != test.message || e.Hint() != test.hint {
				t.Errorf("got %q\n%s\n%s", e.Missing, e.Error(), e.Hint())
			}
		})
	}
}

// withSection appends a guild.hook section to a module.
func withSection(module []byte, text string) []byte {
	content := append([]byte{byte(len(abi.SectionName))}, abi.SectionName...)
	content = append(content, text...)
	out := append(append([]byte{}, module...), 0)
	for n := len(content); ; n >>= 7 {
		if n < 0x80 {
			return append(append(out, byte(n)), content...)
		}
		out = append(out, byte(n&0x7f|0x80))
	}
}

func TestInspect(t *testing.T) {
	section := `{"name": "lr-guard", "version": "1.0.0", "description": "denies", "events": ["on_flags_composed"],
		"params": {"max_lr": {"type": "float", "default": 1.0, "help": "the limit"}}, "allow": ["stage.write:src/**"], "new": 1}`
	module := withSection(guest(t, "guests/grants"), section)
	got, err := engine.Inspect(module)
	if err != nil {
		t.Fatal(err)
	}
	want := &engine.Info{
		Size:      len(module),
		Events:    []abi.Event{abi.OnRunStaged, abi.OnRunEnd},
		Functions: []string{"stage_write", "emit", "flag_set", "log", "lock_request"},
		WASI:      []string{"sched_yield"},
		Grants:    []abi.Grant{"stage.write", "flags.set", "lock", "emit"},
		Section: &engine.Section{
			Name: "lr-guard", Version: "1.0.0", Description: "denies", Events: []abi.Event{"on_flags_composed"},
			Params: map[string]engine.Param{"max_lr": {Type: "float", Default: 1.0, Help: "the limit"}},
			Allow:  []abi.Grant{"stage.write:src/**"},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for section, message := range map[string]string{
		`{`:                    `hook "": section guild.hook is not JSON`,
		`{"name": 1}`:          `hook "": section guild.hook: field "name" is a number`,
		"{\"name\": \"\xff\"}": `hook "": section guild.hook is not JSON`,
	} {
		_, err := engine.Inspect(withSection(guest(t, "guests/noop"), section))
		checkLoadError(t, err, message, "")
	}
}

// Every module of testdata has its source beside it, and the other way round.
func TestGuestsHaveSources(t *testing.T) {
	for _, dir := range []string{"guests", "evil"} {
		sources, _ := filepath.Glob(filepath.Join("..", "..", "testdata", dir, "*.wat"))
		modules, _ := filepath.Glob(filepath.Join("..", "..", "testdata", dir, "*.wasm"))
		if len(sources) == 0 || len(sources) != len(modules) {
			t.Errorf("%s has %d sources and %d modules", dir, len(sources), len(modules))
		}
		for _, path := range sources {
			if _, err := os.Stat(path[:len(path)-len("wat")] + "wasm"); err != nil {
				t.Error(err)
			}
		}
	}
}
