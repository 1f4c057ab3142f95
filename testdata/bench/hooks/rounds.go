package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// bench is one thing that is timed: a row of a table.
type bench struct {
	name string
	run  func(n int) error // does it n times
	per  int               // operations in one time; 0 is 1
	// prepare, if set, comes before each batch and is not timed; it needs times.
	prepare func() error
	times   int    // in a part; 0 is as many as fill a batch
	parts   int    // of a batch, each with a prepare of its own; 0 is 1
	base    string // the name of the bench to compare with, or ""
	aim     aim
}

// batch is how long a bench runs before it is another one's turn.
const batch = 4 * time.Millisecond

// measure runs all benches in each round, each time in another order, and returns their rows.
func measure(benches []bench, rounds int) (*table, error) {
	times := make([]int, len(benches))
	for i, b := range benches {
		n, err := calibrate(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.name, err)
		}
		times[i] = n
	}
	costs := make([][]float64, len(benches))
	for range rounds {
		for _, i := range rand.Perm(len(benches)) {
			b := benches[i]
			var took time.Duration
			for part := range max(b.parts, 1) {
				if b.prepare != nil {
					if err := b.prepare(); err != nil {
						return nil, fmt.Errorf("%s: %w", b.name, err)
					}
				}
				if part == 0 {
					runtime.GC() // what others left is not this one's to clear away
				}
				began := time.Now()
				if err := b.run(times[i]); err != nil {
					return nil, fmt.Errorf("%s: %w", b.name, err)
				}
				took += time.Since(began)
			}
			cost := float64(took.Nanoseconds()) / float64(times[i]*max(b.parts, 1)*max(b.per, 1))
			costs[i] = append(costs[i], cost)
		}
	}
	t := &table{note: fmt.Sprintf("%d rounds; ratios are of lower quarters", rounds)}
	for i, b := range benches {
		r := row{name: b.name, median: median(costs[i]), best: slices.Min(costs[i]), base: b.base, aim: b.aim}
		if b.base != "" {
			at := slices.IndexFunc(benches, func(other bench) bool { return other.name == b.base })
			if at < 0 {
				return nil, fmt.Errorf("%s: there is no %q to compare with", b.name, b.base)
			}
			r.ratio = quarter(costs[i]) / quarter(costs[at])
		}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

// calibrate finds out how many times fill a batch, on a machine that may be busy with something else at any moment.
func calibrate(b bench) (int, error) {
	if b.times > 0 {
		return b.times, nil
	}
	if err := b.run(10); err != nil { // what only the first times cost
		return 0, err
	}
	for n := 1; ; n *= 2 {
		took := time.Hour
		for range 3 {
			began := time.Now()
			if err := b.run(n); err != nil {
				return 0, err
			}
			took = min(took, time.Since(began))
		}
		if took >= batch/2 {
			return max(1, int(float64(n)*float64(batch)/float64(took))), nil
		}
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// quarter is the lower quartile: what a thing takes when little else happens. On a busy machine half of the batches are
// interrupted, and one of two medians can be of those.
func quarter(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/4]
}
