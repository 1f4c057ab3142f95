package main

import (
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

func newRunsMark(a *app) *cobra.Command {
	var clearIt bool
	e := edit{
		use: "mark", short: "Mark runs, for others to use (default: the newest)",
		long: `Mark runs. What requires a run of an operation uses the newest one that is marked, if there is one, and the newest one else.

A mark can be set and removed in a locked run, too.`,
		done: "marked", same: "already marked:", undone: "unmarked", unsaid: "not marked:", bare: true,
	}
	e.change = func(r *store.Run) (bool, error) {
		v, there, err := r.Attr(runner.AttrMarked)
		if clearIt {
			return there || err != nil, r.RemoveAttr(runner.AttrMarked)
		}
		if err != nil {
			return false, err // what cannot be read must not be written over
		}
		if v == true {
			return false, nil
		}
		return true, r.SetAttr(runner.AttrMarked, true)
	}
	cmd := a.editCommand(e)
	cmd.Flags().BoolVarP(&clearIt, "clear", "c", false, "remove the mark")
	return cmd
}
