package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"

	"github.com/guild-run/guild/abi"
)

// source is the staged file that the hook stamp changes.
var source = strings.Repeat("print(\"one line of a script like many others\")\n", 25)

func meterTable(ctx context.Context, g *guests, rounds int) (*table, error) {
	cases := []struct {
		name   string
		module func(string) ([]byte, error)
		file   string
		event  abi.Event
		// times in an instance: few, as a guest may leave its memory as it is at the end of an event, and one of the Go
		// toolchain must not come to collect its garbage. And how many instances there are in a batch.
		times, parts int
	}{
		{"Rust, lr-guard", g.rust, "lr-guard", abi.OnFlagsComposed, 100, 20},
		{"Rust, stamp", g.rust, "stamp", abi.OnRunStaged, 20, 10},
		{"Rust, summary", g.rust, "summary", abi.OnRunEnd, 40, 10},
		{"Go, lr-guard", g.golang, "lr-guard", abi.OnFlagsComposed, 400, 1},
		{"Go, stamp", g.golang, "stamp", abi.OnRunStaged, 20, 1},
		{"Go, summary", g.golang, "summary", abi.OnRunEnd, 40, 1},
		{"Go, encoding/json, 1.2 KB", g.golang, "./guests/json", abi.OnRunBegin, 20, 1},
	}
	var benches []bench
	for _, c := range cases {
		module, err := c.module(c.file)
		if err != nil {
			return nil, err
		}
		base := c.name + ": original"
		for _, variant := range []struct {
			suffix             string
			metered, interrupt bool
			base               string
			aim                aim
		}{
			{": original", false, false, "", aim{}},
			{": metered", true, false, base, ratioAtMost(1.15)},
			{": WithCloseOnContextDone", false, true, base, aim{}},
		} {
			b, err := handlerBench(ctx, module, c.event, variant.metered, variant.interrupt)
			if err != nil {
				return nil, fmt.Errorf("%s%s: %w", c.name, variant.suffix, err)
			}
			b.name, b.times, b.parts, b.base, b.aim = c.name+variant.suffix, c.times, c.parts, variant.base, variant.aim
			benches = append(benches, b)
		}
	}
	return measure(benches, 2*rounds)
}

// warmUp is how many calls a new instance has before it is timed.
const warmUp = 3

// handlerBench calls a handler, for each batch on a new instance: all variants of a guest go through the same states.
func handlerBench(ctx context.Context, module []byte, event abi.Event, metered, interrupt bool) (bench, error) {
	host, err := newBareHost(document, source)
	if err != nil {
		return bench{}, err
	}
	config := wazero.NewRuntimeConfig()
	if interrupt {
		config = config.WithCloseOnContextDone(true)
	}
	b, err := compileBare(ctx, config, host, module, metered)
	if err != nil {
		return bench{}, err
	}
	if interrupt {
		// A context that can end, as one with a timeout. This one lives as long as the program.
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		context.AfterFunc(ctx, cancel)
	}
	prepare := func() error {
		if b.mod != nil {
			if err := b.mod.Close(ctx); err != nil {
				return err
			}
		}
		if err := b.instantiate(ctx, event); err != nil {
			return err
		}
		return b.times(ctx, warmUp)
	}
	return bench{prepare: prepare, run: func(n int) error { return b.times(ctx, n) }}, nil
}
