package lanes

var WideChunks, WideParents = wideChunks, wideParents
