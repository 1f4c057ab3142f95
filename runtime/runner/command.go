package runner

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
)

// flagArgs stands in exec for all flags as options.
const flagArgs = "${flag_args}"

// command returns the words of the process, as it will be started in the run directory.
func (rc *Recipe) command(flags run.Flags) ([]string, error) {
	if len(rc.Steps) > 0 {
		return nil, nil // a pipeline has no process
	}
	if len(rc.Exec) > 0 {
		return rc.expandExec(flags)
	}
	var words []string
	interpreter, ok := interpreters[filepath.Ext(rc.Main)]
	if len(rc.Interpreter) > 0 {
		interpreter, ok = rc.Interpreter, true
	}
	if ok {
		script := rc.Main
		if strings.HasPrefix(script, "-") { // not an option of the interpreter
			script = "." + string(filepath.Separator) + script
		}
		words = append(slices.Clone(interpreter), script)
	} else {
		words = []string{"." + string(filepath.Separator) + rc.Main}
	}
	if rc.Dest == DestArgs {
		words = append(words, rc.options(flags)...)
	}
	return words, nil
}

func (rc *Recipe) expandExec(flags run.Flags) ([]string, error) {
	var words []string
	for _, arg := range rc.Exec {
		if arg == flagArgs {
			words = append(words, rc.options(flags)...)
			continue
		}
		word, err := project.Expand(arg, func(name string) (any, bool) {
			v, ok := flags[name]
			return v, ok
		})
		if err != nil {
			return nil, fmt.Errorf("exec %q of operation %q: %w", arg, rc.Op, err)
		}
		words = append(words, word)
	}
	return words, nil
}

// options writes flags as command line options, in order of names. A null flag is left out. A switch (a bool) is given
// when it differs from its default; one that is on by default is given as --no-NAME unless it has an option of its own.
func (rc *Recipe) options(flags run.Flags) []string {
	var words []string
	for _, name := range rc.own(flags).Names() {
		decl := rc.flag(name)
		option := "--" + name
		if decl.Arg != "" {
			option = decl.Arg
		}
		switch v := flags[name].(type) {
		case nil:
		case bool:
			byDefault, _ := decl.Default.(bool)
			if v == byDefault {
				continue
			}
			if byDefault && decl.Arg == "" {
				option = "--no-" + name
			}
			words = append(words, option)
		case []any:
			words = append(words, option)
			for _, e := range v {
				words = append(words, valueText(e))
			}
		default:
			words = append(words, option, valueText(v))
		}
	}
	return words
}

// own are the flags that the process is given: those that say which run of another operation is used are not for it.
func (rc *Recipe) own(flags run.Flags) run.Flags {
	own := maps.Clone(flags)
	for _, req := range rc.Requires {
		if req.Kind == kindOperation {
			delete(own, req.Target)
		}
	}
	return own
}

func (rc *Recipe) flag(name string) project.Flag {
	for _, f := range rc.Declared {
		if f.Name == name {
			return f
		}
	}
	return project.Flag{Name: name}
}

// valueText is a flag's value as a process receives it: text as it is, true as 1, false and null as nothing.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "1"
		}
		return ""
	case []any:
		words := make([]string, len(v))
		for i, e := range v {
			words[i] = valueText(e)
		}
		return strings.Join(words, " ")
	default:
		return run.FormatValue(v)
	}
}

// checkMain says early what would fail late: a main file that is not there or cannot be started. It finds out what starts it.
func (rc *Recipe) checkMain(dir string) error {
	if rc.Main == "" {
		return nil
	}
	path := filepath.Join(dir, rc.Main)
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("main file %q of operation %q: no such file in %s", rc.Main, rc.Op, dir)
	}
	if info.IsDir() {
		return fmt.Errorf("main file %q of operation %q is a directory", rc.Main, rc.Op)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("main file %q of operation %q is not a regular file", rc.Main, rc.Op)
	}
	if slices.Contains(shells, filepath.Ext(rc.Main)) {
		rc.Interpreter = shebang(path)
	}
	if _, known := interpreters[filepath.Ext(rc.Main)]; known || len(rc.Exec) > 0 || info.Mode()&0o111 != 0 {
		return nil
	}
	return &NotStartable{rc.Main}
}
