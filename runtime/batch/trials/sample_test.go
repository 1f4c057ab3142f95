package trials_test

import (
	"math"
	"slices"
	"testing"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
)

// What a seed draws is written down: it must be the same with every version of Go and of guild.
func TestSampleVectors(t *testing.T) {
	for _, test := range []struct {
		seed int64
		want []string
	}{
		{0, vectors0}, {4294967295, vectors1},
	} {
		spec := typedSpec(t, false, "u=uniform[-1:1.0]", "i=[1:6]", "l=loguniform[1e-4:1e-1]", "k=loguniform[1:1000]", "c=[a,b,c]")
		spec.Seed, spec.Most = test.seed, 4
		if got := labels(t, spec); !equal(got, test.want) {
			t.Errorf("seed %d: got %q", test.seed, got)
		}
	}
}

var vectors0 = []string{
	"c=c i=1 k=374 l=0.000545094249837 u=0.219712476154", "c=a i=5 k=11 l=0.0225356831457 u=0.1881129873",
	"c=b i=4 k=5 l=0.0401079364343 u=0.430494772366", "c=c i=3 k=5 l=0.000308752717161 u=0.0329400413042",
}

var vectors1 = []string{
	"c=a i=3 k=148 l=0.000118490771823 u=-0.535227915123", "c=c i=2 k=8 l=0.000127519669684 u=0.119406269466",
	"c=c i=6 k=13 l=0.0139611094847 u=0.395976085384", "c=a i=5 k=1 l=0.0455520080912 u=0.510207666881",
}

