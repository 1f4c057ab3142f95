// Command panics is a hook that panics in each of its events, for the tests.
package main

import guild "github.com/guild-run/guild/guest-sdk/go"

func main() {}

// OnInit receives the event.
//
//go:wasmexport on_init
func OnInit() int32 { return guild.Handle(func() error { panic("on purpose") }) }

// OnRunBegin receives the event.
//
//go:wasmexport on_run_begin
func OnRunBegin() int32 {
	return guild.Handle(func() error {
		var missing []int
		return guild.Deny(string(rune(missing[len(missing)])))
	})
}

// OnRunEnd receives the event.
//
//go:wasmexport on_run_end
func OnRunEnd() int32 {
	return guild.Handle(func() error {
		var none *struct{ name string }
		return guild.Emit(none.name, nil)
	})
}
