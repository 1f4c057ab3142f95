package project_test

import (
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
)

var flags = []project.Flag{
	{Name: "lr", Default: 0.1, HasDefault: true},
	{Name: "epochs", Default: int64(10), HasDefault: true, Type: "int", Min: number(1), Max: number(100)},
	{Name: "opt", Default: "adam", HasDefault: true, Choices: []any{"adam", "sgd"}},
	{Name: "count", Default: int64(3), HasDefault: true},
	{Name: "name", Default: "x", HasDefault: true},
	{Name: "debug", Default: false, HasDefault: true},
	{Name: "free", HasDefault: true},
	{Name: "open"},
	{Name: "layers", Default: []any{int64(1)}, HasDefault: true},
	{Name: "f", Type: "float"}, {Name: "i", Type: "int"}, {Name: "num", Type: "number"}, {Name: "s", Type: "string"}, {Name: "b", Type: "bool"},
	{Name: "data", Type: "path"}, {Name: "list", Type: "list"}, {Name: "size", Choices: []any{int64(1), 2.5}},
	{Name: "share", Type: "float", Min: number(0), Max: number(0.5)},
}

func assign(t *testing.T, args string) []run.Assignment {
	t.Helper()
	var given []run.Assignment
	for _, arg := range strings.Split(args, ";") {
		if arg == "" {
			continue
		}
		a, err := run.ParseAssignment(arg)
		if err != nil {
			t.Fatal(err)
		}
		given = append(given, a)
	}
	return given
}

func TestResolveDefaults(t *testing.T) {
	got, typed, err := project.ResolveFlags(flags, nil, false)
	want := run.Flags{
		"lr": 0.1, "epochs": int64(10), "opt": "adam", "count": int64(3), "name": "x", "debug": false, "free": nil, "open": nil, "layers": []any{int64(1)},
		"f": nil, "i": nil, "num": nil, "s": nil, "b": nil, "data": nil, "list": nil, "size": nil, "share": nil,
	}
	if err != nil || len(typed) != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, %v", got, typed, err)
	}
}

