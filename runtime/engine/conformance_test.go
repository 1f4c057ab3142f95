package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// conformanceDir is a kit for any host and any SDK; its README.md says what is in it.
var conformanceDir = filepath.Join("..", "..", "testdata", "conformance")

// The guests of the three languages leave the same trace, compiled and interpreted. GUILD_UPDATE_CONFORMANCE=1 writes
// trace.txt anew, from the guest in the text format.
func TestConformance(t *testing.T) {
	golden := filepath.Join(conformanceDir, "trace.txt")
	kit := readKit(t)
	if os.Getenv("GUILD_UPDATE_CONFORMANCE") != "" {
		text := kit.trace(t, kitFile(t, "guest.wasm"), engine.Config{})
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := string(kitFile(t, "trace.txt"))
	for _, language := range []string{"wat", "rust", "go"} {
		t.Run(language, func(t *testing.T) {
			module := conformanceGuest(t, language)
			both := []engine.Config{{}, {Interpreter: true}}
			for _, cfg := range both {
				t.Run(map[bool]string{false: "compiler", true: "interpreter"}[cfg.Interpreter], func(t *testing.T) {
					if cfg.Interpreter && testing.Short() {
						t.Skip("the interpreter is slow")
					}
					t.Parallel()
					compareTraces(t, kit.trace(t, module, cfg), want)
				})
			}
		})
	}
	t.Run("complete", func(t *testing.T) { checkComplete(t, want) })
}

func kitFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(conformanceDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// conformanceGuest returns the module of a language. Go's is built here: it is big, and who runs this has Go.
func conformanceGuest(t *testing.T, language string) []byte {
	t.Helper()
	switch language {
	case "wat":
		return kitFile(t, "guest.wasm")
	case "rust":
		return kitFile(t, "rust.wasm")
	}
	if testing.Short() {
		t.Skip("builds a module with Go")
	}
	path := filepath.Join(t.TempDir(), "go.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", path, "./go")
	cmd.Dir = conformanceDir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// compareTraces shows the first lines that differ, and where they are.
func compareTraces(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	delivery, shown := "", 0
	for i := range max(len(g), len(w)) {
		a, b := lineOf(g, i), lineOf(w, i)
		if a == b {
			if strings.HasPrefix(b, "[") {
				delivery = b
			}
			continue
		}
		t.Errorf("trace.txt:%d: in %s:\ngot  %s\nwant %s", i+1, delivery, a, b)
		if shown++; shown == 10 {
			t.Fatal("and more")
		}
	}
}

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// answers are the errnos of each function that SPEC.md provides for. FAULT, READ_ONLY and STATE follow from the ABI's table.
var answers = map[string][]abi.Errno{
	"log":           {abi.Invalid},
	"panic_message": {abi.Invalid},
	"error_message": {},
	"now":           {},
	"random":        {abi.TooBig},
	"param_get":     {abi.NotFound, abi.Invalid, abi.TooBig},
	"event_get":     {abi.NotFound, abi.Invalid, abi.TooBig},
	"deny":          {abi.Invalid},
	"stop":          {abi.Invalid},
	"stage_list":    {abi.Invalid, abi.TooBig, abi.IO, abi.Unsupported},
	"stage_stat":    {abi.NotFound, abi.Denied, abi.Invalid, abi.TooBig, abi.IO, abi.Unsupported},
	"stage_read":    {abi.NotFound, abi.Denied, abi.Invalid, abi.TooBig, abi.IO, abi.Unsupported},
	"stage_write":   {abi.Denied, abi.Invalid, abi.TooBig, abi.IO, abi.Limit, abi.Unsupported},
	"stage_remove":  {abi.NotFound, abi.Denied, abi.Invalid, abi.TooBig, abi.IO, abi.Limit, abi.Unsupported},
	"flag_set":      {abi.NotFound, abi.Invalid, abi.TooBig, abi.Exists, abi.Limit},
	"env_set":       {abi.Invalid, abi.TooBig, abi.Limit},
	"attr_set":      {abi.Denied, abi.Invalid, abi.TooBig, abi.Limit},
	"plan_set":      {abi.Invalid, abi.TooBig},
	"state_get":     {abi.NotFound, abi.Invalid, abi.TooBig, abi.IO, abi.Unsupported},
	"state_put":     {abi.Invalid, abi.TooBig, abi.IO, abi.Limit, abi.Conflict, abi.Unsupported},
	"state_append":  {abi.Invalid, abi.TooBig, abi.IO, abi.Limit, abi.Unsupported},
	"answer":        {abi.Invalid, abi.TooBig},
	"lock_request":  {},
	"emit":          {abi.Invalid, abi.TooBig, abi.Limit},
}

// checkComplete checks that the trace has every event, every function in each of them, and every answer a function may give.
func checkComplete(t *testing.T, trace string) {
	calls := map[abi.Event]map[string]bool{}
	given := map[string]map[string]bool{}
	var event abi.Event
	for line := range strings.Lines(trace) {
		words := strings.Fields(line)
		if len(words) > 0 && strings.HasPrefix(words[0], "[") {
			event = abi.Event(words[0][1:])
			if calls[event] == nil {
				calls[event] = map[string]bool{}
			}
			continue
		}
		if len(words) < 3 || answers[words[0]] == nil {
			continue
		}
		calls[event][words[0]] = true
		if given[words[0]] == nil {
			given[words[0]] = map[string]bool{}
		}
		result := words[2]
		if words[len(words)-2] == "then" {
			result = words[len(words)-1]
		}
		given[words[0]][result] = true
	}
	for _, info := range abi.Events {
		for _, f := range abi.Functions {
			if !calls[info.Event][f.Name] {
				t.Errorf("nothing calls %s in %s", f.Name, info.Event)
			}
		}
	}
	for _, f := range abi.Functions {
		want := slices.Clone(answers[f.Name])
		if strings.ContainsAny(engine.HostArguments()[f.Name], "sbov") {
			want = append(want, abi.Fault)
		}
		if f.Needs != 0 {
			want = append(want, abi.ReadOnly)
		}
		if !f.Init {
			want = append(want, abi.State)
		}
		for _, row := range abi.Errnos {
			if slices.Contains(want, row.Errno) != given[f.Name][row.Name] {
				t.Errorf("%s answers %s: %t, want %t", f.Name, row.Name, given[f.Name][row.Name], slices.Contains(want, row.Errno))
			}
		}
	}
}

// The modules of the kit import all of guild_v1 and handle all events.
func TestConformanceGuestsAreWhole(t *testing.T) {
	for _, language := range []string{"wat", "rust", "go"} {
		t.Run(language, func(t *testing.T) {
			info, err := engine.Inspect(conformanceGuest(t, language))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range abi.Functions {
				if !slices.Contains(info.Functions, f.Name) {
					t.Errorf("it does not import %s", f.Name)
				}
			}
			if len(info.Events) != len(abi.Events) {
				t.Errorf("it handles %d of %d events", len(info.Events), len(abi.Events))
			}
		})
	}
}

// readCases reads cases.txt: the lines of each part.
func readCases(t *testing.T) map[string][]string {
	cases := map[string][]string{}
	part := ""
	for line := range bytes.Lines(kitFile(t, "cases.txt")) {
		text := strings.TrimRight(string(line), "\n")
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case strings.HasPrefix(text, "["):
			part = strings.Trim(text, "[]")
		default:
			if strings.ContainsAny(text, "\"\\<>&") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("cases.txt: %s: cannot be handed over as it is", text)
			}
			cases[part] = append(cases[part], text)
		}
	}
	return cases
}

// abbreviated makes one short line of a text.
func abbreviated(text string) string {
	const most = 60
	short := strings.ReplaceAll(text, "\n", `\n`)
	if len(short) > 2*most {
		return fmt.Sprintf("%s… (%d bytes)", short[:most], len(text))
	}
	return short
}
