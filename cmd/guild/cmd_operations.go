package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/spf13/cobra"
)

func newOperations(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "operations [<operation> | <script>]", Aliases: []string{"ops"}, Short: "List the operations of guild.toml, or the flags of one",
		Args:    argsBetween(0, 1, "an operation"),
		Example: "  guild operations\n  guild operations train\n  guild operations train.py",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return a.showOperation(cmd.Context(), args[0])
			}
			return a.listOperations()
		},
	}
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return cmd
}

func (a *app) listOperations() error {
	proj, err := a.project()
	if err != nil {
		return err
	}
	rows, list := [][]string{}, []map[string]any{}
	for _, name := range proj.Order {
		op := proj.Operations[name]
		rows = append(rows, []string{ui.SafeLine(name), startsWhat(op), ui.SafeLine(op.Description)})
		list = append(list, map[string]any{"name": name, "description": op.Description, "runs": startsWhat(op)})
	}
	if a.json {
		return a.ui.JSON(map[string]any{"operations": list})
	}
	if len(rows) == 0 {
		a.ui.Say("this project has no operations; 'guild init --toml' writes a guild.toml, and a script needs none")
		return nil
	}
	return a.ui.Table([]string{"OPERATION", "RUNS", "DESCRIPTION"}, rows)
}

// startsWhat is what an operation runs, in short.
func startsWhat(op *project.Operation) string {
	switch {
	case op.Run != "":
		return "trials of " + ui.SafeLine(op.Run)
	case len(op.Steps) > 0:
		return count(len(op.Steps), "step")
	case op.Main != "":
		return ui.SafeLine(op.Main)
	}
	return ui.SafeLine(run.QuoteAll(op.Exec))
}

func (a *app) showOperation(ctx context.Context, name string) error {
	r, err := a.runner()
	if err != nil {
		return err
	}
	defer r.Close(context.WithoutCancel(ctx))
	plan, err := r.Plan(name)
	if err != nil {
		return planError(r, name, err)
	}
	if err := r.Declare(ctx, plan); err != nil {
		return err
	}
	rows, list := [][]string{}, []map[string]any{}
	for _, f := range plan.Declared {
		value := ""
		if f.HasDefault {
			value = run.FormatValue(f.Default)
		}
		rows = append(rows, []string{ui.SafeLine(f.Name), f.Type, ui.SafeLine(value), ui.SafeLine(valuesOf(f)), ui.SafeLine(f.Help)})
		list = append(list, jsonFlag(f))
	}
	if a.json {
		description := ""
		if op, err := r.Project.Operation(name); err == nil {
			description = op.Description
		}
		return a.ui.JSON(map[string]any{"name": plan.Op, "description": description, "flags": list})
	}
	if len(rows) == 0 {
		a.ui.Say("%s has no flags", plan.Op)
		return nil
	}
	return a.ui.Table([]string{"FLAG", "TYPE", "DEFAULT", "VALUES", "HELP"}, rows)
}

// valuesOf says which values a flag takes, beyond its type.
func valuesOf(f project.Flag) string {
	var parts []string
	if f.Required {
		parts = append(parts, "required")
	}
	for i, c := range f.Choices {
		if i == 0 {
			parts = append(parts, "one of "+run.FormatValue(c))
			continue
		}
		parts = append(parts, run.FormatValue(c))
	}
	if f.Min != nil {
		parts = append(parts, "min "+run.FormatValue(bound(f, *f.Min)))
	}
	if f.Max != nil {
		parts = append(parts, "max "+run.FormatValue(bound(f, *f.Max)))
	}
	return strings.Join(parts, ", ")
}

// bound is a limit of a flag, in the type of its values.
func bound(f project.Flag, limit float64) any {
	if f.Type == project.TypeInt {
		return int64(limit)
	}
	return limit
}

func jsonFlag(f project.Flag) map[string]any {
	doc := map[string]any{"name": f.Name, "type": f.Type, "required": f.Required, "help": f.Help}
	if f.HasDefault {
		doc["default"] = jsonValue(f.Default)
	}
	if len(f.Choices) > 0 {
		doc["choices"] = jsonValue(f.Choices)
	}
	if f.Min != nil {
		doc["min"] = jsonValue(bound(f, *f.Min))
	}
	if f.Max != nil {
		doc["max"] = jsonValue(bound(f, *f.Max))
	}
	return doc
}

// jsonValue is a value as JSON has it: nan and inf as text.
func jsonValue(v any) any { return run.Flags{"": v}.JSON()[""] }

// describeOperation is a line about an operation, for completion.
func describeOperation(op *project.Operation) string {
	if op.Description != "" {
		return op.Description
	}
	return fmt.Sprintf("runs %s", startsWhat(op))
}
