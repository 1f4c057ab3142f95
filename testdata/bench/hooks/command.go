package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// variant is one way to run the command.
type variant struct {
	name   string
	module []byte // of the hook lr-guard, or nil
	cold   bool   // with nothing cached
	aim    aim

	project, home, cache string
	costs                []float64
}

const project = `[operations.train]
exec = ["true"]
[operations.train.flags.lr]
default = 0.001
`

const hookTable = `[hooks.lr-guard]
module = "lr-guard.wasm"
`

// commandTable starts guild again and again: without a hook, and with one.
func commandTable(ctx context.Context, g *guests, rounds int) (*table, error) {
	rust, err := g.rust("lr-guard")
	if err != nil {
		return nil, err
	}
	golang, err := g.golang("lr-guard")
	if err != nil {
		return nil, err
	}
	guild := filepath.Join(g.dir, "guild")
	build := exec.CommandContext(ctx, "go", "build", "-o", guild, "./cmd/guild")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	const base = "without hooks"
	atMostMore := aim{"at most 5 ms more", func(r row) bool { return r.more <= 5e6 }}
	variants := []*variant{
		{name: base},
		{name: "with a Rust hook, cached", module: rust, aim: atMostMore},
		{name: "with a Rust hook, nothing cached", module: rust, cold: true},
		{name: "with a Go hook, cached", module: golang},
	}
	for i, v := range variants {
		if err := v.prepare(filepath.Join(g.dir, fmt.Sprint(i))); err != nil {
			return nil, err
		}
		for range 2 { // what is compiled once, and the system's own caches
			if _, err := v.run(ctx, guild); err != nil {
				return nil, fmt.Errorf("%s: %w", v.name, err)
			}
		}
	}
	rounds *= 2
	for range rounds {
		for _, i := range rand.Perm(len(variants)) {
			took, err := variants[i].run(ctx, guild)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", variants[i].name, err)
			}
			variants[i].costs = append(variants[i].costs, took)
		}
	}
	t := &table{note: fmt.Sprintf("%d rounds; differences are of lower quarters", rounds)}
	for _, v := range variants {
		r := row{name: v.name, median: median(v.costs), best: slices.Min(v.costs), aim: v.aim}
		if v.name != base {
			r.base = base
			r.ratio = quarter(v.costs) / quarter(variants[0].costs)
			r.more = quarter(v.costs) - quarter(variants[0].costs)
		}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

func (v *variant) prepare(dir string) error {
	v.project, v.home, v.cache = filepath.Join(dir, "project"), filepath.Join(dir, "home"), filepath.Join(dir, "cache")
	if err := os.MkdirAll(v.project, 0o755); err != nil {
		return err
	}
	text := project
	if v.module != nil {
		text += hookTable
		if err := os.WriteFile(filepath.Join(v.project, "lr-guard.wasm"), v.module, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(v.project, "guild.toml"), []byte(text), 0o644)
}

// run runs the operation once, and returns how long that took.
func (v *variant) run(ctx context.Context, guild string) (float64, error) {
	if v.cold {
		// Another directory, as deleting files would slow down whoever makes files next.
		v.cache += "0"
	}
	cmd := exec.CommandContext(ctx, guild, "run", "train", "-y")
	cmd.Dir = v.project
	cmd.Env = append(os.Environ(), "GUILD_HOME="+v.home, "XDG_CACHE_HOME="+v.cache, "XDG_CONFIG_HOME="+v.cache)
	began := time.Now()
	text, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, text)
	}
	return float64(took.Nanoseconds()), nil
}
