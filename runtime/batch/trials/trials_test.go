package trials_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
)

// typedSpec is the batch of flags that were typed.
func typedSpec(t testing.TB, multirun bool, typed ...string) trials.Spec {
	t.Helper()
	axes, plain, err := trials.Axes(assignments(t, typed...), multirun, trials.Kinds{})
	if err != nil {
		t.Fatal(err)
	}
	spec := trials.Spec{Axes: axes, Typed: run.Flags{}}
	for _, a := range plain {
		if spec.Typed[a.Name], err = run.ParseValue(a.Text); err != nil {
			t.Fatal(err)
		}
	}
	return spec
}

// labels are the flags of all trials, after the replicate and the condition where there are such.
func labels(t testing.TB, spec trials.Spec) []string {
	t.Helper()
	list, err := spec.Trials()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(list))
	for i, trial := range list {
		if got[i] = trial.Flags.Label(); trial.Condition != "" || spec.Replicates > 0 {
			got[i] = fmt.Sprintf("%d %s: %s", trial.Replicate, trial.Condition, got[i])
		}
		if trial.Index != i {
			t.Errorf("trial %d has index %d", i, trial.Index)
		}
	}
	return got
}

func equal(a, b []string) bool { return slices.Equal(a, b) }

func axis(t testing.TB, name string, values ...any) trials.Axis {
	t.Helper()
	a, err := trials.AxisOf(name, values)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTrials(t *testing.T) {
	one, two := int64(1), int64(2)
	for _, test := range []struct {
		name string
		spec trials.Spec
		want []string
	}{
		{"nothing", trials.Spec{}, []string{""}},
		{"base", trials.Spec{Base: run.Flags{"a": one}}, []string{"a=1"}},
		{"axis over base", trials.Spec{Base: run.Flags{"a": one, "b": one}, Axes: []trials.Axis{axis(t, "b", one, two)}}, []string{"a=1 b=1", "a=1 b=2"}},
		{"duplicates are kept", trials.Spec{Axes: []trials.Axis{axis(t, "a", one, one)}}, []string{"a=1", "a=1"}},
		{"empty axis", trials.Spec{Axes: []trials.Axis{axis(t, "a", one, two), {Name: "b"}}}, []string{}},
		{"later axis, place of the first", trials.Spec{Axes: []trials.Axis{axis(t, "b", one), axis(t, "a", one, two), axis(t, "b", "x", "y")}}, []string{"a=1 b=x", "a=2 b=x", "a=1 b=y", "a=2 b=y"}},
		{"typed drops an axis", trials.Spec{Typed: run.Flags{"a": "t"}, Axes: []trials.Axis{axis(t, "a", one, two), axis(t, "b", one, two)}}, []string{"a=t b=1", "a=t b=2"}},
		{"rows", trials.Spec{Base: run.Flags{"a": "base", "b": "base"}, Rows: []run.Flags{{"a": one}, {"b": two}, {}}}, []string{"a=1 b=base", "a=base b=2", "a=base b=base"}},
		{
			"rows, axes and typed",
			trials.Spec{
				Base: run.Flags{"a": "base"}, Typed: run.Flags{"t": "typed"}, Axes: []trials.Axis{axis(t, "x", one, two)},
				Rows: []run.Flags{{"t": one, "a": one}, {"x": "row"}},
			},
			[]string{"a=1 t=typed x=1", "a=1 t=typed x=2", "a=base t=typed x=1", "a=base t=typed x=2"},
		},
		{
			"lists in rows",
			trials.Spec{Axes: []trials.Axis{axis(t, "x", one, two)}, Rows: []run.Flags{{"b": []any{"p", "q"}, "a": "range[1:2]", "c": []any{[]any{one, two}}}, {"a": "'range[1:2]'"}}},
			[]string{
				"a=1 b=p c=[1, 2] x=1", "a=1 b=p c=[1, 2] x=2", "a=1 b=q c=[1, 2] x=1", "a=1 b=q c=[1, 2] x=2", "a=2 b=p c=[1, 2] x=1", "a=2 b=p c=[1, 2] x=2", "a=2 b=q c=[1, 2] x=1", "a=2 b=q c=[1, 2] x=2",
				"a=range[1:2] x=1", "a=range[1:2] x=2",
			},
		},
		{"a row without trials", trials.Spec{Rows: []run.Flags{{"a": "range[2:1]"}, {"a": two}}}, []string{"a=2"}},
		{"replicates", trials.Spec{Base: run.Flags{"a": one}, Replicates: 2}, []string{"0 : a=1", "1 : a=1"}},
		{
			"replicates of conditions of combinations",
			trials.Spec{
				Base: run.Flags{"w": one}, Axes: []trials.Axis{axis(t, "x", one, two)}, Replicates: 2,
				Conditions: []trials.Condition{{Name: "baseline"}, {Name: "wide", Flags: run.Flags{"w": two}}},
			},
			[]string{
				"0 baseline: w=1 x=1", "0 baseline: w=1 x=2", "0 wide: w=2 x=1", "0 wide: w=2 x=2",
				"1 baseline: w=1 x=1", "1 baseline: w=1 x=2", "1 wide: w=2 x=1", "1 wide: w=2 x=2",
			},
		},
		{"a bound that does not bind", trials.Spec{Axes: []trials.Axis{axis(t, "a", one, two)}, Most: 2}, []string{"a=1", "a=2"}},
	} {
		if got := labels(t, test.spec); !equal(got, test.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", test.name, got, test.want)
		}
	}
}

// Changing one trial's flags changes no other's.
func TestTrialsHaveTheirOwnFlags(t *testing.T) {
	base := run.Flags{"a": int64(1)}
	list, err := trials.Spec{Base: base, Replicates: 3, Rows: []run.Flags{{"b": int64(2)}}}.Trials()
	if err != nil {
		t.Fatal(err)
	}
	list[0].Flags["a"], list[0].Flags["b"] = "changed", "changed"
	if got := list[1].Flags.Label(); got != "a=1 b=2" || base["a"] != int64(1) {
		t.Errorf("got %s and %v", got, base)
	}
}

func TestTrialsErrors(t *testing.T) {
	wide := []trials.Condition{{Name: "wide", Flags: run.Flags{"w": int64(2)}}}
	many := axis(t, "x", "range[1:1000000]")
	names := make(run.Flags)
	for i := range 100 {
		names[fmt.Sprint("f", i)] = int64(i)
	}
	var deep []trials.Axis
	for i := range 20 {
		deep = append(deep, trials.Axis{Name: fmt.Sprint("x", i), Values: many.Values})
	}
	for _, test := range []struct {
		name string
		spec trials.Spec
		want string
	}{
		{"condition and axis", trials.Spec{Axes: []trials.Axis{axis(t, "w", int64(1))}, Conditions: wide}, `flag "w" is given several values, and condition "wide" sets it too`},
		{"condition and typed", trials.Spec{Typed: run.Flags{"w": nil}, Conditions: wide}, `flag "w" is typed, and condition "wide" sets it too`},
		{"condition and row", trials.Spec{Rows: []run.Flags{{}, {"w": nil}}, Conditions: wide}, `flag "w" is in a batch file, and condition "wide" sets it too`},
		{"condition twice", trials.Spec{Conditions: append(wide, wide...)}, `condition "wide" is given twice`},
		{"replicates", trials.Spec{Replicates: -1}, "-1 is not a number of replicates: want 1 to 1000000"},
		{"too many replicates", trials.Spec{Replicates: 1000001}, "1000001 is not a number of replicates: want 1 to 1000000"},
		{"most", trials.Spec{Most: -1}, "-1 is not a number of trials: want 1 to 1000000"},
		{"too many", trials.Spec{Axes: []trials.Axis{many, axis(t, "y", int64(1), int64(2))}}, "the batch has 2000000 trials, the limit is 1000000; --trials N takes N of them"},
		{"too many with replicates", trials.Spec{Axes: []trials.Axis{many}, Replicates: 3}, "the batch has 3000000 trials, the limit is 1000000; --trials N takes N of them"},
		{"uncountable", trials.Spec{Axes: deep}, "the batch has over 9223372036854775807 trials, the limit is 1000000"},
		{"uncountable with replicates", trials.Spec{Axes: deep[:3], Replicates: 1000}, "the batch has over 18446744073709551615 trials, the limit is 1000000; --trials N takes N of them"},
		{"flags", trials.Spec{Base: names, Axes: []trials.Axis{many}}, "1000000 trials of 101 flags each are too many: the limit is 20000000 flags in all"},
		{"few", trials.Spec{Conditions: []trials.Condition{{Name: "a"}, {Name: "b"}}, Replicates: 2, Most: 3}, "at most 3 trials are too few: every combination makes 4, one for each condition and replicate"},
		{"row", trials.Spec{Rows: []run.Flags{{}, {"a": "range[1:b]"}}}, `trial 2 of the batch files: invalid value "range[1:b]" for flag "a": "b" is not a number`},
		{"lists in rows", trials.Spec{Rows: []run.Flags{{"a": "range[1:1000000]"}, {"a": "range[1:1000000]"}, {"a": "range[1:2]"}}}, `trial 3 of the batch files: invalid value "range[1:2]" for flag "a": all lists together have too many values`},
	} {
		if _, err := test.spec.Trials(); err == nil || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.name, err, test.want)
		}
	}
}
