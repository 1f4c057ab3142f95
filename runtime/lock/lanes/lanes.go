// Package lanes hashes 16 chunks of BLAKE3 at once, in the 16 lanes of AVX-512 registers.
//
// BLAKE3 hashes a tree: leaves are chunks of 1 KiB, and every aligned piece of 2^n chunks has a value of its own that depends on its
// bytes and its position only. The libraries there are use half as wide instructions, or gather their input from memory word by word, which
// takes twice as long on present processors. This one is for whole chunks on processors that have the instructions; for
// everything else there are the libraries.
package lanes

import (
	"encoding/binary"

	"github.com/zeebo/blake3"
	"lukechampine.com/blake3/guts"
)

const (
	chunkLen = 1 << 10
	blockLen = 64
	lanes    = 16
	groupLen = lanes * chunkLen

	// MaxPiece is how many bytes a Hasher takes at once.
	MaxPiece  = 256 << 10
	maxChunks = MaxPiece / chunkLen
)

// Words is one word of each of 16 inputs.
type Words [lanes]uint32

// Group is the values of 16 nodes: word i of all of them, then word i+1.
type Group [8]Words

// inputs says what is in the lanes. The assembly knows where each part of it is.
type inputs struct {
	chunk  Words // number of the chunk in its file, lower half
	blocks Words // how many of 64 bytes; 0: the lane is empty
	last   Words // bytes of the last block; the rest of it must be zero
	flags  Words // of the last block
	most   uint32
	high   uint32 // upper half of the numbers of the chunks
}

// set puts a chunk, or as much of it as there is, into a lane.
func (in *inputs) set(lane int, chunk uint64, size int, flags uint32) {
	blocks := max(1, (size+blockLen-1)/blockLen)
	in.chunk[lane], in.high = uint32(chunk), uint32(chunk>>32)
	in.blocks[lane], in.last[lane] = uint32(blocks), uint32(size-(blocks-1)*blockLen)
	in.flags[lane] = guts.FlagChunkEnd | flags
	in.most = max(in.most, uint32(blocks))
}

// Value is the chaining value of a node of the tree.
type Value = [8]uint32

// Values is a list of nodes of one level of the tree, all of them over as many bytes, but for the last. Distinct ones may be set by
// several goroutines at once.
type Values struct {
	groups []Group
	n      int
}

// NewValues returns a list of n > 1 values.
func NewValues(n int) *Values { return &Values{groupsFor(n), n} }

// groupsFor has room for n values, and for what parents reads beside them.
func groupsFor(n int) []Group { return make([]Group, (n+2*lanes-1)/(2*lanes)*2) }

// Set sets value i.
func (v *Values) Set(i int, value Value) { set(v.groups, i, value) }

// Root returns the digest over all values. It takes the list to pieces.
func (v *Values) Root() [32]byte {
	return digest(top(v.groups, v.n, rootFlags))
}

func digest(v Value) (d [32]byte) {
	for i, word := range v {
		binary.LittleEndian.PutUint32(d[4*i:], word)
	}
	return d
}

// Value returns the value of the node over the list, which is not the root. It takes the list to pieces.
func (v *Values) Value() Value { return top(v.groups, v.n, parentFlags) }

// Hasher hashes pieces of files, one after another, and reuses its memory for that.
type Hasher struct {
	groups [maxChunks / lanes]Group
	rest   [groupLen + blockLen]byte
}

// Sum returns the digest of p, which is at most MaxPiece.
func (h *Hasher) Sum(p []byte) [32]byte {
	if len(p) <= chunkLen {
		return blake3.Sum256(p)
	}
	v := Values{h.groups[:], h.leaves(p, 0)}
	return v.Root()
}

// Value returns the value of the node over p, which is at most MaxPiece and begins at that chunk of its file, a multiple of MaxPiece.
func (h *Hasher) Value(p []byte, chunk uint64) Value {
	n := h.leaves(p, chunk)
	if n == 1 {
		return get(h.groups[:], 0)
	}
	return top(h.groups[:], n, parentFlags)
}

// leaves computes the values of the chunks of p.
func (h *Hasher) leaves(p []byte, chunk uint64) (n int) {
	for at := 0; at < len(p); at += groupLen {
		out := &h.groups[at/groupLen]
		first := chunk + uint64(at/chunkLen)
		if rest := p[at:]; len(rest) >= groupLen {
			chunks((*[groupLen]byte)(rest), first, out)
		} else {
			clear(h.rest[copy(h.rest[:], rest):][:blockLen])
			var in inputs
			for lane := 0; lane*chunkLen < len(rest); lane++ {
				in.set(lane, first+uint64(lane), min(chunkLen, len(rest)-lane*chunkLen), 0)
			}
			mixed((*[groupLen]byte)(h.rest[:]), &in, out)
		}
	}
	return (len(p) + chunkLen - 1) / chunkLen
}

// parentFlags and rootFlags are those of 16 nodes.
var (
	parentFlags = same(guts.FlagParent)
	rootFlags   = same(guts.FlagParent | guts.FlagRoot)
)

func same(flags uint32) *Words {
	var w Words
	for i := range w {
		w[i] = flags
	}
	return &w
}

// top combines n > 1 values level by level; of an odd number the last goes up as it is.
func top(groups []Group, n int, flags *Words) Value {
	for n > 2 {
		half := n / 2
		last := get(groups, n-1)
		for at := 0; at < half; at += lanes {
			i := at / lanes
			parents((*[2]Group)(groups[2*i:]), parentFlags, &groups[i])
		}
		if n%2 == 1 {
			set(groups, half, last)
			half++
		}
		n = half
	}
	parents((*[2]Group)(groups), flags, &groups[0])
	return get(groups, 0)
}

func get(groups []Group, i int) (v Value) {
	g := &groups[i/lanes]
	for word := range v {
		v[word] = g[word][i%lanes]
	}
	return v
}

func set(groups []Group, i int, v Value) { put(&groups[i/lanes], i%lanes, v) }
