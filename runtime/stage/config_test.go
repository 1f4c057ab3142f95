package stage_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
)

func TestWriteConfig(t *testing.T) {
	for _, tc := range []struct {
		name, file, before string
		flags              run.Flags
		after              string
	}{
		{"absent toml", "p.toml", "", run.Flags{"a.b": int64(1), "a.c": "x"}, "[a]\nb = 1\nc = \"x\"\n"},
		{
			"toml keeps its form", "p.toml",
			"# top\nlr   = 0.1 # rate\n\n[model] # m\n  width = [\n 1, # one\n 2]\n\n# net\n[model.net]\nname = '''a\nb'''\n",
			run.Flags{"lr": 0.5, "model.net.name": "c", "model.depth": int64(3), "seed": int64(1)},
			"# top\nlr   = 0.5 # rate\nseed = 1\n\n[model] # m\n  width = [\n 1, # one\n 2]\ndepth = 3\n\n# net\n[model.net]\nname = \"c\"\n",
		},
		{"toml kinds", "p.toml", "", run.Flags{"b": true, "f": 1.0, "tiny": 1e-5, "inf": math.Inf(-1), "nan": math.NaN(), "l": []any{int64(1), "x"}, "m": map[string]any{"k k": int64(1)}, "s": "q\"\\\n\x7f\u2028é"},
			"b = true\nf = 1.0\ninf = -inf\nl = [1, \"x\"]\nm = {\"k k\" = 1}\nnan = nan\ns = \"q\\\"\\\\\\n\\u007f\\u2028é\"\ntiny = 1e-05\n"},
		{"toml same value", "p.toml", "lr=1_0.0\nn = 0x10\nd = 1979-05-27T07:32:00Z", run.Flags{"lr": int64(10), "n": 16.0, "d": "1979-05-27T07:32:00Z"}, "lr=1_0.0\nn = 0x10\nd = 1979-05-27T07:32:00Z"},
		{"toml null removes", "p.toml", "a = 1\nb = 2 # two\n[t]\nc = 3\n", run.Flags{"b": nil, "absent": nil, "t.c": nil}, "a = 1\n[t]\n"},
		{"toml inline table", "p.toml", "a = {b = 1, c = {d = 2}} # x\n", run.Flags{"a.c.d": int64(3), "a.b": nil, "a.e.f": "g"}, "a = {c = {d = 3}, e = {f = \"g\"}} # x\n"},
		{"toml dotted", "p.toml", "a.b = 1\n\n[x]\ny.z = 1\n", run.Flags{"a.c": int64(2), "a.b": int64(3), "x.y.w": int64(4)}, "a.b = 3\na.c = 2\n\n[x]\ny.z = 1\ny.w = 4\n"},
		{"toml literal dots", "p.toml", "\"a.b\" = 1\n[\"c.d\"]\ne = 1\n", run.Flags{"a.b": int64(2), "c.d.e": int64(3), "c.d.f": int64(4)}, "\"a.b\" = 2\n[\"c.d\"]\ne = 3\nf = 4\n"},
		{"toml lists of tables", "p.toml", "[[p]]\na = 1\n[[p]]\na = 2\n[p.q]\nr = 1\n", run.Flags{"a": int64(3), "z.y": int64(1)}, "a = 3\n\n[[p]]\na = 1\n[[p]]\na = 2\n[p.q]\nr = 1\n\n[z]\ny = 1\n"},
		{"toml no last line feed", "p.toml", "a = 1", run.Flags{"b": int64(2), "t.c": int64(3)}, "a = 1\nb = 2\n\n[t]\nc = 3\n"},
		{"toml comment over a table", "p.toml", "# about t\n[t]\nx = 1\n", run.Flags{"a": int64(1)}, "a = 1\n\n# about t\n[t]\nx = 1\n"},
		{"toml crlf", "p.toml", "a = 1\r\nb = 'x'\r\n", run.Flags{"a": int64(2)}, "a = 2\r\nb = 'x'\r\n"},
		{"toml odd strings", "p.toml", "a = \"\"\"x = 1 # \\\" [t]\"\"\"\nb = '\"'\nc = \"]\"\nx = 1\n", run.Flags{"x": int64(2)}, "a = \"\"\"x = 1 # \\\" [t]\"\"\"\nb = '\"'\nc = \"]\"\nx = 2\n"},

		{"absent json", "p.json", "", run.Flags{"lr": 0.1, "a.b": int64(1), "n": nil}, "{\n  \"a\": {\"b\": 1},\n  \"lr\": 0.1,\n  \"n\": null\n}\n"},
		{
			"json keeps its form", "p.json", "{ \"lr\" : 1e-3,\n\t\"m\" : {\n\t\t\"w\": [1,{\"lr\":2}],\n\t\t\"s\": \"a\\\"}\"\n\t},\n\t\"big\": 123456789012345678901234567890 }\n",
			run.Flags{"lr": 0.5, "m.s": "b<", "m.new": int64(1), "seed": int64(2)},
			"{ \"lr\" : 0.5,\n\t\"m\" : {\n\t\t\"w\": [1,{\"lr\":2}],\n\t\t\"s\": \"b<\",\n\t\t\"new\": 1\n\t},\n\t\"big\": 123456789012345678901234567890,\n\t\"seed\": 2 }\n",
		},
		{"json same value", "p.json", `{"a":1.0,"b":"x"}`, run.Flags{"a": int64(1), "b": "x"}, `{"a":1.0,"b":"x"}`},
		{"json compact", "p.json", `{"a":1}`, run.Flags{"b": []any{"x", 1.5}}, `{"a":1, "b": ["x", 1.5]}`},
		{"json empty nested", "p.json", "{\n  \"a\": {}\n}", run.Flags{"a.b": true}, "{\n  \"a\": {\n    \"b\": true\n  }\n}"},
		{"json twice", "p.json", `{"a":1,"a":2}`, run.Flags{"a": int64(3)}, `{"a":1,"a":3}`},
		{"json replaces a list", "p.json", `{"a":[1,[2]], "b":null}`, run.Flags{"a": "x", "b": int64(1)}, `{"a":"x", "b":1}`},

		{"absent yaml", "p.yml", "", run.Flags{"lr": 1e-5, "a.b": int64(1), "n": nil}, "a:\n  b: 1\nlr: 1.0e-05\n\"n\": null\n"},
		{
			"yaml keeps its form", "p.yaml", "# top\nlr: 0.1   # rate\n\nmodel:\n    name: 'it''s'  # n\n    widths: [1, 2]\n\nlast: \"q\\\"\"\n",
			run.Flags{"lr": 0.5, "model.name": "new", "last": "yes", "seed": int64(2)},
			"# top\nlr: 0.5   # rate\n\nmodel:\n    name: new  # n\n    widths: [1, 2]\n\nlast: \"yes\"\nseed: 2\n",
		},
		{"yaml nested new", "p.yaml", "# top\nmodel:\n  name: a # n\n", run.Flags{"model.depth": int64(2)}, "# top\nmodel:\n  name: a # n\n  depth: 2\n"},
		{"yaml same value", "p.yaml", "a: 1.0\nb: 'x'\nd: 2001-12-14\n", run.Flags{"a": int64(1), "b": "x", "d": "2001-12-14"}, "a: 1.0\nb: 'x'\nd: 2001-12-14\n"},
		{"yaml words", "p.yaml", "", run.Flags{"a": "1:30", "b": "1_000", "c": "no", "d": "1e3", "e": "", "f": "a b", "g": "- x", "h": "line\nfeed", "i": math.Inf(1), "j": true},
			"a: \"1:30\"\nb: \"1_000\"\nc: \"no\"\nd: \"1e3\"\ne: \"\"\nf: \"a b\"\ng: \"- x\"\nh: \"line\\nfeed\"\ni: .inf\nj: true\n"},
		{"yaml replaces a block", "p.yaml", "a:\n  - 1\n  - 2\nb: |\n  text\nc: 1 # c\n", run.Flags{"a": []any{int64(3)}, "b": "x"}, "a: [3]\nb: x\nc: 1 # c\n"},
		{"yaml documents", "p.yaml", "a: 1\n---\nb: 2\n", run.Flags{"a": int64(3)}, "a: 3\n---\nb: 2\n"},
		{"yaml flow", "p.yaml", "{a: 1, b: {c: 2}}\n", run.Flags{"b.c": int64(3), "b.d": int64(4)}, "{a: 1, b: {c: 3, d: 4}}\n"},
		{"yaml non-ascii", "p.yaml", "é: ü   # ö\nk: {é: 1}\n", run.Flags{"é": "a", "k.é": int64(2)}, "é: a   # ö\nk: {é: 2}\n"},
		{"yaml comments only", "p.yaml", "# nothing\n", run.Flags{"a": int64(1)}, "# nothing\na: 1\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := map[string]string{"other": "x"}
			absent := strings.HasPrefix(tc.name, "absent")
			if !absent {
				files[tc.file] = tc.before
			}
			dir := tree(t, files)
			must(t, stage.WriteConfig(dir, tc.file, tc.flags))
			if got := content(t, dir, tc.file); got != tc.after {
				t.Errorf("got\n%s\nwant\n%s", got, tc.after)
			}
			must(t, stage.WriteConfig(dir, tc.file, tc.flags))
			if got := content(t, dir, tc.file); got != tc.after {
				t.Errorf("the second time\n%s", got)
			}
			must(t, open(t, dir).Restore())
			data, err := os.ReadFile(filepath.Join(dir, tc.file))
			if absent != (err != nil) || string(data) != tc.before {
				t.Errorf("restored to %q, %v", data, err)
			}
		})
	}
}

