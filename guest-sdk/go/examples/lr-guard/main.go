// Command lr-guard is a hook that refuses a run whose learning rate is over a limit.
//
// Parameters: flag, the name of the flag (default "lr"), and max, the limit (default 1.0).
package main

import guild "github.com/guild-run/guild/guest-sdk/go"

func main() {}

// OnFlagsComposed receives the event.
//
//go:wasmexport on_flags_composed
func OnFlagsComposed() int32 { return guild.Handle(check) }

func check() error {
	name, err := guild.Param("flag").StringOr("lr")
	if err != nil {
		return err
	}
	max := guild.Param("max")
	limit, err := max.FloatOr(1)
	if err != nil {
		return err
	}
	rate := guild.Flag(name)
	if rate.IsNull() {
		return nil // not given to the process
	}
	value, ok, err := rate.Float()
	if err != nil || !ok { // or an operation without this flag
		return err
	}
	if value > limit {
		// The JSON texts, so that numbers are shown as they were given.
		rateText, _, _ := rate.JSON()
		maxText, ok, _ := max.JSON()
		if !ok {
			maxText = "1.0"
		}
		return guild.Deny(name + "=" + rateText + " is over the limit of " + maxText)
	}
	return nil
}
