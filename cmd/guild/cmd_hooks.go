package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/spf13/cobra"
)

func newHooks(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "hooks", Short: "List, check and inspect hooks", Args: noArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return cmd.Help()
	}}
	list := &cobra.Command{
		Use: "list", Short: "List the hooks of the project, in the order they are called", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runHooksList(cmd.Context(), a) },
	}
	check := &cobra.Command{
		Use: "check <file>", Short: "Load a hook as a run would, and call its on_init", Args: argsBetween(1, 1, "the file"),
		RunE: func(cmd *cobra.Command, args []string) error { return runHooksCheck(cmd.Context(), a, args[0]) },
	}
	inspect := &cobra.Command{
		Use: "inspect <file>", Short: "Show what a hook asks for, without running any of it", Args: argsBetween(1, 1, "the file"),
		RunE: func(_ *cobra.Command, args []string) error { return runHooksInspect(a, args[0]) },
	}
	for _, sub := range []*cobra.Command{list, check, inspect} {
		sub.Flags().BoolVar(&a.json, "json", false, "write JSON")
	}
	cmd.AddCommand(list, check, inspect, newHooksReplay(a))
	return cmd
}

func runHooksList(_ context.Context, a *app) error {
	r, err := a.runner()
	if err != nil {
		return err
	}
	statuses, err := r.HookStatuses()
	if err != nil {
		return err
	}
	failed := slices.ContainsFunc(statuses, func(s runner.HookStatus) bool { return s.Error != "" })
	if a.json {
		if err := a.ui.JSON(map[string]any{"hooks": statuses}); err != nil || !failed {
			return err
		}
		return exitError(exitFailure)
	}
	var rows [][]string
	for _, s := range statuses {
		state := "ok"
		switch {
		case s.Error != "":
			state = s.Error
		case !s.Enabled:
			state = "disabled"
		}
		rows = append(rows, []string{
			s.Name, s.Tier, fmt.Sprint(s.Priority), ui.SafeLine(s.Module), s.ShortDigest(), strings.Join(s.Events, ","), ui.SafeLine(state),
		})
	}
	if len(rows) == 0 {
		a.ui.Say("this project has no hooks; put a .wasm file into hooks/")
		return nil
	}
	if err := a.ui.Table([]string{"NAME", "TIER", "PRIORITY", "MODULE", "DIGEST", "EVENTS", "STATE"}, rows); err != nil {
		return err
	}
	if failed {
		return exitError(exitFailure)
	}
	return nil
}

func runHooksCheck(ctx context.Context, a *app, file string) error {
	r, err := a.runner()
	if err != nil {
		return err
	}
	defer r.Close(context.WithoutCancel(ctx))
	checked, err := r.CheckHook(ctx, file)
	if err != nil {
		return err
	}
	if a.json {
		return a.ui.JSON(checked)
	}
	_, err = fmt.Fprintf(a.ui.Out, "%s ok: %s\n", checked.Name, strings.Join(checked.Events, ", "))
	return err
}

func runHooksInspect(a *app, file string) error {
	module, err := readFile(file, abi.MaxModule)
	if err != nil {
		return err
	}
	info, err := engine.Inspect(module)
	if load := (*engine.LoadError)(nil); errors.As(err, &load) {
		return &hintError{error: fmt.Errorf("%s: %s", file, load.Problem), hint: load.Hint}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	report := runner.Describe(module, info)
	if a.json {
		return a.ui.JSON(report)
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(a.ui.Out, "%s: %s\n", name, ui.SafeLine(value))
		}
	}
	line("name", report.Name)
	line("version", report.Version)
	line("description", report.Description)
	line("size", fmt.Sprintf("%d bytes", report.Size))
	line("digest", report.Digest)
	line("toolchain", report.Toolchain)
	line("events", strings.Join(report.Events, ", "))
	for _, can := range report.Can {
		line("can", can)
	}
	line("needs", strings.Join(report.Grants, ", "))
	for _, p := range report.Params {
		line("param", p)
	}
	return nil
}

func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: no such file", path)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: the module has %d bytes, the limit is %d", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}
