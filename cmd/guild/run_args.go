package main

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/run"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// checkTexts refuses values that would be lost in silence or found wrong too late: an empty one, as of an unset variable, where there is
// something to name, and what is not text.
func checkTexts(cmd *cobra.Command) error {
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		switch f.Name {
		case "run-id", "run-dir", "start", "restart", "proto", "needed":
			if value == "" {
				err = usagef("", "invalid value \"\" for --%s", f.Name)
			}
		case "label", "tag", "comment":
			if list, ok := f.Value.(pflag.SliceValue); ok {
				if slices.Contains(list.GetSlice(), "") {
					err = usagef("", "invalid value \"\" for --%s", f.Name)
				}
				value = strings.Join(list.GetSlice(), " ")
			}
			if !utf8.ValidString(value) {
				err = usagef("", "invalid value for --%s: want text in UTF-8", f.Name)
			}
		}
	})
	return err
}

// parseLimit reads a duration, or minutes as Guild AI has them.
func parseLimit(text string) (time.Duration, error) {
	limit, err := time.ParseDuration(text)
	if err != nil {
		limit, err = time.ParseDuration(text + "m")
	}
	if err != nil || limit <= 0 {
		return 0, usagef("", "invalid value %q for --stop-after: want a duration, such as 90s or 2h, or minutes", text)
	}
	return limit, nil
}

// splitArgs separates the operation from its flags and from files of trials. The first argument is the operation unless it is an
// assignment.
func splitArgs(args []string) (name string, given []run.Assignment, files []string, err error) {
	if len(args) > 0 && !strings.Contains(args[0], "=") && !strings.HasPrefix(args[0], "@") {
		name, args = args[0], args[1:]
	}
	for _, arg := range args {
		if file, ok := strings.CutPrefix(arg, "@"); ok && file != "" {
			files = append(files, file)
			continue
		}
		assignment, err := run.ParseAssignment(arg)
		if err != nil {
			return "", nil, nil, usagef("write it as <flag>=<value>", "%s", err)
		}
		given = append(given, assignment)
	}
	return name, given, files, nil
}

func parseHookParams(args []string) (map[string]map[string]any, error) {
	params := map[string]map[string]any{}
	for _, arg := range args {
		target, text, ok := strings.Cut(arg, "=")
		hook, param, dotted := strings.Cut(target, ".")
		if !ok || !dotted || hook == "" || param == "" {
			return nil, usagef("write it as NAME.PARAM=VALUE", "invalid value %q for --hook", arg)
		}
		v, err := run.ParseValue(text)
		if err != nil {
			return nil, usagef("", "--hook %s: %s", target, err)
		}
		if params[hook] == nil {
			params[hook] = map[string]any{}
		}
		if _, twice := params[hook][param]; twice {
			return nil, usagef("", "--hook %s is given twice", target)
		}
		params[hook][param] = v
	}
	return params, nil
}
