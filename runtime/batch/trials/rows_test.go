package trials_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
)

var fileTests = []struct{ name, text, want string }{
	{"a.csv", "x,y\n1,a\n0.5,\n,b\n", "{x: 1, y: a} {x: 0.5} {y: b}"},
	{"a.CSV", "\ufeffx, y\r\n 1 ,\"a,b\"\r\n\r\n2\r\n", "{x: 1, y: a,b} {x: 2}"},
	{"trials", "x\n''\n\"'1'\"\nyes\nnull\n1_0\n", "{x: ''} {x: '1'} {x: yes} {x: null} {x: 1_0}"},
	{"a.csv", "x\n\"[1,2]\"\nrange[1:2]\n'range[1:2]'\n\"['range[1:2]',3]\"\n\"[range[1:2],3]\"\n\"[[1,2]]\"\n\"[1]*2\"\n", "{x: [1, 2]} {x: range[1:2]} {x: '''range[1:2]'''} {x: ['''range[1:2]''', 3]} {x: [1, 2, 3]} {x: [[1, 2]]} {x: [1, 1]}"},
	{"a.csv", "x,y\n\"a\nb\",1\n", "{x: \"a\\nb\", y: 1}"},
	{"a.json", `[{"x": 1, "y": "a"}, {}, {"x": [0.5, 1.0, 1e3, null, true, "1"]}]`, "{x: 1, y: a} {} {x: [0.5, 1.0, 1000.0, null, yes, '1']}"},
	{"a.json", " [\n{\"x\": [[1, 2]], \"y\": \"range[1:2]\", \"z\": \"it's\"}\n]\n", "{x: [[1, 2]], y: range[1:2], z: 'it''s'}"},
	{"a.yaml", "# trials\n- x: 1\n  y: a\n- {x: 1e-3, y: [1, 'b', \"2\", yes, ~], z: }\n- {}\n- x: '1'\n  y: !!str 2\n  z: 2026-01-02\n", "{x: 1, y: a} {x: 0.001, y: [1, b, '2', yes, null], z: null} {} {x: '1', y: '2', z: 2026-01-02}"},
	{"a.yml", "- x: range[1:2]\n- x: |\n    1\n", "{x: range[1:2]} {x: \"1\\n\"}"},
	{"a.toml", "[[trials]]\nx = 1\ny = 'a'\n[[trials]]\n\n[[trials]]\nx = [0.5, [1]]\n", "{x: 1, y: a} {} {x: [0.5, [1]]}"},
	{"a.toml", "trials = [ { x = 1 }, { x = 2 } ]\n", "{x: 1} {x: 2}"},
	{"a.toml", "[[trials]]\n\"a.b\" = \"[[[#\" # [[[\ny = '''\n[[['''\n", "{a.b: [[[#, y: [[[}"},
}

func TestReadFile(t *testing.T) {
	for _, test := range fileTests {
		rows, err := trials.ReadFile(test.name, []byte(test.text))
		var got []string
		for _, row := range rows {
			got = append(got, run.FormatValue(map[string]any(row)))
		}
		if got := strings.Join(got, " "); err != nil || got != test.want {
			t.Errorf("%s: %q:\ngot  %s, %v\nwant %s", test.name, test.text, got, err, test.want)
		}
	}
}

// For a flag of texts, what a file leaves open is text as it stands there.
func TestReadTexts(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a.csv", "t,x\n0.10,0.10\nyes,yes\n'a b',1\n\"[1,0.10]\",1\nrange[1:2],1\n'range[1:2]',1\n1e999,1\n",
			"{t: '0.10', x: 0.1} {t: 'yes', x: yes} {t: 'a b', x: 1} {t: ['1', '0.10'], x: 1} {t: ['1', '2'], x: 1} {t: '''range[1:2]''', x: 1} {t: '1e999', x: 1}"},
		{"a.yaml", "- {t: 1.10, x: 1.10}\n- t: [no, 007, 'b']\n", "{t: '1.10', x: 1.1} {t: ['no', '007', b]}"},
		{"a.json", `[{"t": 1, "x": "1"}]`, "{t: 1, x: '1'}"},
		{"a.toml", "[[trials]]\nt = 1\n", "{t: 1}"},
	} {
		rows, err := trials.ReadFile(test.name, []byte(test.text), "t")
		var got []string
		for _, row := range rows {
			got = append(got, run.FormatValue(map[string]any(row)))
		}
		if got := strings.Join(got, " "); err != nil || got != test.want {
			t.Errorf("%s: %q:\ngot  %s, %v\nwant %s", test.name, test.text, got, err, test.want)
		}
	}
}

