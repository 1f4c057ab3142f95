package engine

import (
	"bytes"

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

// restore makes memory, which must have the snapshot's size, and globals what they were.
func (s *snapshot) restore(mem []byte, globals []api.MutableGlobal) {
	at := 0
	for _, e := range s.extents {
		clear(mem[at:e.at])
		at = e.at + copy(mem[e.at:], e.data)
	}
	clear(mem[at:])
	for i, g := range globals {
		g.Set(s.globals[i])
	}
}
