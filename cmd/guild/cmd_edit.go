package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// edit is a command that changes an attribute of some runs: those that are named, or that a filter leaves, by default the newest.
type edit struct {
	use, short string
	long       string
	done, same string // what is said of the runs that changed, and if none did
	// undone and unsaid are the same with --clear, if they differ.
	undone, unsaid string
	bare           bool // it is a change without any option, too
	change         func(*store.Run) (bool, error)
}

func (a *app) editCommand(e edit) *cobra.Command {
	var f filter
	cmd := &cobra.Command{
		Use: e.use + " [<run>...]", Short: e.short, Long: e.long, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, err := a.selected(args, f)
			if err != nil {
				return err
			}
			n := 0
			for _, r := range runs {
				changed, err := e.change(r)
				if err != nil {
					return err
				}
				if changed {
					n++
				}
			}
			done, same := e.done, e.same
			if cmd.Flags().Changed("clear") && e.undone != "" {
				done, same = e.undone, e.unsaid
			}
			switch {
			case n > 0:
				a.ui.Say("%s %s", done, count(n, "run"))
			case e.edits(cmd):
				a.ui.Say("%s %s", same, count(len(runs), "run"))
			}
			return nil
		},
	}
	f.flags(cmd)
	return cmd
}

// edits reports whether a change was asked for: without, such a command only shows what is there.
func (e edit) edits(cmd *cobra.Command) bool {
	asked := e.bare
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		asked = asked || f.Changed && !slices.Contains(filterOptions, f.Name)
	})
	return asked
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// selected are the runs that arguments name, or all where there are none, as far as a filter leaves them; without both, the newest.
func (a *app) selected(args []string, f filter) ([]*store.Run, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	st, err := a.store()
	if err != nil {
		return nil, err
	}
	otherwise := "1"
	if f.active() {
		otherwise = ":"
	}
	runs, err := pickAnywhere(st, args, otherwise)
	if err != nil {
		return nil, err
	}
	return f.keep(runs)
}

func newRunsLabel(a *app) *cobra.Command {
	var set, prepend, add string
	var clearIt bool
	cmd := a.editCommand(edit{use: "label", short: "Set the label of runs", done: "labeled", change: func(r *store.Run) (bool, error) {
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
	}})
	cmd.Flags().StringVarP(&set, "set", "s", "", "the new label is `TEXT`")
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
	e := edit{use: "tag", short: "Add and remove tags of runs", done: "modified tags of", same: "nothing to modify in the tags of"}
	e.change = func(r *store.Run) (bool, error) {
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
	}
	cmd := a.editCommand(e)
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
	e := edit{use: "comment", short: "Add, list and remove comments of runs", done: "modified comments of"}
	e.change = func(r *store.Run) (bool, error) {
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
	}
	cmd = a.editCommand(e)
	cmd.Flags().StringVarP(&add, "add", "a", "", "add `TEXT`")
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
		fmt.Fprintf(a.ui.Out, "[%s:%d] %s %s\n  %s\n", r.ID.Short(), i+1, ui.SafeLine(user), when, strings.ReplaceAll(ui.Safe(body), "\n", "\n  "))
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