var fileErrors = []struct{ name, text, want string }{
	{"a.txt", "x\n1\n", "cannot read trials from a.txt: want a name that ends with .csv, .json, .yaml, .yml or .toml"},
	{"a.csv", "", "a.csv: it has no trials"}, {"a.csv", "x,y\n", "a.csv: it has no trials"}, {"a.csv", "x\n\xff\n", "a.csv: it is not text in UTF-8"},
	{"a.csv", "x,y\n1,2\n\n1,2,3\n", "a.csv:4: it has 3 cells, and there are 2 columns"},
	{"a.csv", "x,x\n1,2\n", `a.csv:1: column "x" is there twice`}, {"a.csv", "x,\n1,2\n", `a.csv:1: "" cannot be the name of a flag`},
	{"a.csv", "x=1\n1\n", `a.csv:1: "x=1" cannot be the name of a flag`}, {"a.csv", "-x\n1\n", `a.csv:1: "-x" cannot be the name of a flag`}, {"a.csv", "@x\n1\n", `a.csv:1: "@x" cannot be the name of a flag`},
	{"a.csv", "x\n\"1\n", `a.csv:2: extraneous or missing " in quoted-field`}, {"a.csv", "x\na\"b\n", `a.csv:2: bare " in non-quoted-field`},
	{"a.csv", "x\n[]\n", `a.csv:2: invalid value "[]" for flag "x": an empty list makes no trials; a value that is an empty list is written [[]]`},
	{"a.csv", "x\n1\nrange[1:a]\n", `a.csv:3: invalid value "range[1:a]" for flag "x": "a" is not a number`},
	{"a.csv", "x\n99999999999999999999\n", `a.csv:2: invalid value "99999999999999999999" for flag "x": 99999999999999999999 is outside the range of 64-bit integers`},
	{"a.csv", "x\n" + strings.Repeat("range[1:1000000]\n", 3), `a.csv:4: invalid value "range[1:1000000]" for flag "x": all lists together have too many values`},
	{"a.csv", "x\n" + strings.Repeat("y", 65537) + "\n", `a.csv:2: flag "x": text has 65537 bytes, the limit is 65536`}, {"a.csv", "x\na\x00b\n", `a.csv:2: invalid value "a\x00b" for flag "x": value "a\x00b" is not text`},
	{"a.csv", strings.Repeat("x,", 1000) + "x\n1\n", "a.csv:1: it has 1001 columns, the limit is 1000"},
	{"a.csv", "x\n" + strings.Repeat("1\n", 1_000_001), "a.csv:1000002: it has more than 1000000 trials"},
	{"a.csv", strings.Repeat("x", trials.MaxFile+1), "a.csv: it has 16777217 bytes, the limit is 16777216"},

	{"a.json", "", "a.json:1: it ends too early"}, {"a.json", "[]", "a.json: it has no trials"}, {"a.json", `[{"x": 1}`, "a.json:1: it ends too early"},
	{"a.json", `{"x": 1}`, "a.json:1: want a list of trials, each a table of flags"}, {"a.json", "[{},\n1]", "a.json:2: want a list of trials, each a table of flags"}, {"a.json", "[null]", "a.json:1: want a list of trials, each a table of flags"},
	{"a.json", "[\n{\"x\": 1},\n{\"x\": y}\n]", "a.json:3: invalid character 'y' looking for beginning of value"}, {"a.json", "[{}] {}", "a.json:1: there is more after the list of trials"}, {"a.json", "[{}}", "a.json:1: invalid character '}' after array element"},
	{"a.json", "[\n{\"x\": {}}\n]", `a.json:2: flag "x": a flag cannot hold a table`}, {"a.json", `[{"x": [{}]}]`, `a.json:1: flag "x": a flag cannot hold a table`}, {"a.json", `[{"x": []}]`, `a.json:1: flag "x": an empty list makes no trials; a value that is an empty list is written [[]]`},
	{"a.json", `[{"x": 1e999}]`, `a.json:1: flag "x": 1e999 is outside the range of 64-bit floats`}, {"a.json", `[{"x": "a\u0000b"}]`, `a.json:1: flag "x": "a\x00b" is not text`}, {"a.json", `[{"": 1}]`, `a.json:1: "" cannot be the name of a flag`},
	{"a.json", `[{"x": ` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}]`, `a.json:1: flag "x": it is nested more than 16 deep`},
	{"a.json", `[{"x": [[` + strings.Repeat("1,", 10000) + `1]]}]`, `a.json:1: flag "x": a value that is a list has more than 10000 elements`},
	{"a.json", `[{"x": ["uniform[0:1]", 2]}]`, `a.json:1: invalid value "uniform[0:1]" for flag "x": values are drawn from one distribution, it cannot be one of several values`},

	{"a.yaml", "", "a.yaml: it has no trials"}, {"a.yaml", "# nothing\n", "a.yaml: it has no trials"}, {"a.yaml", "x: 1\n", "a.yaml:1: want a list of trials, each a table of flags"}, {"a.yaml", "- x: 1\n- 2\n", "a.yaml:2: want a list of trials, each a table of flags"},
	{"a.yaml", "- x: 1\n  x: 2\n", `a.yaml:2: "x" is no flag, or there twice`}, {"a.yaml", "- {x: {y: 1}}\n", `a.yaml:1: flag "x": a flag cannot hold a table`}, {"a.yaml", "- x: &a 1\n- x: *a\n", `a.yaml:2: flag "x": aliases are not supported`},
	{"a.yaml", "- x: !!int 1\n", `a.yaml:1: flag "x": tag "!!int" is not supported`}, {"a.yaml", "- x: 1\n---\n- x: 2\n", "a.yaml:2: there is more after the list of trials"}, {"a.yaml", "- x: [1\n", "a.yaml: line 1: did not find expected ',' or ']'"},

	{"a.toml", "", "a.toml: want trials as tables [[trials]], and nothing else"}, {"a.toml", "[[trial]]\nx = 1\n", "a.toml: want trials as tables [[trials]], and nothing else"}, {"a.toml", "trials = [1]\n", "a.toml: want trials as tables [[trials]], and nothing else"}, {"a.toml", "y = 1\n[[trials]]\nx = 1\n", "a.toml: want trials as tables [[trials]], and nothing else"},
	{"a.toml", "[[trials]]\nx = \n", "a.toml:2: expected value but found '\\n' instead"}, {"a.toml", "[[trials]]\nx = { y = 1 }\n", `a.toml: trial 1: flag "x": a flag cannot hold a table`}, {"a.toml", "[[trials]]\n[[trials]]\nx = 2026-01-02\n", `a.toml: trial 2: flag "x": want a date or time in quotes`},
	{"a.toml", "x = " + strings.Repeat("[", 100), "a.toml: its tables or lists are nested too deep"}, {"a.toml", strings.Repeat("a.", 100) + "a = 1\n", "a.toml: its tables or lists are nested too deep"},
}

func TestReadFileErrors(t *testing.T) {
	for _, test := range fileErrors {
		if _, err := trials.ReadFile(test.name, []byte(test.text)); err == nil || err.Error() != test.want {
			t.Errorf("%s: %.60q:\ngot  %v\nwant %s", test.name, test.text, err, test.want)
		}
	}
}

// What a cell says is what the same text says when it is typed.
func TestCellsAreTypedValues(t *testing.T) {
	for _, test := range guildTests {
		if test.text == "" || strings.Contains(test.want, " int ") || strings.Contains(test.want, "uniform") {
			continue // absent, or drawn
		}
		rows, err := trials.ReadFile("a.csv", []byte("x\n\""+strings.ReplaceAll(test.text, `"`, `""`)+"\"\n"))
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		var got []any
		list, err := trials.Spec{Rows: rows}.Trials()
		for _, trial := range list {
			got = append(got, trial.Flags["x"])
		}
		want := test.want
		if want == plain {
			v, err := run.ParseValue(test.text)
			if err != nil {
				t.Fatal(err)
			}
			want = run.FormatValue([]any{v})
		}
		if got := run.FormatValue(got); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", test.text, got, err, want)
		}
	}
}

// The names of formats are in whatever case; the content decides nothing.
func ExampleReadFile() {
	rows, err := trials.ReadFile("trials.csv", []byte("lr,opt\n0.1,\n\"[0.1,0.01]\",sgd\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := trials.Spec{Base: run.Flags{"lr": 1.0, "opt": "adam"}, Rows: rows}.Trials()
	for _, trial := range list {
		fmt.Println(trial.Index, trial.Flags.Label())
	}
	fmt.Println(err)
	// Output:
	// 0 lr=0.1 opt=adam
	// 1 lr=0.1 opt=sgd
	// 2 lr=0.01 opt=sgd
	// <nil>
}
