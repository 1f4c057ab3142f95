package lanes

var PlainChunks, PlainMixed, PlainParents = plainChunks, plainMixed, plainParents

type Inputs = inputs

// Put says what is in a lane.
func (in *inputs) Put(lane int, chunk uint64, size int, flags uint32) {
	in.set(lane, chunk, size, flags)
}
