//go:build !amd64

package lanes

var WideChunks, WideMixed, WideParents = plainChunks, plainMixed, plainParents