func TestPickVectors(t *testing.T) {
	spec := typedSpec(t, false, "a=range[1:9]", "b=range[1:9]")
	spec.Seed, spec.Most = 1, 6
	want := []string{"a=1 b=3", "a=1 b=4", "a=2 b=5", "a=4 b=9", "a=6 b=3", "a=6 b=6"}
	if got := labels(t, spec); !equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// One more axis, or a value more in another, does not change what is drawn for the first.
func TestStreamsAreApart(t *testing.T) {
	draw := func(typed ...string) []any {
		list, err := typedSpec(t, false, typed...).Trials()
		if err != nil {
			t.Fatal(err)
		}
		var values []any
		for _, trial := range list {
			values = append(values, trial.Flags["x"])
		}
		return values
	}
	alone, beside := draw("x=uniform[0:1.0]"), draw("a=[1,2]", "x=uniform[0:1.0]", "b=uniform[0:1.0]")
	if len(alone) != 20 || !slices.Equal(alone, beside) {
		t.Errorf("got %v and %v", alone, beside)
	}
}

func TestSample(t *testing.T) {
	const n = 20_000
	spec := typedSpec(t, false, "i=[1:4]", "u=uniform[2:3.0]", "l=loguniform[1e-4:1e4]", "k=loguniform[1:8]", "one=uniform[5:5]", "big=uniform[-9007199254740992:9007199254740992]")
	spec.Most = n
	list, err := spec.Trials()
	if err != nil {
		t.Fatal(err)
	}
	counts, sum, small, ones := map[any]int{}, 0.0, 0, 0
	for _, trial := range list {
		u, l, k, big := trial.Flags["u"].(float64), trial.Flags["l"].(float64), trial.Flags["k"].(int64), trial.Flags["big"].(int64)
		if u < 2 || u > 3 || l < 1e-4 || l > 1e4 || k < 1 || k > 8 || max(big, -big) > 1<<53 || trial.Flags["one"] != int64(5) {
			t.Fatalf("got %v", trial.Flags)
		}
		counts[trial.Flags["i"]]++
		sum += u
		if l < 1 {
			small++
		}
		if k == 1 {
			ones++
		}
	}
	for i := range int64(4) {
		about(t, "an integer of four", counts[i+1], n/4)
	}
	about(t, "below the middle of a logarithmic distribution", small, n/2)
	about(t, "1 of loguniform 1 to 8", ones, int(n*math.Log(2)/math.Log(9)))
	if mean := sum / n; math.Abs(mean-2.5) > 0.01 {
		t.Errorf("mean %v", mean)
	}
}

// about allows four standard deviations and a bit.
func about(t *testing.T, what string, got, want int) {
	t.Helper()
	if math.Abs(float64(got-want)) > 5*math.Sqrt(float64(want)) {
		t.Errorf("%s: got %d times, want about %d", what, got, want)
	}
}

// Every condition and replicate has the same combinations, and the bound holds for all together.
func TestSampleIsPaired(t *testing.T) {
	conditions := []trials.Condition{{Name: "a", Flags: run.Flags{"w": int64(1)}}, {Name: "b", Flags: run.Flags{"w": int64(2)}}}
	for _, test := range []struct {
		typed string
		most  int
		want  int
	}{{"x=uniform[0:1.0]", 0, 20 * 4}, {"x=uniform[0:1.0]", 11, 8}, {"x=range[1:100]", 11, 8}, {"x=range[1:2]", 11, 8}} {
		spec := typedSpec(t, false, test.typed)
		spec.Conditions, spec.Replicates, spec.Most = conditions, 2, test.most
		list, err := spec.Trials()
		if err != nil || len(list) != test.want {
			t.Fatalf("%s: got %d trials, %v, want %d", test.typed, len(list), err, test.want)
		}
		each := len(list) / 4
		for i, trial := range list {
			if trial.Flags["x"] != list[i%each].Flags["x"] || trial.Replicate != i/each/2 || trial.Condition != conditions[i/each%2].Name {
				t.Errorf("%s: trial %d is %+v", test.typed, i, trial)
			}
		}
	}
}

// Rows are drawn too, those without values excepted, and a distribution in a row is one.
func TestSampleRows(t *testing.T) {
	spec := trials.Spec{Rows: []run.Flags{{"a": "p", "x": "uniform[0:1.0]"}, {"a": "q"}, {"a": "none", "y": "range[2:1]"}}, Most: 50}
	list, err := spec.Trials()
	if err != nil || len(list) != 50 {
		t.Fatal(len(list), err)
	}
	seen := map[any]int{}
	for _, trial := range list {
		seen[trial.Flags["a"]]++
		if _, drawn := trial.Flags["x"].(float64); drawn != (trial.Flags["a"] == "p") {
			t.Errorf("got %v", trial.Flags)
		}
	}
	if seen["p"] < 10 || seen["q"] < 10 || len(seen) != 2 {
		t.Errorf("got %v", seen)
	}
	spec.Rows, spec.Axes = nil, []trials.Axis{axis(t, "x", "uniform[0:1.0]"), {Name: "none"}}
	if list, err := spec.Trials(); err != nil || len(list) != 0 {
		t.Errorf("an empty axis beside a sampled one: got %d trials, %v", len(list), err)
	}
}

// Each combination of a grid is picked as often as any other, and none twice.
func TestPick(t *testing.T) {
	counts := map[string]int{}
	for seed := range int64(3000) {
		spec := typedSpec(t, false, "a=[1,2]", "b=[1,2,3]")
		spec.Seed, spec.Most = seed, 2
		got := labels(t, spec)
		if len(got) != 2 || got[0] >= got[1] {
			t.Fatalf("got %q", got)
		}
		counts[got[0]]++
		counts[got[1]]++
	}
	if len(counts) != 6 {
		t.Errorf("got %v", counts)
	}
	for label, n := range counts {
		about(t, label, n, 1000)
	}
}

// A few can be taken of more than could be listed.
func TestPickOfMany(t *testing.T) {
	spec := typedSpec(t, false, "a=range[1:100000]", "b=range[1:100000]", "c=range[1:100000]")
	spec.Most = 3
	if got := labels(t, spec); len(got) != 3 {
		t.Errorf("got %q", got)
	}
}
