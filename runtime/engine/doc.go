// Package engine runs hooks: it is the host side of the ABI (abi/SPEC.md), on wazero, and the only package
// that knows wazero.
//
// It decides what a module may be (exports, imports, grants, limits), how an event is delivered (a
// transaction, restored memory, a frozen clock, fuel and a deadline), and what each host function answers.
// It leaves to its caller which hooks there are, in which order they are called, what a failure means for
// the run, and applying a Result: flags, attributes, stage and state are committed by the caller, when Call
// returned no error and no denial.
package engine