func TestWriteConfigKeepsMode(t *testing.T) {
	dir := tree(t, map[string]string{"sub/p.toml": "a = 1\n"})
	must(t, os.Chmod(filepath.Join(dir, "sub/p.toml"), 0o640))
	must(t, stage.WriteConfig(dir, "sub/p.toml", run.Flags{"a": int64(2)}))
	if info, err := os.Stat(filepath.Join(dir, "sub/p.toml")); err != nil || info.Mode() != 0o640 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	must(t, stage.WriteConfig(dir, "new/p.json", run.Flags{"a": int64(2)}))
}

func TestConfigErrors(t *testing.T) {
	outside := tree(t, map[string]string{"p.toml": "a = 1\n"})
	bomb := "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
	for c := 'b'; c <= 'k'; c++ {
		p := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+p+",", 9) + "*" + p + "]\n"
	}
	dir := tree(t, map[string]string{
		"out.toml": "-> " + outside + "/p.toml", "bad.toml": "a = 1\nb = \n", "bad.json": "{\n\"a\": }", "bad.yaml": "a: 1\n b: 2\n", "two.json": "{} {}", "garbage.json": "{}x", "list.json": "[1]",
		"list.yaml": "- 1\n", "ok.toml": "a = 1\n", "ok.json": `{"a": 1}`, "ok.yaml": "a: 1\nanchor: &x 1\nalias: *x\nt: &t {k: 1}\nu: *t\n", "bomb.yaml": bomb,
		"deep.toml": "a = " + strings.Repeat("[", 100000), "deep.yaml": strings.Repeat("[", 100000), "deep.json": strings.Repeat("[", 100000),
		"big.toml": strings.Repeat("#\n", 3<<20), "d.toml/x": "", "self.yaml": "a: &a [*a]\n",
	})
	for _, tc := range []struct {
		file  string
		flags run.Flags
		want  string
	}{
		{"p.ini", nil, `config file "p.ini": want .toml, .json, .yaml or .yml`},
		{"../p.toml", nil, `config file: write "../p.toml": path has a ".." segment`},
		{".guild/p.toml", nil, `config file: write ".guild/p.toml": .guild is guild's own`},
		{"out.toml", nil, `config file "out.toml": it leads out of the stage`},
		{"d.toml", nil, `config file "d.toml": it is a directory`},
		{"big.toml", nil, `config file "big.toml": it has 6291456 bytes, the limit is 4194304`},
		{"bad.toml", nil, "config file \"bad.toml\": line 2: expected value but found '\\n' instead"},
		{"bad.json", nil, `config file "bad.json": line 2: invalid character '}' looking for beginning of value`},
		{"bad.yaml", nil, `config file "bad.yaml": line 2: mapping values are not allowed in this context`},
		{"two.json", nil, `config file "two.json": more than one JSON value`},
		{"garbage.json", nil, `config file "garbage.json": more than one JSON value`},
		{"list.json", nil, `config file "list.json": the JSON value is no object`},
		{"list.yaml", nil, `config file "list.yaml": the YAML document is no mapping`},
		{"deep.toml", nil, `config file "deep.toml": more than 500 brackets are open at a time`},
		{"deep.yaml", nil, `config file "deep.yaml": more than 500 brackets are open at a time`},
		{"deep.json", nil, `config file "deep.json": line 1: invalid character '[' exceeded max depth`},
		{"bomb.yaml", nil, `config file "bomb.yaml": line 1: the document is too large when its aliases are expanded`},
		{"self.yaml", nil, `config file "self.yaml": line 1: the document is too large when its aliases are expanded`},
		{"ok.json", run.Flags{"x": math.NaN()}, `config file "ok.json": flag "x" is nan, which JSON has not`},
		{"ok.toml", run.Flags{"x": []any{nil}}, `config file "ok.toml": flag "x" has a null, which TOML has not`},
		{"ok.toml", run.Flags{"a.b": int64(1)}, `config file "ok.toml": flag "a.b": "a" is no table in the file`},
		{"ok.json", run.Flags{"a.b": int64(1)}, `config file "ok.json": flag "a.b": "a" is no table in the file`},
		{"ok.yaml", run.Flags{"b..c": int64(1)}, `config file "ok.yaml": flag "b..c" has an empty name between its dots`},
		{"ok.yaml", run.Flags{"b.": int64(1)}, `config file "ok.yaml": flag "b." has an empty name after its last dot`},
		{"ok.yaml", run.Flags{"b": 1}, `config file "ok.yaml": flag "b" has a value of type int`},
		{"ok.yaml", run.Flags{"anchor": int64(2)}, `config file "ok.yaml": cannot set anchor: line 2: the value is an anchor that others may refer to`},
		{"ok.yaml", run.Flags{"u.k": int64(2)}, `config file "ok.yaml": cannot set u.k: line 5: the table is an alias of another`},
	} {
		before, _ := os.ReadFile(filepath.Join(dir, tc.file))
		err := stage.WriteConfig(dir, tc.file, tc.flags)
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: got  %v\nwant %s", tc.file, err, tc.want)
		}
		if after, _ := os.ReadFile(filepath.Join(dir, tc.file)); string(after) != string(before) {
			t.Errorf("%s: it changed", tc.file)
		}
	}
	_, err := stage.ReadConfig(dir, "absent.toml")
	if err == nil || err.Error() != `config file "absent.toml": no such file or directory` {
		t.Errorf("got %v", err)
	}
	_, err = stage.ReadConfig(dir, "out.toml")
	if err == nil || err.Error() != `config file "out.toml": it leads out of the stage` {
		t.Errorf("got %v", err)
	}
}

