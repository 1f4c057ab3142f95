package project_test

import (
	"math"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
)

var paths = map[string]any{
	"flags.env": "prod", "flags.lr": 0.1, "flags.epochs": int64(10), "flags.one": 1.0, "flags.text": "1", "flags.debug": true,
	"flags.none": nil, "flags.nan": math.NaN(), "flags.big": int64(math.MaxInt64), "flags.layers": []any{int64(1), int64(2)},
	`flags."a.b"`: "dot", "run.tags": []string{"slow", "x"}, "run.status": run.Completed, "run.op": "train",
	"batch.trials.3.status": "error", "batch.trials.3": run.Flags{"a": int64(1)}, "run.odd": struct{}{}, "run.exit_status": 0,
}

func lookup(path string) (any, bool) {
	v, ok := paths[path]
	return v, ok
}

var conditionTests = []struct {
	expr string
	want bool
}{
	{`flags.env == "prod"`, true}, {`flags.env=='prod'`, true}, {`flags.env != "prod"`, false}, {"\tflags.env\n==\r\n\"prod\" ", true},
	{`true`, true}, {`false`, false}, {`null`, false}, {`!null`, true}, {`!!true`, true},
	{`flags.lr == 0.1`, true}, {`flags.lr < 1`, true}, {`flags.lr >= 1e-1`, true}, {`flags.lr > -1`, true}, {`flags.epochs == 10.0`, true},
	{`flags.one == 1`, true}, {`flags.text == 1`, false}, {`flags.text == "1"`, true}, {`flags.text != 1`, true},
	{`flags.big == 9223372036854775807`, true}, {`flags.big < 9.3e18`, true}, {`flags.big < 9223372036854775808.0`, true}, {`9.3e18 > flags.big`, true},
	{`flags.nan == flags.nan`, true}, {`flags.nan < 1`, false}, {`flags.nan >= 1`, false}, {`1 > flags.nan`, false},
	{`flags.debug`, true}, {`!flags.debug`, false}, {`flags.debug == true`, true}, {`flags.debug == 1`, false},
	{`flags.none == null`, true}, {`flags.none`, false}, {`flags.missing == null`, true}, {`flags.missing > 1`, false}, {`flags.missing <= 1`, false},
	{`flags.missing != "x"`, true}, {`flags.missing in [1]`, false}, {`flags.missing in [null]`, true}, {`1 in flags.missing`, false},
	{`flags.env in ["dev", "prod"]`, true}, {`flags.env in []`, false}, {`"slow" in run.tags`, true}, {`2.0 in flags.layers`, true}, {`"2" in flags.layers`, false},
	{`flags.layers == [1, 2.0,]`, true}, {`[1, [2]] == [1, [2]]`, true}, {`(flags.lr < 1) == true`, true}, {`(flags.env == "x") in [false]`, true},
	{`"a" < "b"`, true}, {`"a" >= "b"`, false}, {`"a" <= "a"`, true},
	{`true || flags.env`, true}, {`false && flags.env`, false}, {`true || false && false`, true}, {`(true || false) && false`, false},
	{`false || false || true`, true}, {`true && true && !(flags.epochs < 10)`, true},
	{`flags."a.b" == "dot"`, true}, {`flags.'a.b' == "dot"`, true}, {`batch.trials.3.status == "error"`, true}, {`flags."env" == "prod"`, true},
	{`run.status == "completed"`, true}, {`run.exit_status == 0`, true}, {`batch.trials.3 == null`, false},
	{`"\"\\\n\t\r\u00e9\'" == '"\\` + "\n\t\ré" + `\''`, true}, {`inner == null`, true}, {`learning-rate == null`, true},
}

func TestCondition(t *testing.T) {
	for _, test := range conditionTests {
		c, err := project.ParseCondition(test.expr)
		if err != nil {
			t.Errorf("%s: %v", test.expr, err)
			continue
		}
		got, err := c.Holds(lookup)
		if err != nil || got != test.want {
			t.Errorf("%s: got %v, %v, want %v", test.expr, got, err, test.want)
		}
	}
}

