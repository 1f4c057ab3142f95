package project_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/project"
)

const op = "[operations.train]\nmain = \"train.py\"\n"

var loadErrors = []struct{ name, text, want string }{
	// Syntax, as the library sees it.
	{"syntax", "a = \n", `1:5: expected value but found '\n' instead`},
	{"duplicate key", op + "main = 'x'\n", `3:1: key 'operations.train.main' has already been defined`},
	{"duplicate table", op + op, `3:2: key 'operations.train' has already been defined`},
	{"open string", "name = \"abc\n", `1:12: strings cannot contain newlines`},
	{"not text", "name = \"\xff\"\n", `1:9: invalid UTF-8 byte 0xff`},
	{"after a byte order mark", "\ufeffnam = 1", `1:1: unknown key "nam" (did you mean "name"?)`},
	{"nested too deep", "name = " + strings.Repeat("[", 100), `1:72: nested more than 64 deep`},
	{"key too long", strings.Repeat("a.", 100), `1:131: nested more than 64 deep`},

	// Unknown keys, however they are written.
	{"top level", "[operation.train]\n", `1:2: unknown key "operation" (did you mean "operations"?)`},
	{"far from any", "[wombat]\n", `1:2: unknown key "wombat"`},
	{"in a table", op + "\n  flags_dest = 'args'\n", `4:3: unknown key "flags_dest" (did you mean "flags-dest"?)`},
	{"in an inline table", op + "flags.epochs = { default = 1, mn = 2 }\n", `3:31: unknown key "mn" (did you mean "min"?)`},
	{"in an inline table of lines", op + "flags.epochs = {\n  # why\n  default = 1,\n  mn = 2,\n}\n", `6:3: unknown key "mn" (did you mean "min"?)`},
	{"dotted", "run.lok = 'never'\n", `1:5: unknown key "lok" (did you mean "lock"?)`},
	{"dotted with blanks", "run . \"lok\" = 'never'\n", `1:7: unknown key "lok" (did you mean "lock"?)`},
	{"quoted", "[run]\n\"loc\\u006b\" = 'never'\n'imutable' = true\n", `3:1: unknown key "imutable" (did you mean "immutable"?)`},
	{"quoted header", "[ operations . 'train' . sourcecod ]\n", `1:26: unknown key "sourcecod" (did you mean "sourcecode"?)`},
	{"after wide letters", "operations = { \"größe\" = { main = 'x', mian = 1 } }\n", `1:40: unknown key "mian" (did you mean "main"?)`},
	{"in a list", op + "requires = [\n  'file:a',\n  { url = 'https://x', diggest = 1 },\n]\n", `5:24: unknown key "diggest" (did you mean "digest"?)`},
	{"in an array of tables", op + "[[operations.p.steps]]\nrun='train'\n[[operations.p.steps]]\nrum='train'\nrun='train'\n", `6:1: unknown key "rum" (did you mean "run"?)`},
	{"behind strings that look like keys", "name = '''\nx = 1\n[run]'''\ndescription = \"a # b = {\"\n", `4:1: unknown key "description"`},
	{"the first of two", "lok = 1\nnmae = 2\n", `1:1: unknown key "lok"`},
	{"a flag with a point", op + "flags.model.width = 1\n", `3:13: unknown key "width" in flag "model": a flag name with a point is written in quotes, "model.width"`},

	// Values.
	{"not a table", "run = 1\n", `1:7: invalid value 1 for key "run": want a table`},
	{"bool", "[run]\nimmutable = \"yes\"\n", `2:13: invalid value "yes" for key "immutable": want true or false`},
	{"choice", "run = { lock = \"sometimes\" }", `1:16: invalid value "sometimes" for key "lock": want one of never, on-success, always`},
	{"string", "name = 1.0", `1:8: invalid value 1.0 for key "name": want a string`},
	{"empty string", "name = ''", `1:8: invalid value "" for key "name": want a string that is not empty`},
	{"date", op + "flags.day = 2026-11-21\n", `3:13: invalid value 2026-11-21 for key "day": want a date or time in quotes`},
	{"list of strings", op + "hooks = [1]\n", `3:10: invalid value 1 for key "hooks": want a string`},
	{"no list", op + "hooks = 'a'\n", `3:9: invalid value "a" for key "hooks": want a list of strings`},
	{"duration", op + "stop-after = 30\n", `3:14: invalid value 30 for key "stop-after": want a duration, such as "90s" or "2h"`},
	{"negative duration", op + "stop-after = '-1s'\n", `3:14: invalid value "-1s" for key "stop-after": want a duration, such as "90s" or "2h"`},

	// Operations.
	{"nothing to run", "[operations.train]\n", `1:13: operation "train" has nothing to run: want main, exec, steps or run`},
	{"two things to run", op + "exec = ['x']\n", `3:1: operation "train" has both main and exec`},
	{"name", "[operations.\"a b\"]\nmain='x'", `1:13: "a b" cannot be the name of an operation`},
	{"main outside", "operations.x.main = '../x.py'", `1:21: invalid value "../x.py" for key "main": want a path inside the project`},
	{"exec text", "operations.x.exec = 'make all'", `1:21: invalid value "make all" for key "exec": want a list of words, such as ["./train", "${flag_args}"]`},
	{"exec program", "operations.x.exec = ['', 'x']", `1:22: invalid value "" for key "exec": want a program`},
	{"exec template", "operations.x.exec = ['a', '${x']", `1:27: invalid value "${x" for key "exec": "${" without "}"`},
	{"flags-dest", op + "flags-dest = 'global'\n", `3:14: invalid value "global" for key "flags-dest": want globals, args, env or config:PATH`},
	{"flags-dest file", op + "flags-dest = 'config:p.ini'\n", `3:14: invalid value "config:p.ini" for key "flags-dest": want a file that ends with .toml, .json, .yaml or .yml`},
	{"flags-dest outside", op + "flags-dest = 'config:/etc/p.toml'\n", `3:14: invalid value "config:/etc/p.toml" for key "flags-dest": want a path inside the project`},
	{"flags-import", op + "flags-import = 'all'\n", `3:16: invalid value "all" for key "flags-import": want true, false or a list of names`},
	{"requirement", op + "requires = ['prepare']\n", `3:13: invalid value "prepare" for key "requires": want "operation:NAME", "file:PATH" or a table with url`},
	{"requirement of nothing", op + "requires = [{}]\n", `3:13: a requirement wants operation, file or url`},
	{"requirement of two", op + "requires = [{file='a', url='https://x'}]\n", `3:24: a requirement has either file or url`},
	{"url", op + "requires = [{url='ftp://x'}]\n", `3:18: invalid value "ftp://x" for key "url": want a URL that begins with https:// or http://`},
	{"digest", op + "requires = [{file='a', digest='sha256:00'}]\n", `3:31: invalid value "sha256:00" for key "digest": want blake3: and 64 hex digits`},
	{"required operation", op + "requires = ['operation:trian']\n", `3:13: unknown operation "trian" (did you mean "train"?)`},
	{"variable", op + "env = { 'A-B' = 1 }\n", `3:9: "A-B" cannot be the name of a variable`},
	{"variable's value", op + "env = { AB = [] }\n", `3:14: invalid value [] for key "AB": want a string`},
	{"pattern", op + "output-scalars = { loss = '(' }\n", "3:27: invalid value \"(\" for key \"loss\": missing closing ): `(`"},
	{"label", op + "label = '${lr|%2z}'\n", `3:9: invalid value "${lr|%2z}" for key "label": malformed format "%2z": want such as %.2f, %03d or %s`},
	{"sourcecode", op + "sourcecode = true\n", `3:14: invalid value true for key "sourcecode": want false or a table of include and exclude`},
	{"glob", op + "sourcecode.include = ['*.{py,r}']\n", `3:23: invalid value "*.{py,r}" for key "include": a glob has no braces`},
	{"glob outside", op + "sourcecode.include = ['../*']\n", `3:23: invalid value "../*" for key "include": want a glob of paths inside the project`},
	{"needed", op + "needed = 'always'\n", `3:10: invalid value "always" for key "needed": want one of flags, source`},

	// Flags.
	{"flag name", op + "flags = { 'a b' = 1 }\n", `3:11: "a b" cannot be the name of a flag`},
	{"flag table", op + "flags.a.default = { b = 1 }\n", `3:19: invalid value {…} for key "default": a flag cannot hold a table`},
	{"flag type", op + "flags.a = { type = 'integer' }\n", `3:20: invalid value "integer" for key "type": want one of int, float, number, string, bool, path, list`},
	{"flag default", op + "flags.a = { type = 'int', default = 1.5 }\n", `3:37: invalid value 1.5 for key "default": want an int`},
	{"flag default over", op + "flags.a = { default = 11, max = 10 }\n", `3:23: invalid value 11 for key "default": the maximum is 10`},
	{"flag default no choice", op + "flags.a = { default = 'x', choices = ['a', 'b'] }\n", `3:23: invalid value "x" for key "default": want one of a, b`},
	{"flag bound", op + "flags.a = { type = 'int', min = 'one' }\n", `3:33: invalid value "one" for key "min": want a number`},
	{"flag bounds", op + "flags.a = { type = 'int', min = 2, max = 1 }\n", `3:42: the maximum of flag "a" is below its minimum`},
	{"flag without bounds", op + "flags.a = { default = 'x', min = 2 }\n", `3:28: flag "a" is no number and cannot have a min`},
	{"flag choices", op + "flags.a = { choices = [] }\n", `3:23: invalid value [] for key "choices": want a list of values that is not empty`},
	{"flag choice", op + "flags.a = { type = 'int', choices = [1, 'b'] }\n", `3:41: invalid value "b" for key "choices": want an int`},
	{"flag choice twice", op + "flags.a = { choices = [1, 1.0] }\n", `3:27: choice 1.0 is given twice`},
	{"flag with many choices", op + "flags.a.choices = [" + strings.Repeat("1,", 1001) + "]\n", `3:9: "choices" has 1001 entries, the limit is 1000`},
	{"flag list choices", op + "flags.a = { type = 'list', choices = [1] }\n", `3:28: flag "a" is a list and cannot have choices`},

	// Steps and batches.
	{"step", "operations.p.steps = [{ flags = {} }]\n", `1:23: a step wants run`},
	{"no steps", "operations.p.steps = []\n", `1:22: invalid value [] for key "steps": want a list of operations`},
	{"unknown step", op + "[operations.p]\nsteps = ['tran']\n", `4:10: unknown operation "tran" (did you mean "train"?)`},
	{"step template", "operations.p.steps = [{ run = 'a.py', flags = { lr = '${lr' } }]\n", `1:54: invalid value "${lr" for key "lr": "${" without "}"`},
	{"circle", "operations.a.run = 'b'\noperations.b.steps = ['x.py', 'a']\n", `2:31: operation "a" runs itself: a -> b -> a`},
	{"itself", "operations.a.run = 'a'\n", `1:20: operation "a" runs itself: a -> a`},
	{"trials", op + "trials = { lr = [] }\n", `3:17: invalid value [] for key "lr": want a list of values that is not empty`},
	{"many trials", op + "trials.lr = [" + strings.Repeat("1,", 100_001) + "]\n", `3:8: "lr" has 100001 values, the limit is 100000`},
	{"trial table", op + "trials = { lr = { a = 1 } }\n", `3:17: invalid value {…} for key "lr": a flag cannot hold a table`},
	{"trials and condition", op + "trials = { lr = [1] }\nconditions = { low = { x = 1 }, high = { lr = 2 } }\n", `4:42: flag "lr" of condition "high" is in trials too`},
	{"many conditions", op + "[operations.train.conditions]\n" + manyConditions(1001), `3:19: "conditions" has 1001 entries, the limit is 1000`},
	{"replicates", op + "replicates = 0\n", `3:14: invalid value 0 for key "replicates": want an integer from 1 to 10000`},
	{"condition", op + "conditions = { wide = 1 }\n", `3:23: invalid value 1 for key "wide": want a table`},
	{"strategy", op + "strategy = { mode = 'parallel', job = 4 }\n", `3:33: unknown key "job" (did you mean "jobs"?)`},
	{"strategy mode", op + "strategy = { mode = 'paralel' }\n", `3:21: invalid value "paralel" for key "mode": want one of serial, parallel`},
	{"launcher", op + "launcher = { partition = 'gpu' }\n", `3:1: a launcher wants name`},

	{"key of the other", "[operations.a]\nmain = 'a.py'\n[operations.b]\nrun = 'a'\nlock = 'always'\n", `5:1: operation "b" runs another, and lock would have no effect: it belongs there`},
	{"key before run", "[operations.a]\nmain = 'a.py'\n[operations.b]\nenv = {}\nrun = 'a'\n", `4:1: operation "b" runs another, and env would have no effect: it belongs there`},
	{"key of a process", "[operations.a]\nmain = 'a.py'\n[operations.b]\nsteps = ['a']\nsourcecode = false\n", `5:1: operation "b" has steps and no process of its own: sourcecode would have no effect`},
	{"url with a digest of zeros", op + "requires = [{ url = 'https://a', digest = '" + zeros + "' }]\n", `3:43: invalid value "` + zeros[:59] + `…" for key "digest": it is all zeros, which no file has`},
	{"file with a digest of zeros", op + "requires = [{ file = 'a', digest = '" + zeros + "' }]\n", `3:36: invalid value "` + zeros[:59] + `…" for key "digest": it is all zeros, which no file has`},

	// Hooks.
	{"hook key", "[hooks.x]\non_error = 'warn'\n", `2:1: unknown key "on_error" (did you mean "on-error"?)`},
	{"hook name", "[hooks.'../x']\n", `1:8: "../x" cannot be the name of a hook`},
	{"hook event", "hooks.x.events = { on_run_ends = 1 }\n", `1:20: unknown event "on_run_ends" (did you mean "on_run_end"?)`},
	{"hook grant", "hooks.x.allow = ['lock', 'flag.set']\n", `1:26: unknown grant "flag.set" (did you mean "flags.set"?)`},
	{"hook glob", "hooks.x.allow = ['stage.write']\n", `1:18: invalid value "stage.write" for key "allow": want a glob too, such as "stage.write:src/**"`},
	{"hook bad glob", "hooks.x.allow = ['stage.write:[a']\n", `1:18: invalid value "stage.write:[a" for key "allow": it has a [ without its ]`},
	{"hook grant alone", "hooks.x.allow = ['lock:x']\n", `1:18: invalid value "lock:x" for key "allow": want "lock" alone`},
	{"hook condition", "hooks.x.when = 'flags.env = 1'\n", `1:27: when: "=" is not an operator, use "=="`},
	{"hook condition with escapes", "hooks.x.when = \"flags.env == \\\"a\\\" &\"\n", `1:16: when: at character 18: "&" is not an operator, use "&&"`},
	{"hook memory", "hooks.x.memory = '64 megs'\n", `1:18: invalid value "64 megs" for key "memory": want a size, such as "64MiB"`},
	{"hook big memory", "hooks.x.memory = '5GiB'\n", `1:18: invalid value "5GiB" for key "memory": want 64KiB to 4GiB`},
	{"hook fuel", "hooks.x.fuel = -1\n", `1:16: invalid value -1 for key "fuel": want an integer from 1 to 1000000000000000`},
	{"hook timeout", "hooks.x.timeout = '25h'\n", `1:19: invalid value "25h" for key "timeout": the maximum is 1h0m0s`},
	{"hook params", "hooks.x.params = { a = [1, nan] }\n", `1:28: invalid value nan for key "a": a hook cannot be given nan or inf`},
	{"hook of the system", "hooks.x.forbid-no-hooks = true\n", `1:9: only a system hook can have forbid-no-hooks`},
}

const zeros = "blake3:0000000000000000000000000000000000000000000000000000000000000000"

func manyConditions(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "c%d = {}\n", i)
	}
	return b.String()
}

func TestLoadErrors(t *testing.T) {
	for _, test := range loadErrors {
		t.Run(test.name, func(t *testing.T) {
			_, err := project.Load(write(t, test.text))
			if err == nil || err.Error() != "guild.toml:"+test.want {
				t.Fatalf("got  %v\nwant guild.toml:%s", err, test.want)
			}
			var slip *project.FileError
			if !errors.As(err, &slip) {
				t.Errorf("got a %T", err)
			}
		})
	}
}
