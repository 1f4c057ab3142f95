package engine_test

import (
	"testing"

	"github.com/guild-run/guild/abi"
)

func TestSmoke(t *testing.T) {
	for _, name := range []string{"noop", "counter", "counter-init", "grow", "grow-max", "table", "drop", "start"} {
		t.Run(name, func(t *testing.T) {
			h := load(t, "guests/"+name)
			for range 5 {
				res := succeed(t, h, call(abi.OnRunBegin))
				t.Log(res.Fuel, res.Duration)
			}
		})
	}
}
