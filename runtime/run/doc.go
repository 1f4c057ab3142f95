// Package run has the nouns of guild: what a run is called, what its flags are, what became of it. It
// does no input or output, and everything imports it.
package run
