package trials_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
)

// plain is what a test wants of a text that is no axis.
const plain = "plain"

var guildTests = []struct{ text, want string }{
	{"1", plain}, {"", plain}, {"1,2", plain}, {"a", plain}, {"'[1,2]'", plain}, {`"range[1:3]"`, plain}, {"x[1]", plain}, {"x[1:2]", plain},
	{"[1,2", plain}, {"[a]b]", plain}, {"[it's]", plain}, {"choice(1,2)", plain}, {"1:4", plain}, {"range", plain}, {"[1]*x", plain}, {"2*3", plain},

	{"[0.1,0.01]", "[0.1, 0.01]"}, {"[1]", "[1]"}, {"[ 1 , b,yes, null, '' ]", "[1, b, yes, null, '']"}, {"[1,1]", "[1, 1]"},
	{"[[1,2],[3]]", "[[1, 2], [3]]"}, {"[[]]", "[[]]"}, {"['a,b','range[1:2]']", "['a,b', 'range[1:2]']"}, {"[a:b]", "[a:b]"}, {"[1:2,3]", "[1:2, 3]"},
	{"[1,2]*3", "[1, 2, 1, 2, 1, 2]"}, {"[1,2] * 2", "[1, 2, 1, 2]"}, {"[1]*0", "[]"}, {"[[1,2]*2,3]", "[[1, 2, 1, 2], 3]"},

	{"range[1:3]", "[1, 2, 3]"}, {"range[1:6:2]", "[1, 3, 5]"}, {"range[3:1:-1]", "[3, 2, 1]"}, {"range[5:1]", "[]"}, {"range[1:5:-1]", "[]"}, {"range[2:2]", "[2]"},
	{"range[0:1:0.3]", "[0.0, 0.3, 0.6, 0.9]"}, {"range[0:1:0.5]", "[0.0, 0.5, 1.0]"}, {"range[1.:2]", "[1.0, 2.0]"}, {"range[1:1e1:4]", "[1.0, 5.0, 9.0]"},
	{"range[0.1:0.5:0.1]", "[0.1, 0.2, 0.3, 0.4, 0.5]"}, {"range[1:0:-.25]", "[1.0, 0.75, 0.5, 0.25, 0.0]"}, {"range[ 1 : 2 ]", "[1, 2]"},
	{"range[9223372036854775806:9223372036854775807]", "[9223372036854775806, 9223372036854775807]"}, {"range[-1e-3:1e-3:1e-3]", "[-0.001, 0.0, 0.001]"},
	{"range[0:9:99999999999999999999]", "[0]"},
	{"linspace[0:1]", "[0.0, 0.25, 0.5, 0.75, 1.0]"}, {"linspace[0:1:4]", "[0.0, 0.3333333333333333, 0.6666666666666666, 1.0]"}, {"linspace[1:4:4]", "[1.0, 2.0, 3.0, 4.0]"},
	{"linspace[0.1:0.7:7]", "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]"}, {"linspace[5:1:3]", "[5.0, 3.0, 1.0]"}, {"linspace[3:9:1]", "[3.0]"}, {"linspace[3:9:0]", "[]"},
	{"logspace[-3:0:4]", "[0.001, 0.01, 0.1, 1.0]"}, {"logspace[0:4]", "[1.0, 10.0, 100.0, 1000.0, 10000.0]"}, {"logspace[0:1:3]", "[1.0, 3.16227766017, 10.0]"},
	{"logspace[0:3:4:2]", "[1.0, 2.0, 4.0, 8.0]"}, {"logspace[-2:0:3:0.5]", "[4.0, 2.0, 1.0]"}, {"logspace[0:1:3:100]", "[1.0, 10.0, 100.0]"}, {"logspace[2:2:3]", "[100.0, 100.0, 100.0]"},
	{"[1,range[5:7],x]", "[1, 5, 6, 7, x]"}, {"[range[5:1]]", "[]"}, {"[[range[1:3]],4]", "[[1, 2, 3], 4]"}, {"[range[1:2]]*2", "[1, 2, 1, 2]"},

	{"uniform[0:1.5]", "uniform 0.0 1.5"}, {"[0.1:1]", "uniform 0.1 1.0"}, {"[1:4]", "uniform int 1.0 4.0"}, {"loguniform[1e-4:1e-1]", "loguniform 0.0001 0.1"},
	{"loguniform[1:1024]", "loguniform int 1.0 1024.0"}, {"uniform[0:9007199254740992]", "uniform int 0.0 9007199254740992.0"}, {"uniform[-3:-3]", "uniform int -3.0 -3.0"}, {"[1:2]*2", "[1:2, 1:2]"},
}

