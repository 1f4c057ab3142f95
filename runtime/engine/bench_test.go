package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// An event that does nothing: restoring, fuel, deadline and bookkeeping.
func BenchmarkEvent(b *testing.B) {
	for _, name := range []string{"noop", "counter", "counter-init", "grow", "table"} {
		b.Run(name, func(b *testing.B) {
			h := load(b, "guests/"+name)
			c := call(abi.OnRunBegin)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.Call(context.Background(), c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A host call with a key and a value of 80 bytes, and one with nothing; divided by the 1000 calls of one event.
func BenchmarkHostCall(b *testing.B) {
	key := "k" + strings.Repeat("234567890", 1) + strings.Repeat("1234567890", 7)
	h := load(b, "guests/bench")
	for _, test := range []struct {
		name  string
		event abi.Event
	}{{"event_get", abi.OnRunBegin}, {"now", abi.OnRunEnd}} {
		b.Run(test.name, func(b *testing.B) {
			c := call(test.event)
			c.Document = []byte(`{"` + key + `": "` + strings.Repeat("v", 78) + `"}`)
			for b.Loop() {
				if _, err := h.Call(context.Background(), c); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/hostcall")
		})
	}
}

func BenchmarkEcho(b *testing.B) {
	h := load(b, "guests/echo", func(s *engine.Spec) { s.Params = map[string]any{"echo": strings.Repeat("v", 78)} })
	c := call(abi.OnFlagsDetect)
	for b.Loop() {
		if _, err := h.Call(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// From nothing to the end of the first event: a new engine, with its cache on disk.
func BenchmarkFirstEvent(b *testing.B) {
	modules := map[string][]byte{"noop": guest(b, "guests/noop"), "call": guest(b, "guests/call"), "go": buildGo(b, goGuest)}
	for _, name := range []string{"noop", "call", "go"} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			once := func() {
				e := engine.New(engine.Config{CacheDir: dir})
				h, err := e.Load(context.Background(), engine.Spec{Name: name, Module: modules[name], Grants: allGrants})
				if err != nil {
					b.Fatal(err)
				}
				c := call(abi.OnRunBegin)
				c.Document = []byte(`{"run": {"op": "train", "flags": {"lr": 0.5}}}`)
				if _, err := h.Call(context.Background(), c); err != nil && name != "call" {
					b.Fatal(err)
				}
				e.Close(context.Background())
			}
			once()
			for b.Loop() {
				once()
			}
		})
	}
}

// An event of a guest of the Go toolchain that decodes JSON and prints.
func BenchmarkGoEvent(b *testing.B) {
	h, err := newEngine(b, engine.Config{}).Load(b.Context(), engine.Spec{Name: "go", Module: buildGo(b, goGuest)})
	if err != nil {
		b.Fatal(err)
	}
	c := call(abi.OnRunBegin)
	c.Document = []byte(`{"run": {"op": "train", "flags": {"lr": 0.5}}}`)
	for b.Loop() {
		if _, err := h.Call(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
}