var conditionErrors = []struct{ expr, want string }{
	{``, `at character 1: want a value, not the end`},
	{`flags.env ==`, `at character 13: want a value, not the end`},
	{`flags.env = "x"`, `at character 11: "=" is not an operator, use "=="`},
	{`a & b`, `at character 3: "&" is not an operator, use "&&"`},
	{`a | b`, `at character 3: "|" is not an operator, use "||"`},
	{`a and b`, `at character 3: want an operator or the end, not "and"`},
	{`é`, `at character 1: unexpected "é"`},
	{`"é" == é`, `at character 8: unexpected "é"`},
	{`"abc`, `at character 1: no closing quote`},
	{`"abc\`, `at character 5: no closing quote`},
	{`"a\z"`, `at character 3: unknown escape`},
	{`"\ud800"`, `at character 2: malformed escape: want \u and 4 hex digits`},
	{`1 < 2 < 3`, `at character 7: comparisons do not chain, use &&`},
	{`!a == b`, `at character 1: "!" before a comparison needs parentheses: !(a == b)`},
	{`!a in b`, `at character 1: "!" before a comparison needs parentheses: !(a in b)`},
	{`(a`, `at character 3: want ")", not the end`},
	{`a)`, `at character 2: want an operator or the end, not ")"`},
	{`a in [1, 2`, `at character 11: want "," or "]", not the end`},
	{`a in [1 2]`, `at character 9: want "," or "]", not "2"`},
	{`[,]`, `at character 2: want a value, not ","`},
	{`a.`, `at character 3: want a name, not the end`},
	{`a.==`, `at character 3: want a name, not "=="`},
	{`a . 3`, `at character 5: want a name, not "3"`},
	{`'a' + ''`, `at character 5: unexpected "+"`},
	{`a.3b == 1`, `at character 4: want an operator or the end, not "b"`},
	{`1x == 1`, `at character 1: malformed number "1x"`},
	{`0x10`, `at character 1: malformed number "0x10"`},
	{`99999999999999999999 > 1`, `at character 1: 99999999999999999999 is outside the range of 64-bit integers`},
	{`in`, `at character 1: want a value, not "in"`},
	{`true false`, `at character 6: want an operator or the end, not "false"`},
	{strings.Repeat("(", 40), `at character 33: nested more than 32 deep`},
	{strings.Repeat("[", 40), `at character 33: nested more than 32 deep`},
	{strings.Repeat("!", 40) + "a", `at character 33: nested more than 32 deep`},
	{strings.Repeat("a", 5000), `at character 1: a condition has at most 4096 bytes`},
	{"\xff", `at character 1: want text in UTF-8`},
}

func TestConditionErrors(t *testing.T) {
	for _, test := range conditionErrors {
		if _, err := project.ParseCondition(test.expr); err == nil || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.expr, err, test.want)
		}
	}
}

func TestConditionFailures(t *testing.T) {
	for expr, want := range map[string]string{
		`flags.lr`:                 `at character 1: flags.lr = 0.1 is neither true nor false`,
		`true && (flags.env)`:      `at character 10: flags.env = "prod" is neither true nor false`,
		`flags.env < 1`:            `at character 11: cannot compare flags.env = "prod" with 1`,
		`1 < "a"`:                  `at character 3: cannot compare 1 with "a"`,
		`true < false`:             `at character 6: cannot compare yes with no`,
		`flags.lr in flags.env`:    `at character 10: "in" wants a list, not flags.env = "prod"`,
		`run.odd == 1`:             `at character 1: run.odd is of a kind that conditions do not know`,
		`!"x"`:                     `at character 2: "x" is neither true nor false`,
		`false || !(flags.epochs)`: `at character 12: flags.epochs = 10 is neither true nor false`,
	} {
		c, err := project.ParseCondition(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if _, err := c.Holds(lookup); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", expr, err, want)
		}
	}
}
