//go:build !wasip1

package main

import (
	"testing"

	"github.com/guild-run/guild/guest-sdk/go/hooktest"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		flag    any
		reason  string
		failure string
	}{
		{flag: 2.0, reason: "lr=2.0 is over the limit of 1.0"},
		{flag: 1.0},
		{flag: nil},
		{flag: "high", failure: `flag lr is "high", not a number`},
	} {
		h := hooktest.New()
		h.Flag("lr", c.flag)
		h.Call(check)
		if h.Reason != c.reason || h.Denied != (c.reason != "") || h.Failure != c.failure {
			t.Errorf("lr=%v: denied %v %q, failure %q", c.flag, h.Denied, h.Reason, h.Failure)
		}
	}

	h := hooktest.New()
	h.Param("flag", "opt.rate")
	h.Param("max", 3)
	h.Flag("opt.rate", 4)
	h.Call(check)
	if want := "opt.rate=4 is over the limit of 3"; h.Reason != want {
		t.Errorf("got %q, want %q", h.Reason, want)
	}
}
