package wasm

import "math/bits"

// reads notes a read of a local, for the innermost loop.
func (p *planner) reads(local uint32) {
	if n := len(p.sets); n > 0 && (local >= 64 || p.written>>local&1 == 0) {
		p.sets[n-p.stride+int(local/64)] |= 1 << (local % 64)
	}
}

// writes notes a change of a local, for the innermost loop.
func (p *planner) writes(local uint32) {
	n := len(p.sets)
	if n == 0 {
		return
	}
	p.sets[n-2*p.stride+int(local/64)] |= 1 << (local % 64)
	if local < 64 {
		p.written |= 1 << local
	}
}

// openSets begins the sets of a loop.
func (p *planner) openSets() {
	p.written = 0
	for range 2 * p.stride {
		p.sets = append(p.sets, 0)
	}
}

// keep closes the sets of the innermost loop, and notes which locals are in both.
func (p *planner) keep(list bool) {
	from := int32(len(p.kept))
	n := len(p.sets) - 2*p.stride
	changed, read := p.sets[n:n+p.stride], p.sets[n+p.stride:]
	for i := range changed {
		for word := changed[i] & read[i]; list && word != 0; word &= word - 1 {
			p.kept = append(p.kept, uint32(i*64+bits.TrailingZeros64(word)))
		}
	}
	if n > 0 {
		for i, word := range p.sets[n:] {
			p.sets[n-2*p.stride+i] |= word
		}
	}
	p.sets = p.sets[:n]
	p.ended = append(p.ended, endedLoop{from, int32(len(p.kept))})
}
