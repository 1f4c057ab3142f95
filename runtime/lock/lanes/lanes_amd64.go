package lanes

import "golang.org/x/sys/cpu"

// Available reports whether this processor can do it. Otherwise the result is the same, and libraries are faster.
func Available() bool { return cpu.X86.HasAVX512F }

func chunks(p *[groupLen]byte, chunk uint64, out *Group) {
	if Available() {
		wideChunks(p, chunk, out)
	} else {
		plainChunks(p, chunk, out)
	}
}

func mixed(p *[groupLen]byte, in *inputs, out *Group) {
	if Available() {
		wideMixed(p, in, out)
	} else {
		plainMixed(p, in, out)
	}
}

func parents(in *[2]Group, flags *Words, out *Group) {
	if Available() {
		wideParents(in, flags, out)
	} else {
		plainParents(in, flags, out)
	}
}

// wideChunks is plainChunks.
//
//go:noescape
func wideChunks(p *[groupLen]byte, chunk uint64, out *Group)

// wideMixed is plainMixed.
//
//go:noescape
func wideMixed(p *[groupLen]byte, in *inputs, out *Group)

// wideParents is plainParents.
//
//go:noescape
func wideParents(in *[2]Group, flags *Words, out *Group)
