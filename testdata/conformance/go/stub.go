//go:build !wasip1 && !tinygo.wasm

package main

// viaImport is for guests only.
func viaImport(c testCase, _ int) outcome { panic("there is no host to call " + c.function + " of") }
