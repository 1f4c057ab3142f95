package wasm_test

import (
	"testing"

	"github.com/guild-run/guild/runtime/wasm"
)

// TestOutline: the same of everything but the functions, which it does not look into.
func TestOutline(t *testing.T) {
	bad := []byte("\x00asm\x01\x00\x00\x00" +
		"\x01\x04\x01\x60\x00\x00" + // type: () -> ()
		"\x03\x02\x01\x00" + // one function
		"\x07\x05\x01\x01f\x00\x00" + // export "f"
		"\x0a\x06\x01\x04\x00\x10\x09\x0b") // its code calls function 9
	if _, err := wasm.Parse(bad, wasm.DefaultLimits()); err == nil {
		t.Fatal("a call of a function that is not there was accepted")
	}
	m, err := wasm.Outline(bad, wasm.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Exports) != 1 || m.Exports[0].Name != "f" || m.Funcs != 1 || m.Size() != len(bad) {
		t.Errorf("got %+v", m)
	}
	if _, err := m.Meter(wasm.MeterConfig{}); err == nil {
		t.Error("an outline was metered")
	}
	if _, err := wasm.Outline(bad[:len(bad)-1], wasm.DefaultLimits()); err == nil {
		t.Error("a truncated module was accepted")
	}
}