func TestResolveValues(t *testing.T) {
	here, err := filepath.Abs("x/y")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		arg  string
		want any
	}{
		{"lr=1", 1.0}, {"lr=1e-5", 1e-5}, {"lr=.5", 0.5}, {"lr=inf", math.Inf(1)}, {"lr=null", nil}, {"lr=99999999999999999999", 1e20},
		{"count=5", int64(5)}, {"count=0.5", 0.5}, {"epochs=100", int64(100)}, {"epochs=+5", int64(5)},
		{"name=1", "1"}, {"name=yes", "yes"}, {"name=[a,b]", "[a,b]"}, {"name='q'", "'q'"}, {"name=", ""}, {"name=null", "null"},
		{"debug=yes", true}, {"debug=true", true}, {"debug=1", true}, {"debug=0", false}, {"debug=no", false}, {"debug=False", false},
		{"free=1", int64(1)}, {"free=1.0", 1.0}, {"free=abc", "abc"}, {"free=yes", true}, {"free='1'", "1"}, {"free=", ""}, {"free=1_000", "1_000"},
		{"open=2", int64(2)}, {"layers=[64, 2.5]", []any{int64(64), 2.5}}, {"layers=[]", []any{}},
		{"f=2", 2.0}, {"i=2", int64(2)}, {"num=2", int64(2)}, {"num=2.5", 2.5}, {"s=2", "2"}, {"b=on", true},
		{"data=x/../x/y", here}, {"data=/a//b", "/a/b"}, {"data=", ""}, {"list=[a, 1]", []any{"a", int64(1)}}, {"size=2.5", 2.5}, {"size=1.0", 1.0}, {"opt=sgd", "sgd"},
		{"share=0.5", 0.5}, {"share=0", 0.0}, {"i=null", nil},
	} {
		got, typed, err := project.ResolveFlags(flags, assign(t, test.arg), false)
		name, _, _ := strings.Cut(test.arg, "=")
		if err != nil || !reflect.DeepEqual(got[name], test.want) || !slices.Equal(typed, []string{name}) || len(got) != len(flags) {
			t.Errorf("%s: got %#v, %v, %v, want %#v", test.arg, got[name], typed, err, test.want)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	required := []project.Flag{{Name: "lr", Type: "float", Required: true}}
	for _, test := range []struct {
		name        string
		flags       []project.Flag
		args        string
		want, hint  string
		wantFlagged string
	}{
		{"unknown", flags, "epoch=1", `unsupported flag "epoch"`, `did you mean "epochs"?`, "epoch"},
		{"unknown, far", required, "foo=1", `unsupported flag "foo"`, `its flags are lr`, "foo"},
		{"unknown, no flags", nil, "foo=1", `unsupported flag "foo"`, `the operation has no flags`, "foo"},
		{"unknown, many flags", flags, "wombat=1", `unsupported flag "wombat"`, ``, "wombat"},
		{"float", flags, "lr=abc", `invalid value "abc" for flag "lr": want a float`, "", "lr"},
		{"empty float", flags, "lr=", `invalid value "" for flag "lr": want a float`, "", "lr"},
		{"float beyond", flags, "lr=1e999", `invalid value "1e999" for flag "lr": 1e999 is outside the range of 64-bit floats`, "", "lr"},
		{"int", flags, "epochs=1.5", `invalid value 1.5 for flag "epochs": want an int`, "", "epochs"},
		{"int as float", flags, "epochs=2.0", `invalid value 2.0 for flag "epochs": want an int`, "", "epochs"},
		{"int beyond", flags, "i=99999999999999999999", `invalid value "99999999999999999999" for flag "i": 99999999999999999999 is outside the range of 64-bit integers`, "", "i"},
		{"bool for int", flags, "epochs=yes", `invalid value "yes" for flag "epochs": want an int`, "", "epochs"},
		{"number", flags, "num=x", `invalid value "x" for flag "num": want a number`, "", "num"},
		{"number by default", flags, "count=x", `invalid value "x" for flag "count": want a number`, "", "count"},
		{"bool", flags, "debug=2", `invalid value 2 for flag "debug": want yes or no`, "", "debug"},
		{"over", flags, "epochs=200", `invalid value 200 for flag "epochs": the maximum is 100`, "", "epochs"},
		{"under", flags, "epochs=0", `invalid value 0 for flag "epochs": the minimum is 1`, "", "epochs"},
		{"over by little", flags, "share=0.51", `invalid value 0.51 for flag "share": the maximum is 0.5`, "", "share"},
		{"nan in a range", flags, "share=nan", `invalid value nan for flag "share": the minimum is 0`, "", "share"},
		{"choice", flags, "opt=x", `invalid value "x" for flag "opt": want one of adam, sgd`, "", "opt"},
		{"choice of numbers", flags, "size=3", `invalid value 3 for flag "size": want one of 1, 2.5`, "", "size"},
		{"list", flags, "lr=[0.1, 0.01]", `invalid value [0.1, 0.01] for flag "lr": want one value, not a list`, "", "lr"},
		{"list for any", flags, "free=[1]", `invalid value [1] for flag "free": want one value, not a list`, "", "free"},
		{"no list", flags, "layers=1", `invalid value 1 for flag "layers": want a list, such as [1, 2]`, "", "layers"},
		{"required", required, "", `flag "lr" is required`, "", "lr"},
		{"required null", required, "lr=null", `flag "lr" is required`, "", "lr"},
		{"twice", flags, "lr=1;epochs=2;lr=1", `flag "lr" is given twice`, "", "lr"},
		{"not text", flags, "name=\xff", `invalid value "\xff" for flag "name": want text in UTF-8`, "", "name"},
		{"long", flags, "lr=" + strings.Repeat("y", 100), `invalid value "` + strings.Repeat("y", 59) + `…" for flag "lr": want a float`, "", "lr"},
	} {
		_, _, err := project.ResolveFlags(test.flags, assign(t, test.args), false)
		var slip *project.FlagError
		if !errors.As(err, &slip) {
			t.Errorf("%s: got %v", test.name, err)
			continue
		}
		if err.Error() != test.want || slip.Hint != test.hint || slip.Flag != test.wantFlagged {
			t.Errorf("%s:\ngot  %v, hint %q, flag %q\nwant %s, hint %q", test.name, err, slip.Hint, slip.Flag, test.want, test.hint)
		}
	}
}

// A default that does not fit is no mistake of who types flags.
func TestResolveBadDefault(t *testing.T) {
	_, _, err := project.ResolveFlags([]project.Flag{{Name: "a", Type: "int", Default: "x", Declared: true}}, nil, false)
	var slip *project.FlagError
	if err == nil || err.Error() != `invalid default "x" of flag "a": want an int` || errors.As(err, &slip) {
		t.Errorf("got %v", err)
	}
}

// The default of a flag that was only found is the script's business.
func TestResolveFoundDefault(t *testing.T) {
	found := []project.Flag{{Name: "a", Default: "none", HasDefault: true, Choices: []any{"x"}}}
	if got, _, err := project.ResolveFlags(found, nil, false); err != nil || got["a"] != "none" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestResolveForced(t *testing.T) {
	got, typed, err := project.ResolveFlags(flags, assign(t, "new=1;epochs=200;lr=abc;opt=x"), true)
	if err != nil || !slices.Equal(typed, []string{"epochs", "lr", "new", "opt"}) {
		t.Fatalf("got %v, %v", typed, err)
	}
	for name, want := range map[string]any{"new": int64(1), "epochs": int64(200), "lr": "abc", "opt": "x", "count": int64(3)} {
		if got[name] != want {
			t.Errorf("%s: got %#v, want %#v", name, got[name], want)
		}
	}
	if _, _, err := project.ResolveFlags(flags, assign(t, "lr=[1]"), true); err == nil {
		t.Error("a list is forced")
	}
	if got, _, err := project.ResolveFlags([]project.Flag{{Name: "a", Required: true}}, nil, true); err != nil || got["a"] != nil {
		t.Errorf("required: got %v, %v", got, err)
	}
}

func TestCheckFlag(t *testing.T) {
	for _, test := range []struct {
		name  string
		value any
		want  any
		err   string
	}{
		{"lr", int64(1), 1.0, ""}, {"epochs", 10.0, int64(10), ""}, {"epochs", nil, nil, ""}, {"name", "1", "1", ""}, {"free", []any{"a"}, nil, `invalid value [a] for flag "free": want one value, not a list`},
		{"lr", "0.1", nil, `invalid value "0.1" for flag "lr": want a float`},
		{"epochs", 10.5, nil, `invalid value 10.5 for flag "epochs": want an int`},
		{"epochs", int64(200), nil, `invalid value 200 for flag "epochs": the maximum is 100`},
		{"name", int64(1), nil, `invalid value 1 for flag "name": want a string`},
		{"name", "a\x00", nil, `invalid value "a\x00" for flag "name": want text without NUL`},
		{"debug", int64(1), nil, `invalid value 1 for flag "debug": want yes or no`},
		{"free", map[string]any{"a": nil}, nil, `invalid value {a: null} for flag "free": a flag cannot hold a table`},
		{"data", true, nil, `invalid value yes for flag "data": want a path`},
		{"opts", "x", nil, `unsupported flag "opts"`},
	} {
		got, err := project.CheckFlag(flags, test.name, test.value)
		if test.err == "" && (err != nil || got != test.want) || test.err != "" && (err == nil || err.Error() != test.err) {
			t.Errorf("%s=%v: got %#v, %v", test.name, test.value, got, err)
		}
	}
	if _, err := project.CheckFlag([]project.Flag{{Name: "a", Required: true}}, "a", nil); err == nil {
		t.Error("a required flag is set to null")
	}
}

// Integers that no float can hold keep to their bounds exactly.
func TestExactBounds(t *testing.T) {
	bound := []project.Flag{{Name: "n", Type: "int", Max: number(1 << 53)}}
	if _, err := project.CheckFlag(bound, "n", int64(1<<53+1)); err == nil {
		t.Error("one over the maximum is taken")
	}
	if _, err := project.CheckFlag(bound, "n", int64(1<<53)); err != nil {
		t.Error(err)
	}
}
