//go:build !amd64

package lanes

// Available reports whether this processor can do it. Otherwise the result is the same, and libraries are faster.
func Available() bool { return false }

func chunks(p *[groupLen]byte, chunk uint64, out *Group) { plainChunks(p, chunk, out) }

func mixed(p *[groupLen]byte, in *inputs, out *Group) { plainMixed(p, in, out) }

func parents(in *[2]Group, flags *Words, out *Group) { plainParents(in, flags, out) }
