// Command panics is a hook that panics in each of its events, for the tests.
package main

import guild "github.com/guild-run/guild/guest-sdk/go"

func main() {}

//go:wasmexport on_init
func onInit() int32 { return guild.Handle(func() error { panic("on purpose") }) }

//go:wasmexport on_run_begin
func onRunBegin() int32 {
	return guild.Handle(func() error {
		var missing []int
		return guild.Deny(string(rune(missing[len(missing)])))
	})
}

//go:wasmexport on_run_end
func onRunEnd() int32 {
	return guild.Handle(func() error {
		var none *struct{ name string }
		return guild.Emit(none.name, nil)
	})
}