// A value that is a link in the stage is read through, and refused for writing.
func TestConfigThroughALink(t *testing.T) {
	dir := tree(t, map[string]string{"real.toml": "a = 1\n", "p.toml": "-> real.toml"})
	flags, err := stage.ReadConfig(dir, "p.toml")
	if err != nil || !flags.Equal(run.Flags{"a": int64(1)}) {
		t.Errorf("got %v, %v", flags, err)
	}
	err = stage.WriteConfig(dir, "p.toml", run.Flags{"a": int64(2)})
	wantError(t, err, abi.Denied, `config file: write "p.toml": it is a symbolic link`)
}

func TestReadConfig(t *testing.T) {
	want := run.Flags{"i": int64(1), "f": 1.5, "s": "x", "b": true, "t.k": "v", "t.u.k": int64(2)}
	dir := tree(t, map[string]string{
		"p.toml": "i = 1\nf = 1.5\ns = \"x\"\nb = true\nl = [1]\n[t]\nk = \"v\"\n[t.u]\nk = 2\n[[a]]\nx = 1\n",
		"p.json": `{"i": 1, "f": 1.5, "s": "x", "b": true, "l": [1], "t": {"k": "v", "u": {"k": 2}}}`,
		"p.yaml": "i: 1\nf: 1.5\ns: x\nb: true\nl: [1]\nt: &t\n  k: v\n  u: {k: 2}\n",
		"q.yaml": "n: ~\nd: 2001-12-14\nbig: 18446744073709551615\nt: &t {k: 1}\nalias: *t\n? [a, b]\n: 1\n",
		"q.toml": "d = 1979-05-27T07:32:00Z\n",
		"q.json": `{"n": null, "big": 123456789012345678901234567890}`,
		"e.yaml": "", "e.toml": "", "e.json": "",
	})
	for file, want := range map[string]run.Flags{
		"p.toml": want, "p.json": want, "p.yaml": want, "e.yaml": {}, "e.toml": {}, "e.json": {},
		"q.yaml": {"n": nil, "d": "2001-12-14", "big": 18446744073709551615.0, "t.k": int64(1), "alias.k": int64(1)},
		"q.toml": {"d": "1979-05-27T07:32:00Z"},
		"q.json": {"n": nil},
	} {
		got, err := stage.ReadConfig(dir, file)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", file, got, err, want)
		}
	}
}