var guildErrors = []struct{ text, want string }{
	{"[]", "an empty list makes no trials; a value that is an empty list is written [[]]"},
	{"[ ]*3", "an empty list makes no trials; a value that is an empty list is written [[]]"},
	{"[1,,2]", "a value between commas is missing; empty text is written ''"},
	{"[1,]", "a value between commas is missing; empty text is written ''"},
	{"[uniform[0:1],3]", "values are drawn from one distribution, it cannot be one of several values"},
	{"[[1:2],3]", "values are drawn from one distribution, it cannot be one of several values"},
	{"range[1]", "want range[START:END] or range[START:END:STEP]"},
	{"range[]", "want range[START:END] or range[START:END:STEP]"},
	{"range[1:2:3:4]", "want range[START:END] or range[START:END:STEP]"},
	{"linspace[1:2:3:4]", "want linspace[START:END] or linspace[START:END:N]"},
	{"logspace[1:2:3:4:5]", "want logspace[START:END], logspace[START:END:N] or logspace[START:END:N:BASE]"},
	{"uniform[1:2:3]", "want uniform[LOW:HIGH]"},
	{"loguniform[1]", "want loguniform[LOW:HIGH]"},
	{"[0:1:0.5]", "want [LOW:HIGH], from which values are drawn, or range[START:END:STEP]"},
	{"range[a:2]", `"a" is not a number`}, {"range[1:]", `"" is not a number`}, {"range[0x1:2]", `"0x1" is not a number`}, {"range[1_0:2]", `"1_0" is not a number`},
	{"range[0:.inf]", `".inf" is not a number`}, {"range[0:1e]", `"1e" is not a number`}, {"range[+-1:2]", `"+-1" is not a number`}, {"range[1:1-2]", `"1-2" is not a number`},
	{"range[0:1e999999999]", "number 1e999999999 is too small or too big"}, {"range[0:\x1be999]", `"\x1be999" is not a number`}, {"range[0:1e400]", "it has more than 1000000 values"},
	{"range[0:1" + strings.Repeat("0", 64) + "]", `number "10000000000000000000000000000000000000000000000000000000000…" is too long`},
	{"range[0:1:0]", "the step is 0"}, {"range[0:1:0.0]", "the step is 0"},
	{"range[1:1000000000000]", "it has more than 1000000 values"}, {"range[0:1000000]", "it has more than 1000000 values"}, {"linspace[0:1:1000000000000]", "it has more than 1000000 values"},
	{"linspace[0:1:1" + strings.Repeat("0", 30) + "]", "it has more than 1000000 values"},
	{"logspace[0:1:1000000000000]", "it has more than 1000000 values"}, {"[1]*1000000000000", "it has more than 1000000 values"}, {"[1]*99999999999999999999", "it has more than 1000000 values"},
	{"[range[1:999999],range[1:999999]]", "all lists together have too many values"}, {"[[[1]*1000000]*1000000]", "all lists together have too many values"}, {"[[[1]*9000]*9000]", "it has more than 1000000 values"},
	{"[[range[1:20000]]]", "a value that is a list has more than 10000 elements"},
	{"linspace[0:1:2.0]", `"2.0" is not a number of values`}, {"linspace[0:1:-1]", `"-1" is not a number of values`},
	{"logspace[0:1:2:0]", "the base is not above 0"}, {"logspace[0:1:2:-2]", "the base is not above 0"}, {"logspace[0:400:2]", "a value is outside the range of 64-bit floats"},
	{"logspace[-500:0:2]", "a value is outside the range of 64-bit floats"}, {"logspace[-400:0:2]", "a value is outside the range of 64-bit floats"},
	{"range[1e399:2e399:1e399]", "a value is outside the range of 64-bit floats"},
	{"range[9223372036854775807:9223372036854775808]", "9223372036854775808 is outside the range of 64-bit integers"},
	{"[99999999999999999999]", "99999999999999999999 is outside the range of 64-bit integers"},
	{"uniform[2:1]", "the low end is above the high end"}, {"loguniform[0:1]", "the low end of a logarithmic distribution is not above 0"},
	{"uniform[0:9007199254740993]", "whole numbers are drawn from -9007199254740992 to 9007199254740992; write a point for others"},
	{"uniform[-1.7e308:1.7e308]", "the ends are too far apart"}, {"uniform[0:1e309]", "a value is outside the range of 64-bit floats"},
	{"linspce[0:1]", `unknown function "linspce" (did you mean "linspace"? text is written in quotes)`},
	{"geomspace[1:10]", `unknown function "geomspace" (did you mean "logspace"? text is written in quotes)`},
	{strings.Repeat("[", 20) + "1" + strings.Repeat("]", 20), "it is nested more than 16 deep"},
}

