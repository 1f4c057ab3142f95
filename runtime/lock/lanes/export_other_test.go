//go:build !amd64

package lanes

var WideChunks, WideParents = plainChunks, plainParents
