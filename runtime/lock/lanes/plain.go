package lanes

import "lukechampine.com/blake3/guts"

// plainChunks stores the values of 16 whole chunks, of which the first is that number of its file, a multiple of 16.
func plainChunks(p *[groupLen]byte, chunk uint64, out *Group) {
	for i := range lanes {
		set1(out, i, guts.ChainingValue(guts.CompressChunk(p[i*chunkLen:][:chunkLen], &guts.IV, chunk+uint64(i), 0)))
	}
}

// plainParents stores the nodes over each two neighbours of 32 values, with those flags and that of a parent. out may be one of in.
func plainParents(in *[2]Group, flags uint32, out *Group) {
	var nodes Group
	for i := range lanes {
		left, right := get(in[:], 2*i), get(in[:], 2*i+1)
		set1(&nodes, i, guts.ChainingValue(guts.ParentNode(left, right, &guts.IV, flags)))
	}
	*out = nodes
}

func set1(g *Group, lane int, v Value) {
	for word := range v {
		g[word][lane] = v[word]
	}
}
