package proc

import "testing"

func TestParseStat(t *testing.T) {
	tests := []struct {
		stat  string
		state byte
		group int
	}{
		{"12 (sh) S 1 34 56 0 -1", 'S', 34},
		{"12 (a) R 1 2 (b) Z 1 34 56", 'Z', 34},
		{"12 (a b\n) T 1 34", 'T', 34},
		{"12 (sh) S", 0, 0},
		{"", 0, 0},
	}
	for _, tt := range tests {
		if state, group := parseStat([]byte(tt.stat)); state != tt.state || group != tt.group {
			t.Errorf("%q: got %c %d, want %c %d", tt.stat, state, group, tt.state, tt.group)
		}
	}
}
