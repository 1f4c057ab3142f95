package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newRoot(a *app) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:           "guild",
		Short:         "Run any program as a recorded run, with sandboxed hooks around it",
		SilenceErrors: true,
		SilenceUsage:  true,
		// Without these two, cobra reports an unknown command itself, and as a plain failure.
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return a.printVersion()
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return checkEmpty(cmd) },
	}
	root.PersistentFlags().StringVarP(&a.home, "home", "H", "", "home of runs `DIR` (default: $GUILD_HOME, the nearest .guild, ~/.guild)")
	root.PersistentFlags().BoolVarP(&a.ui.Quiet, "quiet", "q", false, "say nothing but errors and answers")
	root.PersistentFlags().BoolVarP(&a.ui.Verbose, "verbose", "v", false, "say why, and show what hooks log for debugging")
	root.Flags().BoolVar(&version, "version", false, "print the version")
	root.SetFlagErrorFunc(flagError)
	root.SetOut(a.ui.Out)
	root.SetErr(a.ui.Err)
	root.AddCommand(
		newRun(a), newRuns(a), newSelect(a), newStop(a), newCat(a), newLs(a), newHooks(a), newOperations(a), newInit(a), newVersion(a),
	)
	root.SetHelpCommand(newHelp())
	root.AddCommand(helpTopics()...)
	root.SetUsageFunc(showUsage)
	requireArgs(root)
	a.completions(root)
	return root
}

// requireArgs panics on a command that forgot to say which arguments it takes: cobra's default takes any.
func requireArgs(cmd *cobra.Command) {
	if cmd.Runnable() && cmd.Args == nil && cmd.Name() != "help" && !strings.HasPrefix(cmd.Name(), "__") {
		panic(fmt.Sprintf("command %s has no Args", cmd.CommandPath()))
	}
	for _, sub := range cmd.Commands() {
		requireArgs(sub)
	}
}

// checkEmpty refuses an empty text, as of an unset variable: it must not pass for an option that was not given. (A new run may have an
// empty label, though, and an empty comment.)
func checkEmpty(cmd *cobra.Command) error {
	hint := ""
	if cmd.Flags().Lookup("clear") != nil {
		hint = "--clear removes what is there"
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		texts := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			texts = list.GetSlice()
		}
		if slices.Contains(texts, "") && !(cmd.Name() == "run" && (f.Name == "label" || f.Name == "comment")) {
			err = usagef(hint, "invalid value \"\" for --%s", f.Name)
		}
	})
	return err
}

func unknownCommand(parent *cobra.Command, name string) error {
	var names []string
	for _, sub := range parent.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	hint := fmt.Sprintf("see '%s --help'", parent.CommandPath())
	if elsewhere := namesake(parent.Root(), name); elsewhere != nil {
		hint = fmt.Sprintf("did you mean '%s'?", elsewhere.CommandPath())
	} else if near := run.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usagef(hint, "unknown command %q", strings.TrimSpace(strings.TrimPrefix(parent.CommandPath()+" ", "guild ")+name))
}

// namesake is a command of that very name anywhere below another.
func namesake(of *cobra.Command, name string) *cobra.Command {
	for _, c := range of.Commands() {
		if c.IsAvailableCommand() && (c.Name() == name || c.HasAlias(name)) {
			return c
		}
		if found := namesake(c, name); found != nil {
			return found
		}
	}
	return nil
}

// flagError turns pflag's complaints into usage errors with the nearest option as a hint.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if words := cmd.Flags().Args(); cmd.HasSubCommands() && len(words) > 0 { // the option would be one of that command's
		return unknownCommand(cmd, words[0])
	}
	hint := fmt.Sprintf("see '%s --help'", cmd.CommandPath())
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usagef(hint, "unknown option -%.1s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		name := unknown.GetSpecifiedName()
		if near := run.Nearest(name, names); near != "" {
			hint = fmt.Sprintf("did you mean --%s?", near)
		} else if cmd.Name() == "run" {
			hint = fmt.Sprintf("a flag of the operation has no dashes: %s=…", name)
		}
		return usagef(hint, "unknown option --%s", name)
	case errors.As(err, &missing):
		return usagef(hint, "option --%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		return usagef(hint, "invalid value %q for --%s: want %s", invalid.GetValue(), invalid.GetFlag().Name, wanted(invalid.GetFlag()))
	}
	return usagef(hint, "%s", strings.ReplaceAll(err.Error(), "flag", "option"))
}

// wanted says what kind of value an option takes.
func wanted(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int", "int64":
		return "a whole number"
	case "bool":
		return "true or false"
	case "duration":
		return `a duration, such as "90s" or "2h"`
	}
	return "a " + f.Value.Type()
}

// noArgs takes none; args(min, max, what) takes some.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		if cmd.HasSubCommands() {
			return unknownCommand(cmd, args[0])
		}
		return usagef(fmt.Sprintf("see '%s --help'", cmd.CommandPath()), "unexpected argument %q", args[0])
	}
	return nil
}

func argsBetween(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := fmt.Sprintf("see '%s --help'", cmd.CommandPath())
		if len(args) < least {
			return usagef(hint, "%s is missing", what)
		}
		if most >= 0 && len(args) > most {
			return usagef(hint, "unexpected argument %q", args[most])
		}
		return nil
	}
}
