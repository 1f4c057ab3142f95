package run_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/run"
)

func TestParseValue(t *testing.T) {
	for text, want := range map[string]any{
		"":                      "",
		"1":                     int64(1),
		"-7":                    int64(-7),
		"+3":                    int64(3),
		"1.0":                   1.0,
		".5":                    0.5,
		"1e3":                   1000.0,
		"1e-5":                  1e-5,
		"-.inf":                 math.Inf(-1),
		"inf":                   math.Inf(1),
		"infinity":              "infinity",
		"0x10":                  "0x10",
		"1_000":                 "1_000",
		"1:30":                  "1:30",
		"yes":                   true,
		"False":                 false,
		"null":                  nil,
		"~":                     nil,
		"y":                     "y",
		"'1'":                   "1",
		`"a\tb"`:                "a\tb",
		"it's":                  "it's",
		"'it''s'":               "it's",
		"hello world":           "hello world",
		"[]":                    []any{},
		"[1, a, 'b, c', [2.5]]": []any{int64(1), "a", "b, c", []any{2.5}},
		"[a":                    "[a",
		"[a]b]":                 "[a]b]",
		"--x":                   "--x",
		"1.2.3":                 "1.2.3",
		"2024-01-02":            "2024-01-02",
	} {
		got, err := run.ParseValue(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseValue(%q) = %#v, %v, want %#v", text, got, err, want)
		}
	}
}

func TestParseValueErrors(t *testing.T) {
	for text, want := range map[string]string{
		"123456789012345678901":    "123456789012345678901 is outside the range of 64-bit integers",
		"1e999":                    "1e999 is outside the range of 64-bit floats",
		"\xff":                     `value "\xff" is not text`,
		strings.Repeat("a", 65537): "value has 65537 bytes, the limit is 65536",
		strings.Repeat("[", 20) + strings.Repeat("]", 20): "list is nested more than 16 deep",
	} {
		if _, err := run.ParseValue(text); err == nil || err.Error() != want {
			t.Errorf("ParseValue(%.30q): got %v, want %s", text, err, want)
		}
	}
}

func TestFormatValue(t *testing.T) {
	for _, tc := range []struct {
		value any
		want  string
	}{
		{nil, "null"}, {true, "yes"}, {false, "no"}, {int64(2), "2"}, {1.0, "1.0"}, {1e-5, "1e-05"}, {1e16, "1e+16"}, {0.1, "0.1"},
		{"a", "a"}, {"", "''"}, {"1", "'1'"}, {"yes", "'yes'"}, {"a b", "'a b'"}, {"it's", "'it''s'"}, {"a\nb", `"a\nb"`},
		{[]any{int64(1), "a", "b,c"}, "[1, a, 'b,c']"}, {map[string]any{"b": int64(1), "a": nil}, "{a: null, b: 1}"},
	} {
		if got := run.FormatValue(tc.value); got != tc.want {
			t.Errorf("FormatValue(%#v) = %s, want %s", tc.value, got, tc.want)
		}
	}
}

// What FormatValue writes, ParseValue reads back.
func FuzzValue(f *testing.F) {
	for _, s := range []string{"1", "1.0", "yes", "'a'", "[1, [a, 'b']]", "a b", "-", ".inf", "0e0", "[,]", "['", "\"\\x\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := run.ParseValue(text)
		if err != nil {
			return
		}
		again, err := run.ParseValue(run.FormatValue(v))
		if err != nil || !run.Equal(v, again) {
			t.Errorf("%q is %#v, written %s, read back %#v, %v", text, v, run.FormatValue(v), again, err)
		}
		run.Flags{"x": v}.Canonical()
	})
}

