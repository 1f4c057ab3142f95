package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// wasiPointers are calls of the stub that go well, with the places of their pointers. TestEveryPointerFaults does the same
// for guild_v1.
var wasiPointers = []struct {
	name     string
	args     []int64
	pointers map[int]int64 // the argument: the bytes that must be there
	unused   []int         // pointers that the stub has no use for: there is nothing to write
}{
	{"args_get", []int64{image, image}, nil, []int{0, 1}},
	{"args_sizes_get", []int64{image, image + 8}, map[int]int64{0: 4, 1: 4}, nil},
	{"environ_get", []int64{image, image}, nil, []int{0, 1}},
	{"environ_sizes_get", []int64{image, image + 8}, map[int]int64{0: 4, 1: 4}, nil},
	{"clock_time_get", []int64{0, 1, image}, map[int]int64{2: 8}, nil},
	{"clock_res_get", []int64{0, image}, map[int]int64{1: 8}, nil},
	{"random_get", []int64{image, 16}, map[int]int64{0: 16}, nil},
	{"fd_write", []int64{1, image, 1, image + 64}, map[int]int64{1: 8, 3: 4}, nil},
	{"fd_read", []int64{0, image, 1, image + 64}, map[int]int64{3: 4}, []int{1}},
	{"fd_seek", []int64{1, 0, 0, image}, nil, []int{3}},
	{"fd_close", []int64{1}, nil, nil},
	{"fd_fdstat_get", []int64{1, image}, map[int]int64{1: 24}, nil},
	{"fd_fdstat_set_flags", []int64{1, 0}, nil, nil},
	{"fd_prestat_get", []int64{3, image}, nil, []int{1}},
	{"fd_prestat_dir_name", []int64{3, image, 8}, nil, []int{1}},
	{"sched_yield", nil, nil, nil},
	{"poll_oneoff", []int64{image, image + 100, 1, image + 200}, map[int]int64{0: 48, 1: 32, 3: 4}, nil},
	{"proc_exit", nil, nil, nil},
}

// Each pointer of each function of the WASI stub, outside of memory in every way.
func TestEveryWASIPointerFaults(t *testing.T) {
	c := newWASICaller(t)
	try := func(name string, args []int64) int32 {
		c.state.values, c.state.versions = map[string][]byte{}, map[string]int64{}
		vector := words(uint64(image+16) | 5<<32)
		status, _ := c.call(t, name, vector+strings.Repeat("\x00", 40), args...)
		return status
	}
	for _, w := range wasiPointers {
		if w.name == "proc_exit" {
			continue
		}
		good := try(w.name, w.args)
		for at, size := range w.pointers {
			for _, bad := range []int64{memorySize - size + 1, memorySize, -1, -size, 1 << 31, memorySize - 1} {
				args := slices.Clone(w.args)
				args[at] = bad
				if got := try(w.name, args); got != fault {
					t.Errorf("%s with %x for argument %d: got %d, want %d", w.name, uint32(bad), at, got, fault)
				}
			}
			args := slices.Clone(w.args)
			args[at] = memorySize - size // as far as it goes
			if got := try(w.name, args); got != good && w.name != "fd_write" && w.name != "poll_oneoff" {
				t.Errorf("%s with %x for argument %d: got %d, want %d", w.name, args[at], at, got, good)
			}
		}
		for _, at := range w.unused {
			args := slices.Clone(w.args)
			args[at] = -1
			if got := try(w.name, args); got != good {
				t.Errorf("%s with a bad pointer that is of no use: got %d, want %d", w.name, got, good)
			}
		}
	}
	if len(wasiPointers) != len(abi.WASIFunctions) {
		t.Errorf("%d of %d functions tried", len(wasiPointers), len(abi.WASIFunctions))
	}
}

// A bad pointer writes nothing, wherever the others lead: memory is as it was but for what the guest itself does.
func TestBadPointersWriteNothing(t *testing.T) {
	c := newCaller(t, withParams)
	for _, g := range good {
		letters := engine.HostArguments()[g.name]
		if !strings.ContainsAny(letters, "bov") {
			continue
		}
		data, args := arguments(letters, g.values...)
		at := 0
		for _, letter := range letters {
			wide := letter == 's' || letter == 'b'
			if wide || letter == 'o' || letter == 'v' {
				c.prepare(g.event)
				with := slices.Clone(args)
				with[at] = memorySize - 1
				if wide {
					with[at+1] = 2
				}
				for len(with) < 6 {
					with = append(with, 0)
				}
				// What is at the places for results afterwards.
				got, _ := c.call(t, g.name, data, append(with, image+2_000_000, 256)...)
				if got != int32(abi.Fault) || strings.Trim(c.out(), "\x00") != "" {
					t.Errorf("%s with a bad argument %d: got %d, and %q was written", g.name, at, got, strings.TrimRight(c.out(), "\x00"))
				}
			}
			if at++; wide {
				at++
			}
		}
	}
}
