package engine_test

import (
	"testing"

	"github.com/guild-run/guild/abi"
)

// Memory that a guest grew by is zero each time, whether it was given back in between or kept.
func TestGrownMemoryIsClean(t *testing.T) {
	h := load(t, "guests/grow-clean")
	for _, ev := range []abi.Event{
		abi.OnRunBegin, abi.OnRunEnd, abi.OnRunStaged, abi.OnRunEnd, abi.OnRunBegin, abi.OnRunBegin, abi.OnRunStaged, abi.OnRunBegin,
	} {
		succeed(t, h, call(ev))
		if got := len(h.Memory()) >> 16; got != map[abi.Event]int{abi.OnRunBegin: 101, abi.OnRunEnd: 11, abi.OnRunStaged: 9}[ev] {
			t.Errorf("%s: %d pages", ev, got)
		}
	}
}
