package lanes

var PlainChunks, PlainParents = plainChunks, plainParents