// format shows an axis as the tables have it.
func format(axis trials.Axis, ok bool) string {
	switch d := axis.Sample; {
	case !ok:
		return plain
	case d != nil && d.Int:
		return fmt.Sprintf("%s int %s %s", d.Kind, run.FormatFloat(d.Low), run.FormatFloat(d.High))
	case d != nil:
		return fmt.Sprintf("%s %s %s", d.Kind, run.FormatFloat(d.Low), run.FormatFloat(d.High))
	}
	return run.FormatValue(axis.Values)
}

func TestParseAxis(t *testing.T) {
	for _, test := range guildTests {
		axis, ok, err := trials.ParseAxis(run.Assignment{Name: "x", Text: test.text}, false)
		if got := format(axis, ok); err != nil || got != test.want || ok && axis.Name != "x" {
			t.Errorf("%s: got %s, %v, want %s", test.text, got, err, test.want)
		}
	}
}

func TestParseAxisErrors(t *testing.T) {
	for _, test := range guildErrors {
		checkError(t, test.text, test.want, false)
	}
}

func checkError(t *testing.T, text, problem string, multirun bool) {
	t.Helper()
	_, ok, err := trials.ParseAxis(run.Assignment{Name: "x", Text: text}, multirun)
	if ok || err == nil {
		t.Errorf("%s: got %v, %v, want an error", text, ok, err)
		return
	}
	shown := text
	if len(shown) > 60 {
		shown = shown[:59] + "…"
	}
	if want := fmt.Sprintf("invalid value %q for flag \"x\": %s", shown, problem); err.Error() != want {
		t.Errorf("%s:\ngot  %s\nwant %s", text, err, want)
	}
}

// What no flag can hold is left to those who say so for plain values.
func TestParseAxisOfNoText(t *testing.T) {
	for _, text := range []string{"[1," + strings.Repeat("1,", run.MaxValueLen) + "1]", "[\xff]"} {
		if _, ok, err := trials.ParseAxis(run.Assignment{Name: "x", Text: text}, true); ok || err != nil {
			t.Errorf("%.10q: got %v, %v", text, ok, err)
		}
	}
}

func TestAxisOf(t *testing.T) {
	for _, test := range []struct {
		values []any
		want   string
	}{
		{[]any{0.1, int64(1), "a", nil, true}, "[0.1, 1, a, null, yes]"},
		{[]any{"range[1:3]", int64(7), "[1,2]", "'[1,2]'"}, `[1, 2, 3, 7, '[1,2]', '''[1,2]''']`},
		{[]any{[]any{int64(1), "range[1:2]"}, []any{}}, "[[1, 'range[1:2]'], []]"},
		{[]any{"'range[1:3]'", `"[1:2]"`, "'a'"}, "['range[1:3]', '[1:2]', '''a''']"},
		{[]any{"uniform[0:1.0]"}, "uniform 0.0 1.0"}, {[]any{"[1:2]"}, "uniform int 1.0 2.0"}, {[]any{"range[2:1]"}, "[]"}, {nil, "[]"},
		{[]any{"range[1:1000000]"}, ""},
	} {
		axis, err := trials.AxisOf("x", test.values)
		if got := format(axis, true); test.want == "" && len(axis.Values) == trials.MaxTrials {
			continue
		} else if err != nil || got != test.want || axis.Name != "x" {
			t.Errorf("%v: got %s, %v, want %s", test.values, got, err, test.want)
		}
	}
	for _, test := range []struct {
		values []any
		want   string
	}{
		{[]any{"range[1:a]"}, `invalid value "range[1:a]" for flag "x": "a" is not a number`},
		{[]any{"uniform[0:1]", int64(1)}, `invalid value "uniform[0:1]" for flag "x": values are drawn from one distribution, it cannot be one of several values`},
		{[]any{"range[1:1000000]", int64(1)}, `invalid value "1" for flag "x": all lists together have too many values`},
		{[]any{"rnge[1:3]"}, `invalid value "rnge[1:3]" for flag "x": unknown function "rnge" (did you mean "range"? text is written in quotes)`},
	} {
		if _, err := trials.AxisOf("x", test.values); err == nil || err.Error() != test.want {
			t.Errorf("%v:\ngot  %v\nwant %s", test.values, err, test.want)
		}
	}
}
