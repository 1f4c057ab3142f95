package wasm

// editKind is what to do at a place of a function's code.
type editKind byte

const (
	editCharge  editKind = iota // insert the charge of segment arg
	editLoop                    // replace the beginning of a loop of segment arg
	editLoopEnd                 // replace the end of that loop
	editCall                    // replace a call, of function arg
	editIndex                   // replace an index by arg
	editReturn                  // replace return by a branch with label arg
	editBulk                    // insert a charge by the number on top of the stack: arg is how many bits it is shifted right
	editGrow                    // replace a growing instruction of memory (arg 0) or a table (arg 1)
)

// edit is one change at pos; what it replaces ends at end.
type edit struct {
	pos, end int32
	kind     editKind
	arg      uint32
}
