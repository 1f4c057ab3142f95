package engine

import (
	"bytes"
	"sort"

	"github.com/tetratelabs/wazero/api"
)

// snapshot is the memory and the mutable globals of an instance right after its initialisation.
type snapshot struct {
	size    int // of the memory, in bytes
	extents []extent
	globals []uint64
}

// extent is a piece of memory that is not zero.
type extent struct {
	at   int
	data []byte
}

// snapshotBlock is the unit in which zeros are left out: clearing is faster than copying, and takes no room.
const snapshotBlock = 4 << 10

func takeSnapshot(mem []byte, globals []api.MutableGlobal) *snapshot {
	s := &snapshot{size: len(mem), globals: make([]uint64, len(globals))}
	for i, g := range globals {
		s.globals[i] = g.Get()
	}
	var zero [snapshotBlock]byte
	for at := 0; at < len(mem); {
		end := at
		for end < len(mem) && !bytes.Equal(mem[end:end+snapshotBlock], zero[:]) {
			end += snapshotBlock
		}
		if end > at {
			s.extents = append(s.extents, extent{at: at, data: bytes.Clone(mem[at:end])})
		}
		at = end + snapshotBlock
	}
	return s
}

// copyTo makes memory what it was, from one place to another.
func (s *snapshot) copyTo(mem []byte, from, to int) {
	i := sort.Search(len(s.extents), func(i int) bool { return s.extents[i].at+len(s.extents[i].data) > from })
	at := from
	for ; i < len(s.extents) && s.extents[i].at < to; i++ {
		e := &s.extents[i]
		if e.at > at {
			clear(mem[at:e.at])
			at = e.at
		}
		at += copy(mem[at:to], e.data[at-e.at:])
	}
	clear(mem[at:to])
}
