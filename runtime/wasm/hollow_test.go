package wasm_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/guild-run/guild/runtime/wasm"
)

// TestHollow: valid, and the same to whoever does not call it.
func TestHollow(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "guests", "*.wasm"))
	if err != nil || len(files) == 0 {
		t.Fatal("no guests", err)
	}
	for _, file := range files {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		hollow, err := wasm.Hollow(whole)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		want, err := wasm.Parse(whole, wasm.DefaultLimits())
		if err != nil {
			continue
		}
		got, err := wasm.Parse(hollow, wasm.DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, pair := range [][2]any{
			{got.Types, want.Types}, {got.Imports, want.Imports}, {got.Exports, want.Exports}, {got.Customs, want.Customs},
			{got.Funcs, want.Funcs}, {got.Memory, want.Memory}, {got.Tables, want.Tables}, {got.Globals, want.Globals},
			{got.Elements, want.Elements}, {got.Datas, want.Datas}, {got.HasStart, want.HasStart},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%s: got %+v, want %+v", file, pair[0], pair[1])
			}
		}
	}
}

func FuzzHollow(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0a\x04\x01\x02\x00\x0b"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0a"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, module []byte) {
		hollow, err := wasm.Hollow(module)
		if _, bad := wasm.Parse(module, wasm.DefaultLimits()); bad != nil {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wasm.Parse(hollow, wasm.DefaultLimits()); err != nil {
			t.Errorf("hollow: %v", err)
		}
	})
}
