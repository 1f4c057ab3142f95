package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// document is what the events of the benchmarks are about: a run of one operation.
const document = `{
	"event": {"name": "on_run_begin", "seq": 1, "time": "2026-11-21T10:00:00.123456Z"},
	"run": {
		"id": "4c1f0b6ad1a14d9e8f0b5f1f2f5c7d3a", "op": "train", "main": "train.py", "status": "completed", "exit_status": 0,
		"flags": {"lr": 0.001, "epochs": 20, "batch-size": 64, "optimizer": "adamw", "dropout": 0.1},
		"scalars": {"loss": {"last": 0.0421, "min": 0.0398, "max": 2.3051, "count": 20, "step": 9380}},
		"label": "lr=0.001", "started": "2026-11-21T10:00:00.123456Z", "stopped": "2026-11-21T10:04:10.000001Z", "duration": 249.876545
	}
}`

// everything is all that can be granted.
var everything = []abi.Grant{"stage.write:**", abi.GrantFlagsSet, abi.GrantEnvSet, abi.GrantAttrsSet, abi.GrantPlanSet, abi.GrantLock, abi.GrantEmit}

// eventTime is the time of all events.
var eventTime = time.Date(2026, 11, 21, 10, 0, 0, 123456000, time.UTC)

// loadHook loads a module as guild does.
func loadHook(ctx context.Context, e *engine.Engine, name string, module []byte) (*engine.Hook, error) {
	return e.Load(ctx, engine.Spec{Name: name, Module: module, Grants: everything})
}

// deliver delivers an event n times.
func deliver(ctx context.Context, h *engine.Hook, c engine.Call, n int) error {
	for range n {
		if res, err := h.Call(ctx, c); err != nil {
			return err
		} else if res.Denied {
			return fmt.Errorf("denied: %s", res.Reason)
		}
	}
	return nil
}

func eventTable(ctx context.Context, g *guests, rounds int) (*table, error) {
	e := engine.New(engine.Config{})
	defer e.Close(ctx)
	wat, err := g.file("testdata", "guests", "noop")
	if err != nil {
		return nil, err
	}
	rustStamp, err := g.rust("stamp")
	if err != nil {
		return nil, err
	}
	rustGuard, err := g.rust("lr-guard")
	if err != nil {
		return nil, err
	}
	goNoop, err := g.golang("./guests/noop")
	if err != nil {
		return nil, err
	}
	goStamp, err := g.golang("stamp")
	if err != nil {
		return nil, err
	}
	goGuard, err := g.golang("lr-guard")
	if err != nil {
		return nil, err
	}
	const micro = 1e3
	cases := []struct {
		name, fresh string
		module      []byte
		event       abi.Event
		document    string
		aim         aim
	}{
		{"WAT, no-op", "WAT", wat, abi.OnRunBegin, "", atMost(40 * micro)},
		{"Rust, stamp without a main file", "Rust", rustStamp, abi.OnRunStaged, "", atMost(40 * micro)},
		{"Rust, lr-guard checks lr", "", rustGuard, abi.OnFlagsComposed, document, atMost(40 * micro)},
		{"Go, no-op", "Go", goNoop, abi.OnRunBegin, "", atMost(150 * micro)},
		{"Go, stamp without a main file", "", goStamp, abi.OnRunStaged, "", atMost(150 * micro)},
		{"Go, lr-guard checks lr", "", goGuard, abi.OnFlagsComposed, document, atMost(150 * micro)},
	}
	var benches []bench
	base := ""
	for _, c := range cases {
		if c.fresh != "" {
			fresh, err := freshBench(ctx, "a new instance of wazero for each event, "+c.fresh, c.module, c.event)
			if err != nil {
				return nil, err
			}
			base = fresh.name
			benches = append(benches, fresh)
		}
		h, err := loadHook(ctx, e, c.name, c.module)
		if err != nil {
			return nil, err
		}
		call := engine.Call{Event: c.event, Document: []byte(c.document), Time: eventTime, Stage: noStage{}}
		benches = append(benches, bench{name: c.name, base: base, aim: c.aim, run: func(n int) error { return deliver(ctx, h, call, n) }})
	}
	return measure(benches, rounds)
}

// freshBench is the other way to an instance without a past: a new one for each event.
func freshBench(ctx context.Context, name string, module []byte, event abi.Event) (bench, error) {
	host, err := newBareHost("{}", "")
	if err != nil {
		return bench{}, err
	}
	b, err := compileBare(ctx, wazero.NewRuntimeConfig(), host, module, false)
	return bench{name: name, run: func(n int) error {
		for range n {
			if err := b.instantiate(ctx, event); err != nil {
				return err
			}
			if err := b.call(ctx); err != nil {
				return err
			}
			if err := b.mod.Close(ctx); err != nil {
				return err
			}
		}
		return nil
	}}, err
}

// noStage is a stage without files that takes all that is written.
type noStage struct{}

func (noStage) List(string) ([]string, error)             { return nil, nil }
func (noStage) Stat(string) (engine.Stat, error)          { return engine.Stat{}, abi.NotFound }
func (noStage) ReadAt(string, int64, []byte) (int, error) { return 0, abi.NotFound }
func (noStage) Write(_ string, _ int32, _ []byte) error   { return nil }
func (noStage) Remove(string) error                       { return nil }
