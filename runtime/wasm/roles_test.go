package wasm

import (
	"os"
	"testing"
)

// What is known of each function of testdata/run/light.wat before it is metered.
func TestRoles(t *testing.T) {
	b, err := os.ReadFile("testdata/run/light.wasm")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(b, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	a := &assembler{Module: m, yield: uint32(m.imported[KindFunc])}
	roles := a.prepay()
	for i, want := range []struct {
		name                   string
		light, prepaid, silent bool
		levels                 uint32
	}{
		{"silent", true, true, true, 0},
		{"taken", true, false, false, 0},
		{"branching", true, true, false, 0},
		{"looping", true, true, false, 0},
		{"caller", true, true, false, 0},
		{"table", false, false, false, 2}, // run is above it
		{"even", false, false, false, 3},  // run, and then above
		{"odd", false, false, false, 1},
		{"above", true, true, false, 0},
		{"run", true, false, false, 0},
	} {
		r := roles[i]
		if r.light != want.light || r.prepaid != want.prepaid || r.silent != want.silent || r.levels != want.levels {
			t.Errorf("%s: %+v", want.name, r)
		}
		if r.prepaid && (r.entry == 0 || r.most < r.entry) {
			t.Errorf("%s: callers pay %d of at most %d units", want.name, r.entry, r.most)
		}
	}
}
