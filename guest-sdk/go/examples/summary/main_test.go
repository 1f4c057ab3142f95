//go:build !wasip1

package main

import (
	"testing"

	"github.com/guild-run/guild/guest-sdk/go/hooktest"
)

func host() *hooktest.Host {
	h := hooktest.New()
	h.Run("op", "train")
	h.Run("status", "completed")
	h.Run("label", "lr=0.1")
	h.Run("duration", 1.5)
	h.Run("scalars", map[string]any{"loss": map[string]any{"last": 0.25, "count": 2}})
	h.Flag("lr", 0.1)
	return h
}

func TestSummarise(t *testing.T) {
	h := host()
	h.Call(summarise)
	const want = `{"op":"train","status":"completed","flags":{"lr":0.1},"scalars":{"loss":{"count":2,"last":0.25}},"duration":1.5}` + "\n"
	if h.Failure != "" || h.Files["summary.json"] != want {
		t.Errorf("%s\n got %s\nwant %s", h.Failure, h.Files["summary.json"], want)
	}
	if h.Attrs["label"] != `"lr=0.1 (completed)"` {
		t.Errorf("label %s", h.Attrs["label"])
	}
}

func TestTemplate(t *testing.T) {
	h := host()
	h.Param("label", "${op}: ${status} ${")
	h.Call(summarise)
	if h.Attrs["label"] != `"train: completed ${"` {
		t.Errorf("label %s", h.Attrs["label"])
	}
	h.Param("label", "${x}")
	h.Call(summarise)
	if want := "parameter label: no such name: x"; h.Failure != want {
		t.Errorf("failure %q, want %q", h.Failure, want)
	}
}
