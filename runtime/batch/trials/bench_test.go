package trials_test

import (
	"testing"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
)

// Ten thousand trials of twelve flags: a grid of 5,000 under two conditions.
func BenchmarkTrials10000(b *testing.B) {
	spec := typedSpec(b, false, "lr=logspace[-4:-1:10]", "seed=range[1:100]", "width=[16,32,64,128,256]")
	spec.Conditions = []trials.Condition{{Name: "baseline"}, {Name: "deep", Flags: run.Flags{"layers": int64(8)}}}
	spec.Base = run.Flags{"layers": int64(2)}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		spec.Base[name] = name
	}
	b.ReportAllocs()
	for b.Loop() {
		if list, err := spec.Trials(); err != nil || len(list) != 10_000 {
			b.Fatal(len(list), err)
		}
	}
}

// The slowest range for its length: decimals too long for the quick way.
func BenchmarkParseAxisSlow(b *testing.B) {
	for b.Loop() {
		if _, _, err := trials.ParseAxis(run.Assignment{Name: "x", Text: "linspace[0.1234567890123456789e-300:1e300:100000]"}, false); err != nil {
			b.Fatal(err)
		}
	}
}
