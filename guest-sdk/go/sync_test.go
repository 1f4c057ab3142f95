package guild_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	guild "github.com/guild-run/guild/guest-sdk/go"
)

// TestConstants: the Go SDK repeats the ABI's constants.
func TestConstants(t *testing.T) {
	for _, row := range abi.Errnos {
		if guild.Errno(row.Errno).Error() != row.Name {
			t.Errorf("errno %d is %s, want %s", row.Errno, guild.Errno(row.Errno).Error(), row.Name)
		}
	}
	pairs := map[string][2]int64{
		"ScopeRun":      {int64(guild.ScopeRun), int64(abi.ScopeRun)},
		"ScopeBatch":    {int64(guild.ScopeBatch), int64(abi.ScopeBatch)},
		"ScopeProject":  {int64(guild.ScopeProject), int64(abi.ScopeProject)},
		"VersionAny":    {guild.VersionAny, abi.VersionAny},
		"VersionAbsent": {guild.VersionAbsent, abi.VersionAbsent},
		"KindFile":      {int64(guild.KindFile), int64(abi.KindFile)},
		"KindDir":       {int64(guild.KindDir), int64(abi.KindDir)},
		"KindSymlink":   {int64(guild.KindSymlink), int64(abi.KindSymlink)},
		"KindOther":     {int64(guild.KindOther), int64(abi.KindOther)},
		"NotFound":      {int64(guild.NotFound), int64(abi.NotFound)},
		"Unsupported":   {int64(guild.Unsupported), int64(abi.Unsupported)},
	}
	for name, p := range pairs {
		if p[0] != p[1] {
			t.Errorf("%s is %d, want %d", name, p[0], p[1])
		}
	}
	constants := read(t, "abi.go")
	for name, want := range map[string]string{
		"levelDebug int32": fmt.Sprint(abi.LevelDebug), "levelInfo  int32": fmt.Sprint(abi.LevelInfo), "levelWarn  int32": fmt.Sprint(abi.LevelWarn),
		"levelError int32": fmt.Sprint(abi.LevelError), "writeReplace int32": fmt.Sprint(abi.WriteReplace), "writeAppend  int32": fmt.Sprint(abi.WriteAppend),
		"statSize": fmt.Sprint(abi.StatSize), "maxData     ": "1 << 20", "maxRandom   ": "64 << 10", "maxJSONDepth": fmt.Sprint(abi.MaxJSONDepth),
	} {
		if !strings.Contains(constants, name+" = "+want+"\n") {
			t.Errorf("abi.go: no %s = %s", name, want)
		}
	}
	if abi.MaxData != 1<<20 || abi.MaxRandom != 64<<10 {
		t.Error("limits of the ABI have changed")
	}
}

