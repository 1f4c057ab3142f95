package trials_test

import (
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
)

func assignments(t testing.TB, typed ...string) []run.Assignment {
	t.Helper()
	var list []run.Assignment
	for _, text := range typed {
		a, err := run.ParseAssignment(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

func TestAxes(t *testing.T) {
	for _, test := range []struct {
		typed, multirun, plain, axes string
		lists, texts                 string
	}{
		{typed: "a=1 b=[1,2] c=x d=range[1:2]", plain: "a=1 c=x", axes: "b=[1, 2] d=[1, 2]"},
		{typed: "a=1 a=2", plain: "a=1 a=2"}, // for the resolver to refuse
		{typed: "a=1,2 b=1 a=7 b=8,9", multirun: "-m", plain: "a=7", axes: "b=[8, 9]"},
		{typed: "b=0 a=1,2 b=3,4", multirun: "-m", axes: "b=[3, 4] a=[1, 2]"},
		{typed: "a=1 a=2", multirun: "-m", plain: "a=2"},
		{typed: "layers=[64,64] x=[1,2]", plain: "layers=[64,64]", axes: "x=[1, 2]", lists: "layers"},
		{typed: "layers=[[64,64],[32]]", axes: "layers=[[64, 64], [32]]", lists: "layers"},
		{typed: "layers=[]", plain: "layers=[]", lists: "layers"},
		{typed: "t=[1,0.10,yes,null,'2',\"a\"] x=[0.10]", axes: "t=['1', '0.10', 'yes', 'null', '2', a] x=[0.1]", texts: "t"},
		{typed: "t=range[1:3:2] u=[range[0:1:0.5],1e3]", axes: "t=['1', '3'] u=['0.0', '0.5', '1.0', '1e3']", texts: "t u"},
		{typed: "t=1,01 u=choice(1,a) v=range(2)", multirun: "-m", axes: "t=['1', '01'] u=['1', a] v=['0', '1']", texts: "t u v"},
		{typed: "t=99999999999999999999,2", multirun: "-m", axes: "t=['99999999999999999999', '2']", texts: "t"},
		{typed: "t='range[1:2]' u='a' v='[1,2]' w='rnge[1:2]' x='[1,2]'", plain: "t=range[1:2] u='a' v=[1,2] w=rnge[1:2] x='[1,2]'", texts: "t u v w"},
		{typed: "t='a,b' u='a'", multirun: "-m", plain: "t=a,b u='a'", texts: "t u"},
		{typed: "layers=[1],[2]", multirun: "-m", axes: "layers=[[1], [2]]", lists: "layers"},
	} {
		axes, plain, err := trials.Axes(assignments(t, strings.Fields(test.typed)...), test.multirun != "", trials.Kinds{Lists: strings.Fields(test.lists), Texts: strings.Fields(test.texts)})
		if err != nil {
			t.Fatal(err)
		}
		var gotPlain, gotAxes []string
		for _, a := range plain {
			gotPlain = append(gotPlain, a.Name+"="+a.Text)
		}
		for _, axis := range axes {
			gotAxes = append(gotAxes, axis.Name+"="+format(axis, true))
		}
		if got := [2]string{strings.Join(gotPlain, " "), strings.Join(gotAxes, " ")}; got != [2]string{test.plain, test.axes} {
			t.Errorf("%s %s: got %q, want %q and %q", test.typed, test.multirun, got, test.plain, test.axes)
		}
	}
}

func TestAxesErrors(t *testing.T) {
	for _, test := range []struct {
		typed []string
		want  string
	}{
		{[]string{"a=[1,2]", "a=3"}, `flag "a" is given twice`},
		{[]string{"a=3", "a=[1,2]"}, `flag "a" is given twice`},
		{[]string{"a=1", "b=range[0:1:0]"}, `invalid value "range[0:1:0]" for flag "b": the step is 0`},
		{[]string{"a=range[1:1000000]", "b=range[1:1000000]", "c=[1,2]"}, `invalid value "[1,2]" for flag "c": all lists together have too many values`},
	} {
		if _, _, err := trials.Axes(assignments(t, test.typed...), false, trials.Kinds{}); err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.typed, err, test.want)
		}
	}
}

func TestHint(t *testing.T) {
	for text, want := range map[string]string{
		"1,2":         "x=1,2 is one text; a trial for each value is 'x=[1,2]', or -m",
		"choice(a,b)": "'x=choice(a,b)' is one text; with -m it is several values",
		"1":           "",
		"[1,2]":       "",
		"'a,b'":       "",
		"glob(*)":     "",
		"a,":          "",
	} {
		if got := trials.Hint(run.Assignment{Name: "x", Text: text}); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
