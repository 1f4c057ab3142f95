package hooks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/hooks"
	"github.com/guild-run/guild/runtime/engine"
)

// files is a stage in memory.
type files map[string]string

func (f files) List(string) ([]string, error) { return nil, abi.Unsupported }

func (f files) Stat(path string) (engine.Stat, error) {
	data, ok := f[path]
	if !ok {
		return engine.Stat{}, abi.NotFound
	}
	return engine.Stat{Size: int64(len(data)), Kind: abi.KindFile, Mode: 0o644}, nil
}

func (f files) ReadAt(path string, off int64, buf []byte) (int, error) {
	data, ok := f[path]
	if !ok {
		return 0, fmt.Errorf("%s: no such file: %w", path, abi.NotFound)
	}
	return copy(buf, data[min(off, int64(len(data))):]), nil
}

func (f files) Write(path string, mode int32, data []byte) error {
	if mode == abi.WriteAppend {
		f[path] += string(data)
	} else {
		f[path] = string(data)
	}
	return nil
}

func (f files) Remove(string) error { return abi.Denied }

// language calls an event of a language hook on one main file.
func language(t *testing.T, hook string, ev abi.Event, main string, stage files, flags string) (*engine.Result, error) {
	t.Helper()
	module, ok := hooks.Module(hook)
	if !ok {
		t.Fatalf("no hook %q", hook)
	}
	e := engine.New(engine.Config{})
	t.Cleanup(func() { _ = e.Close(t.Context()) })
	h, err := e.Load(t.Context(), engine.Spec{Name: hook, Module: module, Grants: []abi.Grant{abi.GrantStageWrite + abi.Grant(":"+main)}})
	if err != nil {
		t.Fatal(err)
	}
	document := fmt.Sprintf(`{"event":{"name":%q},"run":{"main":%q,"flags_dest":"globals","flags":%s}}`, ev, main, flags)
	return h.Call(t.Context(), engine.Call{Event: ev, Document: []byte(document), Time: time.Unix(0, 0), Stage: stage})
}

func TestLanguages(t *testing.T) {
	for _, c := range []struct {
		hook, main, source string
		detected           string
		flags, result      string
		failure            string
	}{
		{
			hook: "python", main: "train.py", source: "import os\nlr = 0.1\nname = 'a'\n",
			detected: `{"dest":"globals","flags":{"lr":{"default":0.1,"type":"number"},"name":{"default":"a","type":"string"}}}`,
			flags:    `{"lr":0.2,"name":"it's"}`, result: "import os\nlr = 0.2\nname = \"it's\"\n",
		},
		{
			hook: "python", main: "src/cli.py", source: "import argparse\np.add_argument('--lr', type=float)\n",
			detected: `{"dest":"args","flags":{"lr":{"arg":"--lr","type":"float"}}}`,
			flags:    `{"lr":0.2}`, failure: `src/cli.py: flag "lr": no top-level assignment`,
		},
		{
			hook: "r", main: "train.R", source: "library(x)\nlearning.rate <- 0.1\nn = 10L\n",
			detected: `{"dest":"globals","flags":{"learning.rate":{"default":0.1,"type":"number"},"n":{"default":10,"type":"number"}}}`,
			flags:    `{"learning.rate":0.2,"n":20}`, result: "library(x)\nlearning.rate <- 0.2\nn = 20L\n",
		},
		{
			hook: "r", main: "x.r", source: "f(1)\n", detected: `{"dest":"globals","flags":{}}`,
			flags: `{"lr":0.2}`, failure: `x.r: flag "lr": no top-level assignment`,
		},
		{
			hook: "python", main: "big.py", source: "s = 1\n#" + strings.Repeat("x", 5<<18) + "\n", detected: `{"dest":"globals","flags":{"s":{"default":1,"type":"number"}}}`,
			flags: `{"s":2}`, result: "s = 2\n#" + strings.Repeat("x", 5<<18) + "\n",
		},
	} {
		t.Run(c.hook+"/"+c.main, func(t *testing.T) {
			stage := files{c.main: c.source}
			res, err := language(t, c.hook, abi.OnFlagsDetect, c.main, stage, "{}")
			if err != nil {
				t.Fatal(err)
			}
			if string(res.Answer) != c.detected {
				t.Errorf("answer\n%s\nwant\n%s", res.Answer, c.detected)
			}
			res, err = language(t, c.hook, abi.OnRunStaged, c.main, stage, c.flags)
			if c.failure != "" {
				var f *engine.Failure
				if !errors.As(err, &f) || !strings.HasSuffix(f.Message, c.failure) {
					t.Fatalf("got %v, want %s", err, c.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if stage[c.main] != c.result {
				t.Errorf("got %.200q, want %.200q", stage[c.main], c.result)
			}
			t.Logf("%d fuel, %v", res.Fuel, res.Duration)
		})
	}
}

// TestFuel: a script of 256 KB, far more than people write, is read within the budget of one event.
func TestFuel(t *testing.T) {
	for hook, line := range map[string]string{
		"python": "name_%d = f(\"some text {x}\", [1, 2, 3], key='value') + 0.5  # comment\n",
		"r":      "name_%d <- f(\"some text\", c(1, 2, 3), key = 'value') + 0.5  # comment\n",
	} {
		t.Run(hook, func(t *testing.T) {
			var b strings.Builder
			for i := 0; b.Len() < 256<<10; i++ {
				fmt.Fprintf(&b, line, i)
			}
			main := "main" + hooks.Extensions(hook)[0]
			source := "lr = 0.1\n" + b.String()
			stage := files{main: source}
			for _, ev := range []abi.Event{abi.OnFlagsDetect, abi.OnRunStaged} {
				res, err := language(t, hook, ev, main, stage, `{"lr":0.2}`)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s: %d fuel, %v", ev, res.Fuel, res.Duration)
			}
			if want := strings.Replace(source, "0.1", "0.2", 1); stage[main] != want {
				t.Error("the file is not what it should be")
			}
		})
	}
}

// TestImports: a language hook asks for nothing but its file.
func TestImports(t *testing.T) {
	for _, name := range []string{"python", "r"} {
		module, _ := hooks.Module(name)
		info, err := engine.Inspect(module)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"answer", "error_message", "event_get", "panic_message", "stage_read", "stage_write"}
		have := slices.Sorted(slices.Values(info.Functions))
		if !slices.Equal(have, want) || len(info.WASI) > 0 {
			t.Errorf("%s imports %q and %q of WASI, want %q", name, have, info.WASI, want)
		}
		if info.Section == nil || info.Section.Name != name {
			section, _ := json.Marshal(info.Section)
			t.Errorf("%s describes itself as %s", name, section)
		}
	}
}
