//go:build wasip1

// Command noop is a hook of the Go toolchain that handles an event and does nothing.
package main

func main() {}

//go:wasmexport on_run_begin
func onRunBegin() int32 { return 0 }