func TestEqualAndCanonical(t *testing.T) {
	same := [][2]any{{int64(1), 1.0}, {0.0, math.Copysign(0, -1)}, {[]any{int64(1)}, []any{1.0}}, {nil, nil}, {math.NaN(), math.NaN()}}
	different := [][2]any{{int64(1), "1"}, {true, int64(1)}, {nil, false}, {"", nil}, {int64(1) << 53, float64(1<<53) + 2}, {[]any{}, nil}, {"a", "b"}, {1.5, int64(1)}}
	canonical := func(v any) string { return string(run.Flags{"x": v}.Canonical()) }
	for _, p := range same {
		if !run.Equal(p[0], p[1]) || canonical(p[0]) != canonical(p[1]) {
			t.Errorf("%#v and %#v should be the same: %s, %s", p[0], p[1], canonical(p[0]), canonical(p[1]))
		}
	}
	for _, p := range different {
		if run.Equal(p[0], p[1]) || canonical(p[0]) == canonical(p[1]) {
			t.Errorf("%#v and %#v should differ: %s", p[0], p[1], canonical(p[0]))
		}
	}
}

func TestParseIDErrors(t *testing.T) {
	for id, want := range map[string]string{
		"":                       "run id is empty",
		"../x":                   `run id "../x" has a path separator`,
		"a/b":                    `run id "a/b" has a path separator`,
		`a\b`:                    `run id "a\\b" has a path separator`,
		".hidden":                `run id ".hidden" begins with "."`,
		"-x":                     `run id "-x" begins with "-"`,
		"a\nb":                   `run id "a\nb" has characters that cannot be printed`,
		strings.Repeat("a", 200): `run id "aaaaaaaaaaaaaaaa"… has 200 bytes, the limit is 128`,
	} {
		if _, err := run.ParseID(id); err == nil || err.Error() != want {
			t.Errorf("ParseID(%.20q): got %v, want %s", id, err, want)
		}
	}
	if id, err := run.ParseID("aaa"); err != nil || id != "aaa" {
		t.Errorf("got %q, %v", id, err)
	}
	if id := run.NewID(); len(id) != 32 || len(id.Short()) != 8 {
		t.Errorf("new id %q", id)
	}
}

func TestOpRef(t *testing.T) {
	for line, want := range map[string]run.OpRef{
		"script:/proj '' '' echo.py":                 {Type: "script", Package: "/proj", Op: "echo.py"},
		"guildfile:/abs/guild.yml 5dc8940a '' train": {Type: "guildfile", Package: "/abs/guild.yml", Version: "5dc8940a", Op: "train"},
		"builtin:guildai 0.9.1 skopt random":         {Type: "builtin", Package: "guildai", Version: "0.9.1", Model: "skopt", Op: "random"},
		`script:'/a b/it'"'"'s' '' '' 'x y.py'`:      {Type: "script", Package: "/a b/it's", Op: "x y.py"},
	} {
		got, err := run.ParseOpRef(line)
		if err != nil || got != want {
			t.Errorf("ParseOpRef(%q) = %+v, %v", line, got, err)
		}
		if got.String() != line {
			t.Errorf("%+v is written %q, want %q", got, got, line)
		}
	}
	for line, want := range map[string]string{
		"":               `malformed opref "": 0 fields, want 4`,
		"a b c d e":      `malformed opref "a b c d e": 5 fields, want 4`,
		"script '' '' x": `malformed opref "script '' '' x": no type`,
		"a:b 'c":         `malformed opref "a:b 'c": no closing quote`,
	} {
		if _, err := run.ParseOpRef(line); err == nil || err.Error() != want {
			t.Errorf("ParseOpRef(%q): got %v, want %s", line, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"train", "test", "lr", "epochs"}
	for typed, want := range map[string]string{"trian": "train", "lrr": "lr", "epoch": "epochs", "tset": "test", "zzz": "", "": ""} {
		if got := run.Nearest(typed, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestDigest(t *testing.T) {
	text := "blake3:" + strings.Repeat("0a", 32)
	d, err := run.ParseDigest(text)
	if err != nil || d.String() != text || d.Short() != "0a0a0a0a0a0a" {
		t.Errorf("got %v, %v", d, err)
	}
	for _, bad := range []string{"", "sha256:00", "blake3:0A" + strings.Repeat("0a", 31), "blake3:" + strings.Repeat("0a", 31), "blake3:" + strings.Repeat("zz", 32), "blake3:" + strings.Repeat("00", 32)} {
		if _, err := run.ParseDigest(bad); err == nil {
			t.Errorf("ParseDigest(%q) went well", bad)
		}
	}
}
