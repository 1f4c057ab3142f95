package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// editCommand is a command that changes an attribute of some runs (default: the newest).
func (a *app) editCommand(use, short, done string, edit func(*store.Run) (bool, error)) *cobra.Command {
	return &cobra.Command{
		Use: use + " [<run>...]", Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, err := a.selected(args, "1")
			if err != nil {
				return err
			}
			n := 0
			for _, r := range runs {
				changed, err := edit(r)
				if err != nil {
					return err
				}
				if changed {
					n++
				}
			}
			edits := false // without any option, the command only showed what is there
			cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { edits = edits || f.Changed })
			if edits {
				a.ui.Say("%s %s", done, count(n, "run"))
			}
			return nil
		},
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// selected are the runs that arguments name, or those a default names when there are none.
func (a *app) selected(args []string, otherwise string) ([]*store.Run, error) {
	st, err := a.store()
	if err != nil {
		return nil, err
	}
	return pick(st, args, otherwise)
}

func newRunsLabel(a *app) *cobra.Command {
	var set, prepend, add string
	var clearIt bool
	cmd := a.editCommand("label", "Set the label of runs", "labeled", func(r *store.Run) (bool, error) {
		switch {
		case clearIt:
			return true, r.SetAttr(runner.AttrLabel, "")
		case set != "":
			return true, r.SetAttr(runner.AttrLabel, set)
		}
		if _, _, err := r.Attr(runner.AttrLabel); err != nil {
			return false, err // what cannot be read must not be written over
		}
		label := attrText(r, runner.AttrLabel)
		switch {
		case prepend != "":
			label = join(prepend, label)
		case add != "":
			label = join(label, add)
		default:
			fmt.Fprintln(a.ui.Out, label)
			return false, nil
		}
		return true, r.SetAttr(runner.AttrLabel, label)
	})
	cmd.Flags().StringVarP(&set, "set", "s", "", "the new label")
	cmd.Flags().StringVarP(&prepend, "prepend", "p", "", "put `TEXT` before the label")
	cmd.Flags().StringVarP(&add, "append", "a", "", "put `TEXT` after the label")
	cmd.Flags().BoolVarP(&clearIt, "clear", "c", false, "remove the label")
	exclusive(cmd, "set", "prepend", "append", "clear")
	return cmd
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

func newRunsTag(a *app) *cobra.Command {
	var add, remove []string
	var clearAll bool
	cmd := a.editCommand("tag", "Add and remove tags of runs", "modified tags of", func(r *store.Run) (bool, error) {
		_, _, err := r.Attr(runner.AttrTags)
		if err != nil && !clearAll {
			return false, err // what cannot be read must not be written over
		}
		old := attrList(r, runner.AttrTags)
		if len(add)+len(remove) == 0 && !clearAll {
			for _, tag := range old {
				fmt.Fprintln(a.ui.Out, tag)
			}
			return false, nil
		}
		tags := slices.Clone(old)
		if clearAll {
			tags = nil
		}
		tags = slices.DeleteFunc(tags, func(t string) bool { return slices.Contains(remove, t) })
		for _, t := range add {
			if !slices.Contains(tags, t) {
				tags = append(tags, t)
			}
		}
		if err == nil && slices.Equal(old, tags) {
			return false, nil
		}
		return true, r.SetAttr(runner.AttrTags, nonNil(tags))
	})
	cmd.Flags().StringArrayVarP(&add, "add", "a", nil, "add `TAG` (repeatable)")
	cmd.Flags().StringArrayVarP(&remove, "delete", "d", nil, "remove `TAG` (repeatable)")
	cmd.Flags().BoolVarP(&clearAll, "clear", "c", false, "remove all tags")
	return cmd
}

func newRunsComment(a *app) *cobra.Command {
	var add string
	var remove int
	var clearAll bool
	var cmd *cobra.Command
	cmd = a.editCommand("comment", "Add, list and remove comments of runs", "modified comments of", func(r *store.Run) (bool, error) {
		if clearAll {
			return true, r.RemoveAttr(runner.AttrComments)
		}
		v, _, err := r.Attr(runner.AttrComments)
		if err != nil {
			return false, err
		}
		comments, _ := v.([]any)
		switch {
		case add != "":
			return true, r.SetAttr(runner.AttrComments, append(comments, runner.Comment(add, time.Now())))
		case cmd.Flags().Changed("delete"):
			if remove < 1 || remove > len(comments) {
				return false, usagef("", "run %s has no comment %d", r.ID, remove)
			}
			return true, r.SetAttr(runner.AttrComments, slices.Delete(comments, remove-1, remove))
		}
		a.printComments(r, comments)
		return false, nil
	})
	cmd.Flags().StringVarP(&add, "add", "a", "", "add a comment")
	cmd.Flags().IntVarP(&remove, "delete", "d", 0, "remove comment `N`")
	cmd.Flags().BoolVarP(&clearAll, "clear", "c", false, "remove all comments")
	exclusive(cmd, "add", "delete", "clear")
	return cmd
}

func (a *app) printComments(r *store.Run, comments []any) {
	for i, c := range comments {
		m, _ := c.(map[string]any)
		when := ""
		if micros, ok := m["time"].(int64); ok {
			when = time.UnixMicro(micros).Local().Format(time.DateTime)
		}
		body, _ := m["body"].(string)
		user, _ := m["user"].(string)
		fmt.Fprintf(a.ui.Out, "[%s:%d] %s %s\n  %s\n", r.ID.Short(), i+1, ui.SafeLine(user), when, ui.Safe(body))
	}
}

// exclusive lets only one of some options be used.
func exclusive(cmd *cobra.Command, names ...string) {
	inner := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		used := ""
		for _, name := range names {
			if !cmd.Flags().Changed(name) {
				continue
			}
			if used != "" {
				return usagef("", "--%s cannot be used with --%s", used, name)
			}
			used = name
		}
		return inner(cmd, args)
	}
}

func workingDir() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir
}
