package project_test

import (
	"math"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/project"
)

func vars(name string) (any, bool) {
	values := map[string]any{
		"lr": 0.1, "n": int64(7), "name": "a b", "none": nil, "yes": true, "path": "/data/x.csv", "q": "'a'", "list": []any{int64(1), "x"},
		"nan": math.NaN(), "a.b": "dot", "empty": "", "half": 2.9, "neg": -2.9,
	}
	v, ok := values[name]
	return v, ok
}

var expandTests = []struct{ template, want string }{
	{"", ""}, {"plain", "plain"}, {"lr=${lr}", "lr=0.1"}, {"${n}-${name}", "7-a b"}, {"${ n }", "7"}, {"${a.b}", "dot"},
	{"$$", "$"}, {"$${lr}", "${lr}"}, {"$x $ 5$", "$x $ 5$"}, {"a$$$$b", "a$$b"}, {"}${n}}", "}7}"},
	{"${none}", "null"}, {"${yes}", "yes"}, {"${list}", "[1, x]"}, {"${empty}", ""},
	{"${lr|%.2f}", "0.10"}, {"${n|%.1f}", "7.0"}, {"${n|%03d}", "007"}, {"${half|%d}", "2"}, {"${neg|%i}", "-2"}, {"${n|%x}", "7"}, {"${n|%+d}", "+7"},
	{"${lr|%e}", "1.000000e-01"}, {"${lr|%g}", "0.1"}, {"${name|%5s}", "  a b"}, {"[${name|%-5s}]", "[a b  ]"}, {"${name|%.1s}", "a"}, {"${yes|%d}", "1"}, {"${nan|%.2f}", "NaN"},
	{"${lr|%05s}", "  0.1"},
	{"${none|%f}", "null"}, {"${none|default:x}", "x"}, {"${missing|default:}", ""}, {"${missing|default:a:b}", "a:b"}, {"${n|default:x}", "7"}, {"${empty|default:x}", ""},
	{"${missing|default:2|%s}", "2"}, {"${missing|basename|default:x}", "x"}, {"${path|basename}", "x.csv"}, {"${empty|basename}", ""}, {"${q|unquote}", "a"},
}

func TestExpand(t *testing.T) {
	for _, test := range expandTests {
		got, err := project.Expand(test.template, vars)
		if err != nil || got != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.template, got, err, test.want)
		}
	}
}

var expandErrors = []struct{ template, want string }{
	{"${lr", `"${" without "}"`}, {"${}", `"${}" has no name`}, {"${ |%d}", `"${ |%d}" has no name`},
	{"${missing}", `unknown name "missing" in a template`}, {"${missing|%d}", `unknown name "missing" in a template`},
	{"${lr|base}", `unknown filter "base"`}, {"${lr|}", `unknown filter ""`}, {"${lr|basenam}", `unknown filter "basenam" (did you mean "basename"?)`},
	{"${lr|%z}", `malformed format "%z": want such as %.2f, %03d or %s`}, {"${lr|%.2f%d}", `malformed format "%.2f%d": want such as %.2f, %03d or %s`},
	{"${lr|%999d}", `malformed format "%999d": want such as %.2f, %03d or %s`}, {"${lr|%.999f}", `malformed format "%.999f": want such as %.2f, %03d or %s`},
	{"${lr|%*d}", `malformed format "%*d": want such as %.2f, %03d or %s`}, {"${lr|%}", `malformed format "%": want such as %.2f, %03d or %s`},
	{"${name|%d}", `name: cannot format "a b" with %d`}, {"${nan|%d}", `nan: cannot format nan with %d`},
	{"${list|%d}", `list: cannot format [1, x] with %d`},
}

func TestExpandErrors(t *testing.T) {
	for _, test := range expandErrors {
		if _, err := project.Expand(test.template, vars); err == nil || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.template, err, test.want)
		}
	}
}

func TestExpandBounds(t *testing.T) {
	long := func(string) (any, bool) { return strings.Repeat("x", 60<<10), true }
	if _, err := project.Expand(strings.Repeat("${x}", 1000), long); err == nil {
		t.Error("no error for a long result")
	}
	if _, err := project.Expand(strings.Repeat("x", 100<<10), vars); err == nil {
		t.Error("no error for a long template")
	}
}
