package proc_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/proc"
)

// found feeds lines and returns "name=value@step" for each, as the event file has them.
func found(t testing.TB, s *proc.Scalars, text string) []string {
	t.Helper()
	dir := t.TempDir()
	s.WriteEvents(dir)
	for line := range strings.SplitSeq(text, "\n") {
		s.Line([]byte(line))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range readEvents(t, dir) {
		got = append(got, fmt.Sprintf("%s=%v@%d", e.tag, e.value, e.step))
	}
	return got
}

func TestDefaultScalars(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "hello\n\nhello world\nloss:0.3\nloss 0.3\n: 3\n3: 4\n", nil},
		{"values", "a: 1\nb: -.5\nc: +1.\nd: 1e3\ne: 1.5E-3\n", []string{"a=1@0", "b=-0.5@0", "c=1@0", "d=1000@0", "e=0.0015@0"}},
		{"not values", "a: e6\nb: .\nc: -\nd: 1e\ne: 1t7\nf: 0x10\ng: 1_0\nh: .1.7\ni: 1,5\nj: 3%\nk: infinity\nl: +nan\n", nil},
		{"nan and inf", "a: nan\nb: NaN\nc: inf\nd: -INF\n", []string{"a=NaN@0", "b=NaN@0", "c=+Inf@0", "d=-Inf@0"}},
		{"too large", "a: 1e400\n", []string{"a=+Inf@0"}},
		{"names", "_a: 1\nval/acc: 2\na:b: 3\nä: 4\naä: 5\n", []string{"_a=1@0", "val/acc=2@0", "a:b=3@0", "aä=5@0"}},
		{"space", "a: \t 1 \nb: 2\r\n c: 3\nd:\v4", []string{"a=1@0", "b=2@0", "d=4@0"}},
		{"steps in parentheses", "a: 1 (10)\nb: 2 (step 11)\nc: 3 (step  12)\n", []string{"a=1@10", "b=2@11", "c=3@12"}},
		{"other parentheses", "a: 1 (x)\nb: 2 ()\nc: 3 (step)\nd: 4 (stepx 3)\ne: 5 (-3)\nf: 6 (3", []string{"a=1@0", "b=2@0", "c=3@0", "d=4@0", "e=5@0"}},
		{"text after", "a: 1 x\na: 1 (2) x\n", nil},
		{"step stays", "step: 4\na: 1\na: 2\nstep: 5.9\na: 3\n", []string{"a=1@4", "a=2@4", "a=3@5"}},
		{"bad steps", "step: nan\nstep: inf\nstep: 1e30\na: 1\na: 1 (99999999999999999999)\n", []string{"a=1@0", "a=1@1"}},
		{"step without a value", "a:  (7)\nb: 1\n", []string{"b=1@7"}},
		{"counted", "x: 1.5\nx: 2\nx: 3\n", []string{"x=1.5@0", "x=2@1", "x=3@2"}},
		{"counted in turn", "x: 1\ny: 2\nx: 3\ny: 4\n", []string{"x=1@0", "y=2@0", "x=3@1", "y=4@1"}},
		{"any name again", "x: 1\ny: 2\ny: 3\ny: 4\nx: 5\ny: 6\n", []string{"x=1@0", "y=2@0", "y=3@1", "y=4@2", "x=5@2", "y=6@3"}},
		{"counted, then given", "x: 1\ny: 2\nx: 3\ny: 4 (10)\nx: 5\ny: 6\n", []string{"x=1@0", "y=2@0", "x=3@1", "y=4@10", "x=5@10", "y=6@10"}},
		{"control characters", "lo\x00ss\x07: 1\n\x1b[1mloss: 2\n", []string{"loss=1@0"}},
		{"not UTF-8", "lo\xffss: 1\n", []string{"loss=1@0"}},
		{"long name", strings.Repeat("a", 256) + ": 1\n" + strings.Repeat("b", 257) + ": 1\n", []string{strings.Repeat("a", 256) + "=1@0"}},
		{"long line", "a: 1 (" + strings.Repeat("x", 8185) + ")\nb: 1 (" + strings.Repeat("x", 8186) + ")\n", []string{"a=1@0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := found(t, proc.NewScalars(proc.DefaultScalarRules()), tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestScalarRules(t *testing.T) {
	tests := []struct {
		name  string
		rules map[string]string
		text  string
		want  []string
	}{
		{"one group", map[string]string{"loss": `loss: (\S+)`}, "epoch 1 loss: 0.5 ok\nacc: 3\n", []string{"loss=0.5@0"}},
		{"several matches", map[string]string{"loss": `loss=(\S+)`}, "loss=1 loss=2", []string{"loss=2@0"}},
		{"two groups", map[string]string{"any": `(\key)=(\value)`}, "b=2 a=1 c=x", []string{"a=1@0", "b=2@0"}},
		{"two groups by name", map[string]string{"any": `(?P<_val>\value) of (?P<_key>\key)`}, "3 of it", []string{"it=3@0"}},
		{"named groups", map[string]string{"any": `Epoch (?P<step>\step): loss=(?P<loss>\S+) acc=(?P<acc>\S+)`},
			"Epoch 3: loss=0.5 acc=0.25", []string{"acc=0.25@3", "loss=0.5@3"}},
		{"step", map[string]string{"step": `epoch (\step)`, "loss": `loss (\value)`}, "epoch 3\nloss 1\nepoch 4 loss 2", []string{"loss=1@3", "loss=2@4"}},
		{"part without a match", map[string]string{"a": `x(?: y=(\S+))?`}, "x\nx y=3", []string{"a=3@0"}},
		{"no number", map[string]string{"a": `a=(.*)`}, "a=3,\na=0x1p4\na= 4 ", []string{"a=4@0"}},
		{"no rules", nil, "loss: 3", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules, err := proc.ParseScalarRules(tt.rules)
			if err != nil {
				t.Fatal(err)
			}
			if got := found(t, proc.NewScalars(rules), tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestScalarRuleErrors(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{`loss: .*`, `output-scalars "x": pattern has 0 groups, want 1 (the value) or 2 (name and value), or named ones`},
		{`(a)(b)(c)`, `output-scalars "x": pattern has 3 groups, want 1 (the value) or 2 (name and value), or named ones`},
		{`(?P<_key>a)`, `output-scalars "x": pattern has one of the groups _key and _val, want both`},
		{`(`, "output-scalars \"x\": pattern \"(\": error parsing regexp: missing closing ): `(`"},
		{`(?!a)(b)`, "output-scalars \"x\": pattern \"(?!a)(b)\": error parsing regexp: invalid or unsupported Perl syntax: `(?!`"},
	}
	for _, tt := range tests {
		if _, err := proc.ParseScalarRules(map[string]string{"x": tt.pattern}); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func TestSummary(t *testing.T) {
	s := proc.NewScalars(proc.DefaultScalarRules())
	s.Ignore("lr")
	for _, step := range []struct {
		line string
		want bool
	}{
		{"step: 3", false}, {"loss: 2", true}, {"loss: nan", true}, {"loss: 1 (step 7)", true}, {"lr: 0.1", false},
		{"bad: nan", true}, {"text", false}, {"late: nan", true}, {"late: 4", true}, {strings.Repeat(" ", 9000), false},
	} {
		if got := s.Line([]byte(step.line)); got != step.want {
			t.Errorf("%.20q: got %t", step.line, got)
		}
	}
	got := s.Summary()
	bad := got["bad"]
	if !math.IsNaN(bad.Last) || !math.IsNaN(bad.Min) || !math.IsNaN(bad.Max) || bad.Count != 1 {
		t.Errorf("got %+v", bad)
	}
	delete(got, "bad")
	want := map[string]proc.Scalar{
		"loss": {Last: 1, Min: 1, Max: 2, Count: 3, Step: 7},
		"late": {Last: 4, Min: 4, Max: 4, Count: 2, Step: 7},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestManyNames(t *testing.T) {
	s := proc.NewScalars(proc.DefaultScalarRules())
	for i := range 5000 {
		s.Line(fmt.Appendf(nil, "name%d: 1", i))
	}
	s.Line([]byte("name0: 2"))
	if got := s.Summary(); len(got) != 1024 || got["name0"].Last != 2 {
		t.Errorf("got %d names, %+v", len(got), got["name0"])
	}
}

// The default rules as regular expressions, with the white space that output has.
var (
	slowStep  = slow(proc.DefaultScalarRules()[0].Pattern)
	slowValue = slow(proc.DefaultScalarRules()[1].Pattern)
)

func slow(pattern string) *regexp.Regexp {
	return regexp.MustCompile(strings.NewReplacer(
		`\key`, `[_a-zA-Z][^\t-\r ]*`, `\step`, `[0-9]+`, `\s`, `[\t-\r ]`,
		`\value`, `(?:[-+]?[0-9]*\.?(?:[0-9]+)?(?:[eE][-+]?[0-9]+)?|[nN][aA][nN]|[-+]?[iI][nN][fF])`,
	).Replace(pattern))
}

// FuzzScalarLine compares matching by hand with the regular expressions.
func FuzzScalarLine(f *testing.F) {
	for _, s := range []string{
		"loss: 0.3", "loss: 0.3 (step 10)", "loss: 0.3 (10)", "loss:  (10)", "loss: (10)", "a:b: -1e-5 ()", "step: 4", "x: nan",
		"x: +inf (a) b", "x:\t.e1", "ab: 1 (step1)", "a: (", "a:  ()", "a:: 3",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		line, _, _ = bytes.Cut(line, []byte("\n")) // a line has none; in the slow expressions "." does not match it
		clean := proc.CleanLine(line)
		var want []string
		if m := slowStep.FindSubmatch(clean); m != nil {
			want = append(want, "step="+string(m[1]))
		}
		if m := slowValue.FindSubmatch(clean); m != nil && len(m[2]) > 0 {
			want = append(want, string(m[1])+"="+string(m[2]))
		}
		if got := proc.MatchDefault(clean); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
		proc.NewScalars(proc.DefaultScalarRules()).Line(line)
	})
}

func TestCleanLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a b": "a b", " a \t\r": " a", "a\x00b\x08": "ab", "\xffä\xc3": "ä", "12345678\x0012345678": "1234567812345678", "1234567\x08\t2345678": "1234567\t2345678",
		"1234567é": "1234567é", "\t\t\t\t\t\t\t\tx": "\t\t\t\t\t\t\t\tx", "1234567\xff": "1234567", "\ta": "\ta", "\x1b[0m": "\x1b[0m",
	} {
		if got := proc.CleanLine([]byte(in)); !bytes.Equal(got, []byte(want)) {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
