// Package lanes hashes 16 chunks of BLAKE3 at once, in the 16 lanes of AVX-512 registers.
//
// BLAKE3 hashes a tree: leaves are chunks of 1 KiB, and every aligned piece of 2^n chunks has a value of its own that depends on its
// bytes and its position only. The libraries there are use half as wide instructions, or gather their input from memory word by word, which
// takes twice as long on present processors. This one is for whole chunks on processors that have the instructions; for
// everything else there are the libraries.
package lanes

import (
	"encoding/binary"

	"lukechampine.com/blake3/guts"
)

const (
	chunkLen = 1 << 10
	lanes    = 16
	groupLen = lanes * chunkLen

	// MaxPiece is how many bytes a Hasher takes at once.
	MaxPiece  = 256 << 10
	maxChunks = MaxPiece / chunkLen
)

// Group is the values of 16 nodes: word i of all of them, then word i+1.
type Group [8][lanes]uint32

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
	var out [32]byte
	for i, word := range top(v.groups, v.n, guts.FlagRoot) {
		binary.LittleEndian.PutUint32(out[4*i:], word)
	}
	return out
}

// Value returns the value of the node over the list, which is not the root. It takes the list to pieces.
func (v *Values) Value() Value { return top(v.groups, v.n, 0) }

// Hasher hashes pieces of files, one after another, and reuses its memory for that.
type Hasher struct {
	groups [maxChunks / lanes]Group
	rest   [groupLen]byte
}

// Sum returns the digest of p, which is longer than a chunk and at most MaxPiece.
func (h *Hasher) Sum(p []byte) [32]byte {
	v := Values{h.groups[:], h.leaves(p, 0)}
	return v.Root()
}

// Value returns the value of the node over p, which is at most MaxPiece and begins at that chunk of its file, a multiple of MaxPiece.
func (h *Hasher) Value(p []byte, chunk uint64) Value {
	n := h.leaves(p, chunk)
	if n == 1 {
		return get(h.groups[:], 0)
	}
	return top(h.groups[:], n, 0)
}

// leaves computes the values of the chunks of p.
func (h *Hasher) leaves(p []byte, chunk uint64) (n int) {
	whole := len(p) / chunkLen
	for at := 0; at < whole; at += lanes {
		begin := at * chunkLen
		group := p[begin:]
		if cap(group) < groupLen {
			copy(h.rest[:], group)
			group = h.rest[:]
		}
		chunks((*[groupLen]byte)(group[:groupLen]), chunk+uint64(at), &h.groups[at/lanes])
	}
	if last := p[whole*chunkLen:]; len(last) > 0 {
		set(h.groups[:], whole, guts.ChainingValue(guts.CompressChunk(last, &guts.IV, chunk+uint64(whole), 0)))
		whole++
	}
	return whole
}

// top combines n > 1 values level by level; of an odd number the last goes up as it is.
func top(groups []Group, n int, flags uint32) Value {
	for n > 2 {
		half := n / 2
		last := get(groups, n-1)
		for at := 0; at < half; at += lanes {
			i := at / lanes
			parents((*[2]Group)(groups[2*i:]), guts.FlagParent, &groups[i])
		}
		if n%2 == 1 {
			set(groups, half, last)
			half++
		}
		n = half
	}
	parents((*[2]Group)(groups), guts.FlagParent|flags, &groups[0])
	return get(groups, 0)
}

func get(groups []Group, i int) (v Value) {
	g := &groups[i/lanes]
	for word := range v {
		v[word] = g[word][i%lanes]
	}
	return v
}

func set(groups []Group, i int, v Value) {
	set1(&groups[i/lanes], i%lanes, v)
}
