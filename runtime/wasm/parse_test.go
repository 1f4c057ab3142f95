package wasm_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/wasm"
)

// module is made of sections: their ids and contents.
func module(sections ...[]byte) []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range sections {
		out = append(out, s[0])
		out = binary.AppendUvarint(out, uint64(len(s)-1))
		out = append(out, s[1:]...)
	}
	return out
}

func bytesOf(parts ...any) (out []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			out = append(out, byte(p))
		case string:
			out = append(append(out, byte(len(p))), p...)
		case []byte:
			out = append(out, p...)
		}
	}
	return out
}

// function is a module with one function () -> () with the given body: locals and code.
func function(body ...any) []byte {
	return copies(1, body...)
}

// copies is a module with n such functions.
func copies(n int, body ...any) []byte {
	b := bytesOf(body...)
	code := bytesOf(10, n)
	for range n {
		code = append(binary.AppendUvarint(code, uint64(len(b))), b...)
	}
	return module(bytesOf(1, 1, 0x60, 0, 0), bytesOf(3, n, make([]byte, n)), code)
}

func TestParse(t *testing.T) {
	m := parse(t, modules(t, "run")["calls"])
	unary := wasm.FuncType{Params: []byte{wasm.I32}, Results: []byte{wasm.I32}}
	if got, want := m.Imports, []wasm.Import{
		{Module: "env", Name: "twice", Kind: wasm.KindFunc, Type: unary},
		{Module: "env", Name: "limit", Kind: wasm.KindGlobal},
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("imports %v, want %v", got, want)
	}
	if got, want := m.Exports[0], (wasm.Export{Name: "memory", Kind: wasm.KindMemory}); !reflect.DeepEqual(got, want) {
		t.Errorf("export %v, want %v", got, want)
	}
	if got, want := m.Exports[2], (wasm.Export{Name: "indirect", Index: 4, Type: unary}); !reflect.DeepEqual(got, want) {
		t.Errorf("export %v, want %v", got, want)
	}
	if got, want := m.Tables, []wasm.Table{{Type: wasm.FuncRef, Limits32: wasm.Limits32{Min: 6, Max: 8, HasMax: true}}}; !reflect.DeepEqual(got, want) {
		t.Errorf("tables %v, want %v", got, want)
	}
	if got, want := *m.Memory, (wasm.Limits32{Min: 1}); got != want {
		t.Errorf("memory %v, want %v", got, want)
	}
	if m.Funcs != 13 || len(m.Globals) != 3 || m.Elements != 3 || m.Datas != 0 || !m.HasStart {
		t.Errorf("%d functions, %d globals, %d elements, %d datas, start %v", m.Funcs, len(m.Globals), m.Elements, m.Datas, m.HasStart)
	}
	if got, want := m.Exports[2].Type.String(), "(i32) -> (i32)"; got != want {
		t.Errorf("type %s, want %s", got, want)
	}
	if !m.Exports[2].Type.Equal(unary) || m.Exports[2].Type.Equal(wasm.FuncType{}) {
		t.Error("types are not compared")
	}
}

func TestCustomSections(t *testing.T) {
	m := parse(t, module(bytesOf(0, "guild.hook", []byte("{}")),
		bytesOf(0, "producers", 2, "language", 1, "Rust", "", "processed-by", 1, "rustc", "1.95.0")))
	if got, ok := m.Custom("guild.hook"); !ok || string(got) != "{}" {
		t.Errorf("section %q, %v", got, ok)
	}
	if _, ok := m.Custom("guild"); ok {
		t.Error("a section that is not there")
	}
	if got, want := m.Producers(), "Rust, rustc 1.95.0"; got != want {
		t.Errorf("producers %q, want %q", got, want)
	}
	for _, bad := range [][]byte{module(), module(bytesOf(0, "producers", 200)), module(bytesOf(0, "producers", 1, "x", 1, "y"))} {
		if got := parse(t, bad).Producers(); got != "" {
			t.Errorf("producers %q, want none", got)
		}
	}
}

