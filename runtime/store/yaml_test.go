package store_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

var yamlTexts = []struct {
	v    any
	text string
}{
	{nil, "null\n"}, {true, "true\n"}, {false, "false\n"},
	{int64(0), "0\n"}, {int64(math.MinInt64), "-9223372036854775808\n"},
	{1.0, "1.0\n"}, {0.1, "0.1\n"}, {1e-05, "1.0e-05\n"}, {1.5e-07, "1.5e-07\n"}, {1e16, "1.0e+16\n"}, {1e15, "1000000000000000.0\n"},
	{math.Copysign(0, -1), "-0.0\n"}, {math.Inf(1), ".inf\n"}, {math.Inf(-1), "-.inf\n"},
	{"", "''\n"}, {"a", "a\n"}, {"a b", "a b\n"}, {" a", "' a'\n"}, {"a ", "'a '\n"}, {"it's", "it's\n"}, {"'q'", "'''q'''\n"},
	{"y", "'y'\n"}, {"N", "'N'\n"}, {"yes", "'yes'\n"}, {"off", "'off'\n"}, {"null", "'null'\n"}, {"~", "'~'\n"}, {"True", "'True'\n"}, {"tRUE", "tRUE\n"},
	{"1", "'1'\n"}, {"1_000", "'1_000'\n"}, {"1:30", "'1:30'\n"}, {"1e3", "'1e3'\n"}, {"1.5", "'1.5'\n"}, {".5", "'.5'\n"}, {"0x1f", "'0x1f'\n"}, {"0b1", "'0b1'\n"},
	{"017", "'017'\n"}, {"08", "08\n"}, {"1.2.3", "1.2.3\n"}, {".inf", "'.inf'\n"}, {"+1", "'+1'\n"}, {"2026-11-21", "'2026-11-21'\n"}, {"2026-11-21 07:15:37", "'2026-11-21 07:15:37'\n"},
	{"=", "'='\n"}, {"<<", "'<<'\n"}, {"-", "'-'\n"}, {"- a", "'- a'\n"}, {"-a", "-a\n"}, {"?", "'?'\n"}, {"a: b", "'a: b'\n"}, {"a:b", "a:b\n"}, {"a:", "'a:'\n"}, {"a #b", "'a #b'\n"}, {"a#b", "a#b\n"},
	{"[a]", "'[a]'\n"}, {"{a}", "'{a}'\n"}, {"%a", "'%a'\n"}, {"@a", "'@a'\n"}, {"!a", "'!a'\n"}, {"---", "'---'\n"}, {"... x", "'... x'\n"},
	{"a\nb", "'a\n\n  b'\n"}, {"a\n\nb\n", "'a\n\n\n  b\n\n  '\n"}, {"a \nb", "\"a \\nb\"\n"}, {"tab\t", "\"tab\\t\"\n"}, {"é", "\"\\xE9\"\n"}, {"…", "\"\\u2026\"\n"}, {"😀", "\"\\U0001F600\"\n"}, {"\x1b[0m", "\"\\e[0m\"\n"},
	{[]any{}, "[]\n"}, {map[string]any{}, "{}\n"},
	{[]any{[]any{int64(1), []any{"a"}}, map[string]any{"b": []any{int64(2)}, "a": map[string]any{}}}, "- - 1\n  - - a\n- a: {}\n  b:\n  - 2\n"},
	{map[string]any{"": int64(1)}, "? ''\n: 1\n"},
	{map[string]any{strings.Repeat("k", 128): []any{int64(1), int64(2)}}, "? " + strings.Repeat("k", 128) + "\n: - 1\n  - 2\n"},
}

func TestYAML(t *testing.T) {
	for _, tt := range yamlTexts {
		got, err := store.EncodeYAML(tt.v)
		if err != nil || string(got) != tt.text {
			t.Errorf("%#v is written %q, %v, want %q", tt.v, got, err, tt.text)
		}
		back, err := store.DecodeYAML([]byte(tt.text))
		if err != nil || !reflect.DeepEqual(back, tt.v) {
			t.Errorf("%q reads as %#v, %v, want %#v", tt.text, back, err, tt.v)
		}
	}
	if v, err := store.DecodeYAML([]byte(".nan")); err != nil || !math.IsNaN(v.(float64)) {
		t.Errorf(".nan reads as %v, %v", v, err)
	}
}

// Where the library that Guild AI uses is installed, it reads what we write as what we meant.
func TestYAMLReadByPython(t *testing.T) {
	if exec.Command("python3", "-c", "import yaml").Run() != nil {
		t.Skip("no PyYAML here")
	}
	var want []any
	var in bytes.Buffer
	for _, tt := range yamlTexts {
		if f, ok := tt.v.(float64); ok && math.IsInf(f, 0) {
			continue // JSON has none
		}
		want = append(want, run.Flags{"v": tt.v}.JSON()["v"])
		in.WriteString("---\n" + tt.text)
	}
	cmd := exec.Command("python3", "-c", "import sys, json, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))")
	cmd.Stdin = &in
	out, err := cmd.Output()
	check(t, err)
	text, err := json.Marshal(want)
	check(t, err)
	var a, b any
	check(t, json.Unmarshal(out, &a))
	check(t, json.Unmarshal(text, &b))
	if !reflect.DeepEqual(a, b) {
		t.Errorf("Python reads %s, want %s", out, text)
	}
}

