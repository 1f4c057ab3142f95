package lanes

var WideChunks, WideMixed, WideParents = wideChunks, wideMixed, wideParents