func TestParseErrors(t *testing.T) {
	ty, fn := bytesOf(1, 1, 0x60, 0, 0), bytesOf(3, 1, 0)
	for _, tt := range []struct {
		name string
		b    []byte
		kind wasm.Kind
		want string
	}{
		{"empty", nil, wasm.Malformed, "not a WebAssembly module"},
		{"text", []byte("(module)"), wasm.Malformed, "not a WebAssembly module"},
		{"component", []byte("\x00asm\x0d\x00\x01\x00"), wasm.Malformed, "at 0x4: a component, not a core module"},
		{"version", []byte("\x00asm\x02\x00\x00\x00"), wasm.Malformed, "at 0x4: unknown version of the binary format"},
		{"short section", []byte("\x00asm\x01\x00\x00\x00\x01\x05\x00"), wasm.Malformed, "at 0xa: ends too early"},
		{"long section", module(bytesOf(1, 0, 7)), wasm.Malformed, "section type at 0xb: has 1 bytes too many"},
		{"order", module(fn, ty), wasm.Malformed, "section function at 0xb: there is no type 0"},
		{"twice", module(ty, ty), wasm.Malformed, "at 0xe: section type is out of order"},
		{"unknown section", module(bytesOf(14)), wasm.Malformed, "at 0x8: unknown section 14"},
		{"count", module(bytesOf(1, 100)), wasm.Malformed, "section type at 0xa: count 100 is more than the bytes that follow"},
		{"number", module(bytesOf(1, 0xff, 0xff, 0xff, 0xff, 0x1f)), wasm.Malformed, "section type at 0xa: number is longer than 32 bits"},
		{"types", module(bytesOf(1, 0xff, 0xff, 0xff, 0x7f)), wasm.OverLimit, "section type: has 268435455 types, the limit is 4096"},
		{"gc", module(bytesOf(1, 1, 0x5f, 0)), wasm.Feature, "section type at 0xb: uses garbage collected types, which is not allowed"},
		{"typed reference", module(bytesOf(1, 1, 0x60, 1, 0x63, 0x70, 0)), wasm.Feature, "section type at 0xd: uses typed function references, which is not allowed"},
		{"name", module(ty, bytesOf(2, 1, "\xff", "x", 0, 0)), wasm.Malformed, "section import at 0x11: name is not UTF-8"},
		{"import type", module(ty, bytesOf(2, 1, "m", "x", 0, 1)), wasm.Malformed, "section import at 0x16: there is no type 1"},
		{"reserved import", module(ty, bytesOf(2, 1, "guild_meter", "yield", 0, 0)), wasm.Reserved, `section import at 0x23: the import module "guild_meter" is reserved`},
		{"table bomb", module(bytesOf(4, 1, 0x70, 0, 0x80, 0xc2, 0xd7, 0x2f)), wasm.OverLimit, "section table: tables have 100000000 entries, the limit is 65536"},
		{"two memories", module(bytesOf(5, 2, 0, 1, 0, 1)), wasm.Feature, "section memory at 0xa: uses more than one memory, which is not allowed"},
		{"memory", module(bytesOf(5, 1, 1, 5, 4)), wasm.Malformed, "section memory at 0xb: maximum 4 is less than minimum 5"},
		{"global of itself", module(bytesOf(6, 1, 0x7f, 0, 0x23, 0, 0x0b)), wasm.Malformed, "section global at 0xe: there is no global 0"},
		{"doubled export", module(bytesOf(5, 1, 0, 1), bytesOf(7, 2, "a", 2, 0, "a", 2, 0)), wasm.Malformed, `section export at 0x14: two exports have the name "a"`},
		{"reserved export", module(bytesOf(5, 1, 0, 1), bytesOf(7, 1, "guild_meter:fuel", 2, 0)), wasm.Reserved, `section export at 0x10: the name of export "guild_meter:fuel" is reserved`},
		{"bodies", module(ty, fn), wasm.Malformed, "the function and code sections differ in length"},
		{"body", function(0), wasm.Malformed, "function 0 at 0x17: ends too early"},
		{"after end", function(0, 0x0b, 0x0b), wasm.Malformed, "function 0 at 0x18: goes on after its end"},
		{"opcode", function(0, 0x27, 0x0b), wasm.Malformed, "function 0 at 0x17: unknown opcode 0x27"},
		{"local", function(0, 0x20, 0, 0x0b), wasm.Malformed, "function 0 at 0x17: there is no local 0"},
		{"global", function(0, 0x23, 3, 0x0b), wasm.Malformed, "function 0 at 0x17: there is no global 3"},
		{"label", function(0, 0x0c, 1, 0x0b), wasm.Malformed, "function 0 at 0x17: there is no label 1"},
		{"callee", function(0, 0x10, 1, 0x0b), wasm.Malformed, "function 0 at 0x17: there is no function 1"},
		{"else", function(0, 0x05, 0x0b), wasm.Malformed, "function 0 at 0x17: else without if"},
		{"segment", function(0, 0xfc, 9, 0, 0x0b), wasm.Malformed, "function 0 at 0x17: needs a data count section"},
		{"locals", function(1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b), wasm.OverLimit, "function 0: has 4294967295 locals, the limit is 2000"},
		{"large body", function(make([]byte, 200_000)), wasm.OverLimit, "function 0: body has 200000 bytes, the limit is 131072"},
		{"nesting", function(0, []byte(strings.Repeat("\x02\x40", 5000))), wasm.OverLimit, "function 0: nesting of blocks is 4097, the limit is 4096"},
		{"loops", function(0, []byte(strings.Repeat("\x03\x40\x0b", 1001)), 0x0b), wasm.OverLimit, "function 0: has 1001 loops, the limit is 1000"},
		{"loops in loops", function(1, 0x80, 8, 0x7f, []byte(strings.Repeat("\x03\x40", 40)+strings.Repeat("\x0b", 41))), wasm.OverLimit, "function 0: nesting of loops times locals is 40960, the limit is 20000"},
		{"joins", function(1, 0x80, 8, 0x7f, []byte(strings.Repeat("\x02\x40\x0b", 400)), 0x0b), wasm.OverLimit, "function 0: blocks times locals is about 414400, the limit is 300000"},
		{"joins of all", copies(6, 1, 0x80, 8, 0x7f, []byte(strings.Repeat("\x02\x40\x0b", 100)), 0x0b), wasm.OverLimit, "function 4: blocks times locals up to here is about 513500, the limit is 501869"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wasm.Parse(tt.b, wasm.DefaultLimits())
			var e *wasm.Error
			if !errors.As(err, &e) || e.Kind != tt.kind || err.Error() != tt.want {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

// Modules that use more than the allowed set are refused by the name of what they use.
func TestRefused(t *testing.T) {
	want := map[string]string{
		"simd": "SIMD", "v128": "SIMD", "threads": "threads", "atomics": "threads", "exceptions": "exceptions", "try": "exceptions",
		"tailcall": "tail calls", "multimemory": "more than one memory", "memory64": "memory64", "extendedconst": "extended constant expressions",
	}
	for name, b := range modules(t, "refused") {
		_, err := wasm.Parse(b, wasm.DefaultLimits())
		var e *wasm.Error
		if !errors.As(err, &e) || e.Kind != wasm.Feature || e.Feature != want[name] {
			t.Errorf("%s: %v, want %s", name, err, want[name])
		}
	}
}

// The committed modules are those of the committed text.
func TestModulesAreCurrent(t *testing.T) {
	tool, err := exec.LookPath("wat2wasm")
	if err != nil {
		t.Skip("wat2wasm is not installed")
	}
	files, _ := filepath.Glob("testdata/*/*.wat")
	files = append(files, "testdata/env.wat")
	for _, file := range files {
		args := []string{file, "-o", filepath.Join(t.TempDir(), "out.wasm")}
		switch filepath.Base(filepath.Dir(file)) {
		case "refused":
			args = append(args, "--enable-all")
		case "run", "stop":
			args = append(args, "--debug-names")
		}
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, out)
		}
		got, err := os.ReadFile(strings.TrimSuffix(file, ".wat") + ".wasm")
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := os.ReadFile(args[2]); string(got) != string(want) {
			t.Errorf("%s: the module is not that of the text", file)
		}
	}
}
