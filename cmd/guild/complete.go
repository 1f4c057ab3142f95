package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completer makes the words that a shell offers; whatever goes wrong, it offers none.
type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// maxOffered bounds how many runs are offered: nobody reads more.
const maxOffered = 50

// completions gives every command below another what a shell can offer: runs where runs are named, and the values of options.
func (a *app) completions(cmd *cobra.Command) {
	switch {
	case cmd.Name() == "run" || cmd.Name() == "operations":
		cmd.ValidArgsFunction = a.offerOperations
	case cmd.Name() == "restore", cmd.Name() == "purge":
		cmd.ValidArgsFunction = a.offerRuns(true)
	case strings.Contains(cmd.Use, "[<run>"):
		cmd.ValidArgsFunction = a.offerRuns(false)
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		var offer completer
		switch f.Name {
		case "status":
			offer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				var words []string
				for _, s := range run.Statuses {
					words = append(words, string(s))
				}
				return words, cobra.ShellCompDirectiveNoFileComp
			}
		case "op":
			offer = func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
				return a.offerOperations(cmd, nil, typed)
			}
		case "start", "restart", "proto":
			offer = a.offerRuns(false)
		default:
			return
		}
		if err := cmd.RegisterFlagCompletionFunc(f.Name, offer); err != nil {
			panic(err) // an option has two of them
		}
	})
	for _, sub := range cmd.Commands() {
		a.completions(sub)
	}
}

// offerRuns offers the ids of the newest runs.
func (a *app) offerRuns(deleted bool) completer {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		st, err := a.store()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if deleted {
			st = st.Deleted()
		}
		runs, _, err := st.Newest(maxOffered)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var words []string
		for _, r := range runs {
			if s := describe(r); strings.HasPrefix(string(s.id), typed) {
				words = append(words, word(s.id.Short(), fmt.Sprintf("%s %s %s", s.ref.Name(), s.statusText(), s.label)))
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// offerOperations offers operations, and files, for the first argument, then the flags of the one that was typed.
func (a *app) offerOperations(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		proj, err := a.project()
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var words []string
		for _, name := range proj.Order {
			if strings.HasPrefix(name, typed) {
				words = append(words, word(name, describeOperation(proj.Operations[name])))
			}
		}
		return words, cobra.ShellCompDirectiveDefault
	}
	if cmd.Name() != "run" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	r, err := a.runner()
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	defer r.Close(context.Background())
	r.Streams = runner.Streams{Report: reporter{&ui.UI{Quiet: true, Out: io.Discard, Err: io.Discard}}}
	plan, err := r.Plan(args[0])
	if err != nil || r.Declare(cmd.Context(), plan) != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var words []string
	name, _, assigned := strings.Cut(typed, "=")
	for _, f := range plan.Declared {
		switch {
		case assigned && f.Name == name:
			for _, choice := range f.Choices {
				if w := f.Name + "=" + run.FormatValue(choice); strings.HasPrefix(w, typed) {
					words = append(words, w)
				}
			}
		case !assigned && strings.HasPrefix(f.Name, typed):
			words = append(words, word(f.Name+"=", f.Help))
		}
	}
	if assigned {
		return words, cobra.ShellCompDirectiveDefault // the value may be a file
	}
	return words, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// word is something to offer, with a line about it.
func word(text, about string) string {
	if about = strings.TrimSpace(ui.SafeLine(about)); about == "" {
		return text
	}
	return text + "\t" + about
}
