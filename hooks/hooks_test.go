package hooks_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/guild-run/guild/hooks"
)

func TestModule(t *testing.T) {
	names := hooks.Names()
	want := []string{"aggregate", "artifacts", "clean-git", "early-stop", "logging", "no-secrets", "notify", "python", "r", "seed", "timing", "validate"}
	if !slices.Equal(names, want) {
		t.Fatalf("Names() = %q", names)
	}
	for _, name := range names {
		module, ok := hooks.Module(name)
		if !ok || !bytes.HasPrefix(module, []byte("\x00asm")) {
			t.Errorf("Module(%q): ok %v, begins with %q", name, ok, module[:min(4, len(module))])
		}
		if len(module) > 96<<10 {
			t.Errorf("Module(%q) has %d bytes; built-in hooks stay under 96 KiB", name, len(module))
		}
	}
	for _, name := range []string{"", "perl", "python.wasm", "../hooks/python", `..\python`, "src"} {
		if _, ok := hooks.Module(name); ok {
			t.Errorf("Module(%q): ok", name)
		}
	}
}

func TestLanguage(t *testing.T) {
	for ext, want := range map[string]string{".py": "python", ".R": "r", ".r": "r", ".PY": "", "": "", ".sh": "", "py": ""} {
		if have, ok := hooks.Language(ext); have != want || ok != (want != "") {
			t.Errorf("Language(%q) = %q, %v, want %q", ext, have, ok, want)
		}
	}
	for _, name := range hooks.Names() {
		for _, ext := range hooks.Extensions(name) {
			if have, _ := hooks.Language(ext); have != name {
				t.Errorf("Extensions(%q) has %q, which is of %q", name, ext, have)
			}
		}
	}
}