// TestRustConstants: so does the Rust SDK.
func TestRustConstants(t *testing.T) {
	source := read(t, "../rust/src/abi.rs")
	want := map[string]string{
		"MODULE": fmt.Sprintf("%q", abi.Module), "LEVEL_DEBUG": fmt.Sprint(abi.LevelDebug), "LEVEL_INFO": fmt.Sprint(abi.LevelInfo), "LEVEL_WARN": fmt.Sprint(abi.LevelWarn),
		"LEVEL_ERROR": fmt.Sprint(abi.LevelError), "SCOPE_RUN": fmt.Sprint(abi.ScopeRun), "SCOPE_BATCH": fmt.Sprint(abi.ScopeBatch), "SCOPE_PROJECT": fmt.Sprint(abi.ScopeProject),
		"WRITE_REPLACE": fmt.Sprint(abi.WriteReplace), "WRITE_APPEND": fmt.Sprint(abi.WriteAppend), "KIND_FILE": fmt.Sprint(abi.KindFile), "KIND_DIR": fmt.Sprint(abi.KindDir),
		"KIND_SYMLINK": fmt.Sprint(abi.KindSymlink), "KIND_OTHER": fmt.Sprint(abi.KindOther), "STAT_SIZE": fmt.Sprint(abi.StatSize), "VERSION_ANY": fmt.Sprint(abi.VersionAny),
		"VERSION_ABSENT": fmt.Sprint(abi.VersionAbsent), "MAX_DATA": "1 << 20", "MAX_RANDOM": "64 << 10", "MAX_JSON_DEPTH": fmt.Sprint(abi.MaxJSONDepth),
	}
	names := ""
	for _, row := range abi.Errnos {
		want[row.Name] = fmt.Sprint(int32(row.Errno))
		names += fmt.Sprintf("%q ", row.Name)
	}
	_, list, _ := strings.Cut(source, "pub const ERRNOS: [&str; 12] =")
	list, _, _ = strings.Cut(list, ";")
	if have := strings.Join(strings.Fields(strings.NewReplacer("[", " ", "]", " ", ",", " ").Replace(list)), " ") + " "; have != names {
		t.Errorf("abi.rs: ERRNOS are %s", have)
	}
	found := regexp.MustCompile(`(?m)^pub const (\w+): (?:&str|i32|u32|i64|usize) = (.*);$`).FindAllStringSubmatch(source, -1)
	for _, m := range found {
		if want[m[1]] != m[2] {
			t.Errorf("abi.rs: %s = %s, want %q", m[1], m[2], want[m[1]])
		}
		delete(want, m[1])
	}
	for name := range want {
		t.Errorf("abi.rs: no %s", name)
	}
}

// TestFunctions: both SDKs import every function of the ABI with its signature, and no other.
func TestFunctions(t *testing.T) {
	goTypes := map[string]string{"int32": "i", "uint32": "i", "unsafe.Pointer": "i", "int64": "l"}
	rustTypes := map[string]string{"i32": "i", "usize": "i", "*const u8": "i", "*mut u8": "i", "*mut i64": "i", "i64": "l"}
	goPattern := regexp.MustCompile(`(?m)^//go:wasmimport guild_v1 (\w+)\nfunc \w+\((.*)\) (\w+)$`)
	rustPattern := regexp.MustCompile(`(?m)^ {4}pub fn (\w+)\((.*)\) -> (\w+);$`)
	for file, c := range map[string]struct {
		pattern *regexp.Regexp
		types   map[string]string
		typeOf  func(param string) string
	}{
		"internal/sys/sys.go": {goPattern, goTypes, func(p string) string { _, typ, _ := strings.Cut(p, " "); return typ }},
		"../rust/src/sys.rs":  {rustPattern, rustTypes, func(p string) string { _, typ, _ := strings.Cut(p, ": "); return typ }},
	} {
		have := map[string]string{}
		for _, m := range c.pattern.FindAllStringSubmatch(read(t, file), -1) {
			signature := ""
			for _, p := range strings.Split(m[2], ", ") {
				if p != "" {
					signature += c.types[c.typeOf(p)]
				}
			}
			have[m[1]] = signature + ">" + c.types[m[3]]
		}
		for _, f := range abi.Functions {
			want := letters(f.Params) + ">" + letters(f.Results)
			if have[f.Name] != want {
				t.Errorf("%s: %s is %q, want %q", file, f.Name, have[f.Name], want)
			}
			delete(have, f.Name)
		}
		for name := range have {
			t.Errorf("%s: %s is not in the ABI", file, name)
		}
	}
}

// TestRustEvents: the Rust SDK knows the names of all events.
func TestRustEvents(t *testing.T) {
	source := read(t, "../rust/src/handler.rs")
	_, list, _ := strings.Cut(source, "    events! {")
	list, _, _ = strings.Cut(list, "}")
	var want []string
	for _, info := range abi.Events {
		want = append(want, string(info.Event))
	}
	if have := strings.Join(strings.Fields(list), " "); have != strings.Join(want, " ") {
		t.Errorf("handler.rs has %s", have)
	}
}

func letters(types []abi.ValueType) string {
	s := ""
	for _, t := range types {
		s += map[abi.ValueType]string{abi.I32: "i", abi.I64: "l"}[t]
	}
	return s
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
