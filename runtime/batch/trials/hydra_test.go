package trials_test

import (
	"testing"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
)

var hydraTests = []struct{ text, want string }{
	{"1", plain}, {"", plain}, {"a b", plain}, {"[1,2]", plain}, {"[]", plain}, {"'a,b'", plain}, {`"a,b"`, plain}, {"{a:1,b:2}", plain}, {"f(1,2)", plain}, {"it's", plain}, {"(a", plain},
	{"1,2,3", "[1, 2, 3]"}, {"1, 2", "[1, 2]"}, {"1,1", "[1, 1]"}, {"a,0.5,yes,null,''", "[a, 0.5, yes, null, '']"}, {"'a','b,c'", "[a, 'b,c']"}, {"[1,2],[3]", "[[1, 2], [3]]"}, {"f(1,2),3", "['f(1,2)', 3]"},
	{"[1,[2,3]],x", "[[1, [2, 3]], x]"}, {"choice(a,b)", "[a, b]"}, {"choice(a)", "[a]"}, {"choice([1,2],'c,d')", "[[1, 2], 'c,d']"}, {"choice(range(3),10)", "[0, 1, 2, 10]"},
	{"range(3)", "[0, 1, 2]"}, {"range(0)", "[]"}, {"range(1,3)", "[1, 2]"}, {"range(0,10,4)", "[0, 4, 8]"}, {"range(0,8,4)", "[0, 4]"}, {"range(3,0,-1)", "[3, 2, 1]"}, {"range(3,0)", "[]"},
	{"range(0,1,0.3)", "[0.0, 0.3, 0.6, 0.9]"}, {"range(1.5)", "[0.0, 1.0]"}, {"range(0, 0.3, 0.1)", "[0.0, 0.1, 0.2]"}, {"range(1,0,-0.5)", "[1.0, 0.5]"}, {"range(stop=4,start=2)", "[2, 3]"}, {"range(2,stop=4)", "[2, 3]"},
	{"sort(3,1,2)", "[1, 2, 3]"}, {"sort(3,1,2,reverse=true)", "[3, 2, 1]"}, {"sort(b,a,reverse=false)", "[a, b]"}, {"sort(1.5,1,2)", "[1, 1.5, 2]"}, {"sort(choice(2,1))", "[1, 2]"}, {"sort(range(3),reverse=True)", "[2, 1, 0]"},
	{"range[0:1:0.5]", "[0.0, 0.5, 1.0]"}, {"range[1:2],7", "[1, 2, 7]"}, {"[1,2]*2", "[1, 2, 1, 2]"}, {"[0.5:1]", "uniform 0.5 1.0"}, {"uniform[0:1]", "uniform int 0.0 1.0"},
}

var hydraErrors = []struct{ text, want string }{
	{"a,", "a value between commas is missing; empty text is written ''"}, {",a", "a value between commas is missing; empty text is written ''"}, {"choice(a,,b)", "a value between commas is missing; empty text is written ''"},
	{"choice()", "want choice(A,B,…)"}, {"sort()", "want sort(A,B,…)"}, {"sort(reverse=true)", "want sort(A,B,…)"}, {"sort(1,2,reverse=maybe)", "want reverse=true or reverse=false"},
	{"sort(a,1)", "sort(…) takes numbers or texts, and not both"}, {"sort([1,2],[0])", "sort(…) takes numbers or texts, and not both"},
	{"range()", "want range(STOP), range(START,STOP) or range(START,STOP,STEP)"}, {"range(1,2,3,4)", "want range(STOP), range(START,STOP) or range(START,STOP,STEP)"},
	{"range(start=1)", "want range(STOP), range(START,STOP) or range(START,STOP,STEP)"}, {"range(1,start=1)", "want range(STOP), range(START,STOP) or range(START,STOP,STEP)"}, {"range(end=1)", "want range(STOP), range(START,STOP) or range(START,STOP,STEP)"},
	{"range(a)", `"a" is not a number`}, {"range(0,10,0)", "the step is 0"}, {"range(1000000000000)", "it has more than 1000000 values"},
	{"1,uniform[0:1]", "values are drawn from one distribution, it cannot be one of several values"},
	{"a],b", "its brackets or quotes do not match; text is written in quotes"}, {"it's,b", "its brackets or quotes do not match; text is written in quotes"}, {"choice(a", "its brackets or quotes do not match; text is written in quotes"},
	{"glob(*)", "glob(…) is not supported: it chooses among config groups, which guild has not"}, {"glob([m*,p*],exclude=pg)", "glob(…) is not supported: it chooses among config groups, which guild has not"},
	{"interval(0,1)", "interval(…) is not supported: uniform[LOW:HIGH] draws from an interval"}, {"shuffle(1,2,3)", "shuffle(…) is not supported: trials have one order"},
	{"tag(t1,choice(1,2))", "tag(…) is not supported: it only marks values for an optimizer"}, {"int(1.5,2)", "int(…) is not supported: write the values as they are to be"},
	{"choice(str(1))", "str(…) is not supported: write the values in quotes"},
}

func TestParseAxisMultirun(t *testing.T) {
	for _, test := range hydraTests {
		axis, ok, err := trials.ParseAxis(run.Assignment{Name: "x", Text: test.text}, true)
		if got := format(axis, ok); err != nil || got != test.want {
			t.Errorf("%s: got %s, %v, want %s", test.text, got, err, test.want)
		}
	}
	for _, test := range hydraErrors {
		checkError(t, test.text, test.want, true)
	}
}

// The inputs of test_split in Hydra's tests/test_basic_sweeper.py, typed with multirun, and what they are in the syntax that
// is always on. What Hydra launches in batches of one and two is one list here: those are its last two of "product".
func TestHydraSplit(t *testing.T) {
	for _, test := range []struct {
		name         string
		hydra, guild []string
		want         []string
	}{
		{"simple", []string{"x=10"}, []string{"x=10"}, []string{"x=10"}},
		{"split_1d", []string{"x=10,20"}, []string{"x=[10,20]"}, []string{"x=10", "x=20"}},
		{"not_split_yaml_list", []string{"x=[10,20]"}, []string{"x=[[10,20]]"}, []string{"x=[10, 20]"}},
		{"list_of_lists", []string{"x=[a,b,c],[d,e,f]"}, []string{"x=[[a,b,c],[d,e,f]]"}, []string{"x=[a, b, c]", "x=[d, e, f]"}},
		{"product", []string{"a=1,2", "b=10,11"}, []string{"a=[1,2]", "b=[10,11]"}, []string{"a=1 b=10", "a=1 b=11", "a=2 b=10", "a=2 b=11"}},
		{"first is slowest", []string{"b=10,11", "a=1,2"}, []string{"b=[10,11]", "a=[1,2]"}, []string{"a=1 b=10", "a=2 b=10", "a=1 b=11", "a=2 b=11"}},
		{"range", []string{"a=range(0,3)"}, []string{"a=range[0:2]"}, []string{"a=0", "a=1", "a=2"}},
		{"range of decimals", []string{"a=range(0,1,0.3)"}, []string{"a=range[0:1:0.3]"}, []string{"a=0.0", "a=0.3", "a=0.6", "a=0.9"}},
		{"empty", []string{"a=range(0)"}, []string{"a=range[1:0]"}, nil},
	} {
		for _, multirun := range []bool{true, false} {
			typed := test.guild
			if multirun {
				typed = test.hydra
			}
			spec := typedSpec(t, multirun, typed...)
			if got := labels(t, spec); !equal(got, test.want) {
				t.Errorf("%s, multirun %v: got %q, want %q", test.name, multirun, got, test.want)
			}
		}
	}
}
