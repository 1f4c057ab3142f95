package project_test

import (
	"encoding/json"
	"testing"
)

const defined = `[operations.a]
main = "a.py"
env = { A = "1", B = "2" }
sourcecode = { include = ["*.py"], exclude = ["x/*"] }
[operations.a.flags]
x = 1
y = { default = 0.5, type = "float", arg = "--why" }
`

func definition(t *testing.T, text string) string {
	t.Helper()
	return string(load(t, text).Operations["a"].Definition())
}

func TestDefinition(t *testing.T) {
	want := `{"env":{"A":"1","B":"2"},"flags":{"x":"","y":"float --why"},"main":"a.py","name":"a","sourcecode":{"exclude":["x/*"],"include":["*.py"]}}`
	if got := definition(t, defined); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for name, text := range map[string]string{
		"comment":         "# hello\n" + defined,
		"other operation": "[operations.b]\nexec = ['b']\n" + defined,
		"other sections":  "[run]\nlock = 'always'\n[hooks.x]\nmodule = 'x'\n" + defined,
		"order and style": "operations.a.flags.y = { arg = '--why', type = 'float', default = 0.5 }\noperations.a.flags.x = 1\n" +
			"operations.a.sourcecode.exclude = ['x/*']\noperations.a.sourcecode.include = ['*.py']\noperations.a.env = { B = '2', A = '1' }\noperations.a.main = './a.py'\n",
		"words":           "[operations.a]\ndescription = 'x'\nlabel = 'y'\nneeded = 'source'\nlock = 'always'\n" + defined[len("[operations.a]\n"):],
		"default of flag": defined[:len(defined)-len("x = 1\n")-len("y = { default = 0.5, type = \"float\", arg = \"--why\" }\n")] + "x = 2\ny = { type = 'float', arg = '--why', help = 'h' }\n",
	} {
		if got := definition(t, text); got != want {
			t.Errorf("%s changes it: %s", name, got)
		}
	}
	for name, text := range map[string]string{
		"main": "[operations.a]\nmain = 'b.py'\n", "exec": "[operations.a]\nexec = ['b.py']\n", "flag": defined + "z = 1\n",
		"stop-after": "[operations.a]\nstop-after = '1h'\n" + defined[len("[operations.a]\n"):],
	} {
		if definition(t, text) == want {
			t.Errorf("%s does not change it", name)
		}
	}
}

// Every definition is JSON.
func TestDefinitionIsJSON(t *testing.T) {
	p := load(t, fullText(t))
	for name, op := range p.Operations {
		if !json.Valid(op.Definition()) {
			t.Errorf("%s: %s", name, op.Definition())
		}
	}
}
