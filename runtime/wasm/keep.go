package wasm

import (
	"maps"
	"slices"
)

// A keeper is a function (t…) -> (t…) that calls the host and returns what it was given. Values that are handed through
// a keeper need not outlive the call in the eyes of the compiler, which would otherwise store each of them to the stack every time it
// changes, on the way that does not call at all.

// maxKept is how many values of one type go through a keeper.
const maxKept = 32

// keeps collects the calls of keepers in one part of the code. Their function indices are known only when all parts
// are done, so each call has room for the longest.
type keeps struct {
	at      []keepAt
	pending int // of at: those in the body at work
	byType  map[string]string
	types   []byte
	list    []uint32
}

// keepAt is where the index of the keeper of the given types is to be put.
type keepAt struct {
	pos   int
	types string
}

// paddedSize is the length of a 32-bit LEB128 number with all its bytes.
const paddedSize = 5

// choose picks from the locals those to be kept, ordered by type so that few keepers are needed.
func (k *keeps) choose(all []byte, locals []uint32) (types []byte, list []uint32) {
	k.types, k.list = k.types[:0], k.list[:0]
	for _, t := range [...]byte{I32, I64, F32, F64} {
		n := 0
		for _, l := range locals {
			if all[l] == t && n < maxKept {
				k.types = append(k.types, t)
				k.list = append(k.list, l)
				n++
			}
		}
	}
	return k.types, k.list
}

// place appends room for a keeper's index to the body at work.
func (k *keeps) place(body, types []byte) []byte {
	key, ok := k.byType[string(types)]
	if !ok {
		if k.byType == nil {
			k.byType = map[string]string{}
		}
		key = string(types)
		k.byType[key] = key
	}
	k.at = append(k.at, keepAt{len(body), key})
	return append(body, 0x80, 0x80, 0x80, 0x80, 0)
}

// placed says where in the part the body at work has come to lie.
func (k *keeps) placed(offset int) {
	for ; k.pending < len(k.at); k.pending++ {
		k.at[k.pending].pos += offset
	}
}

// keepers numbers the keepers that the parts need, in an order that does not depend on how the code was shared
// out, and puts their indices in place.
func (a *assembler) keepers(parts []*emitter) {
	set := map[string]uint32{}
	for _, e := range parts {
		for key := range e.keeps.byType {
			set[key] = 0
		}
	}
	for i, key := range slices.Sorted(maps.Keys(set)) {
		types := []byte(key)
		set[key] = uint32(len(a.sigs)) + 1 + uint32(i)
		a.keeping = append(a.keeping, a.typeIndex(FuncType{Params: types, Results: types}))
	}
	for _, e := range parts {
		for _, at := range e.keeps.at {
			index := set[at.types]
			for i := range paddedSize - 1 {
				e.out[at.pos+i] = byte(index>>(7*i)) | 0x80
			}
			e.out[at.pos+paddedSize-1] = byte(index >> 28)
		}
	}
}

// keeperBodies is the code of the keepers, with sizes.
func (a *assembler) keeperBodies() (out []byte) {
	for _, t := range a.keeping {
		body := []byte{0} // locals
		body = uleb(append(body, opCall), a.yield)
		for i := range a.typeAt(t).Params {
			body = uleb(append(body, opLocalGet), uint32(i))
		}
		body = append(body, opEnd)
		out = append(uleb(out, uint32(len(body))), body...)
	}
	return out
}

func (a *assembler) typeAt(index uint32) FuncType {
	if n := uint32(len(a.Types)); index >= n {
		return a.added[index-n]
	}
	return a.Types[index]
}