// What people and other tools write.
func TestYAMLRead(t *testing.T) {
	m := func(kv ...any) map[string]any {
		out := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			out[kv[i].(string)] = kv[i+1]
		}
		return out
	}
	for _, tt := range []struct {
		text string
		want any
	}{
		{"-9", int64(-9)}, {"1", int64(1)}, {"0\n...\n", int64(0)}, {"", nil}, {"# only a remark\n", nil}, {" 7 \n", int64(7)},
		{"1_000", int64(1000)}, {"1:30", int64(90)}, {"-1:30.5", -90.5}, {"0x1F", int64(31)}, {"010", int64(8)}, {"0b11", int64(3)}, {"-0x10", int64(-16)},
		{"1e3", 1000.0}, {"1e-05", 1e-05}, {"1.", 1.0}, {".5", 0.5}, {"1_0.5", 10.5}, {"+.inf", math.Inf(1)},
		{"y", "y"}, {"on", true}, {"No", false}, {"2026-11-21", "2026-11-21"}, {"._", "._"}, {"=", "="},
		{"!!str 1", "1"}, {"\"\\u00e9\"", "é"}, {"'it''s'", "it's"}, {"|\n  a\n  b\n", "a\nb\n"}, {">\n  a\n  b\n", "a b\n"},
		{"a: 1\nb: [1, x, {c: no}]\n", m("a", int64(1), "b", []any{int64(1), "x", m("c", false)})},
		{"a: &x [1]\nb: *x\n", m("a", []any{int64(1)}, "b", []any{int64(1)})},
		{"1: a\ntrue: b\n", m("1", "a", "true", "b")},
		{"long: aaa\n  bbb\n", m("long", "aaa bbb")},
	} {
		got, err := store.DecodeYAML([]byte(tt.text))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q reads as %#v, %v, want %#v", tt.text, got, err, tt.want)
		}
	}
}

func TestYAMLErrors(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		n, last := string(rune('1'+i)), string(rune('0'+i))
		bomb += "a" + n + ": &a" + n + " [" + strings.Repeat("*a"+last+", ", 10) + "]\n"
	}
	for _, tt := range []struct{ name, text, want string }{
		{"syntax", "a: 1\nb: [1\nc: 2\n", "line 2: did not find expected ',' or ']'"},
		{"syntax on line 1", "[1", "line 1: did not find expected ',' or ']'"},
		{"indent", "a: 1\n  b: 2\n", "line 2: mapping values are not allowed in this context"},
		{"key", "a:\n  x: 1\n y: 2\n", "line 3: did not find expected key"},
		{"quote", "a: 1\nb: 'x\n", "line 2: found unexpected end of stream"},
		{"tab", "a:\n\tb: 1\n", "line 2: found character that cannot start any token"},
		{"doubled key", "a: 1\na: 2\n", ""},
		{"big", "a: 1\nb: 9223372036854775808\n", "line 2: 9223372036854775808 does not fit 64 bits"},
		{"big alone", "9223372036854775808", "line 1: 9223372036854775808 does not fit 64 bits"},
		{"big float", "1.0e+999", "line 1: 1.0e+999 does not fit 64 bits"},
		{"bytes", "a: 1\nb: \xff\n", "line 2: not UTF-8"},
		{"merge", "a: &a {x: 1}\nb:\n  <<: *a\n", "line 3: merge keys are not supported"},
		{"list key", "? [a]\n: 1\n", "line 1: a key is a list or a map"},
		{"unknown alias", "a: *b\n", "line 1: unknown anchor 'b' referenced"},
		{"bomb", bomb, "line 1: too many values"},
		{"deep", strings.Repeat("[", 200) + strings.Repeat("]", 200), "line 1: nested more than 100 deep"},
		{"many", strings.Repeat("- a\n", 1<<20+1), "line 1: too many values"},
		{"own alias", "a: &a [*a]\n", "line 1: nested more than 100 deep"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := store.DecodeYAML([]byte(tt.text))
			if tt.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, %v, want %s", v, err, tt.want)
			}
		})
	}
	for _, v := range []any{make(chan int), "\xff", map[string]any{"\xff": 1}, []any{struct{}{}}} {
		if text, err := store.EncodeYAML(v); err == nil {
			t.Errorf("%v was written as %q", v, text)
		}
	}
}

func FuzzAttr(f *testing.F) {
	for _, tt := range yamlTexts {
		f.Add([]byte(tt.text))
	}
	f.Add([]byte("a: &x [1, {b: *x}]\n? |\n  k\n: >-\n  v\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := store.DecodeYAML(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("error without a line: %v", err)
			}
			return
		}
		text, err := store.EncodeYAML(v)
		if err != nil {
			t.Skip(err) // nesting of aliases
		}
		back, err := store.DecodeYAML(text)
		if err != nil || !run.Equal(v, back) {
			t.Errorf("%#v was written %q and read back as %#v, %v", v, text, back, err)
		}
	})
}
