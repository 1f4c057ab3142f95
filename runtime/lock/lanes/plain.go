package lanes

import "lukechampine.com/blake3/guts"

// plainChunks stores the values of 16 whole chunks, of which the first is that number of its file, a multiple of 16.
func plainChunks(p *[groupLen]byte, chunk uint64, out *Group) {
	for i := range lanes {
		put(out, i, guts.ChainingValue(guts.CompressChunk(p[i*chunkLen:][:chunkLen], &guts.IV, chunk+uint64(i), 0)))
	}
}

// plainMixed stores the values of as many chunks, or roots of files, as the inputs say there are; what is in other lanes stays.
func plainMixed(p *[groupLen]byte, in *inputs, out *Group) {
	for i := range lanes {
		if in.blocks[i] == 0 {
			continue
		}
		size := (in.blocks[i]-1)*blockLen + in.last[i]
		chunk := uint64(in.high)<<32 | uint64(in.chunk[i])
		node := guts.CompressChunk(p[i*chunkLen:][:size], &guts.IV, chunk, 0)
		node.Flags |= in.flags[i]
		put(out, i, guts.ChainingValue(node))
	}
}

// plainParents stores the nodes over each two neighbours of 32 values, with flags for each. out may be one of in.
func plainParents(in *[2]Group, flags *Words, out *Group) {
	var nodes Group
	for i := range lanes {
		node := guts.ParentNode(get(in[:], 2*i), get(in[:], 2*i+1), &guts.IV, 0)
		node.Flags = flags[i]
		put(&nodes, i, guts.ChainingValue(node))
	}
	*out = nodes
}

func put(g *Group, lane int, v Value) {
	for word := range v {
		g[word][lane] = v[word]
	}
}
