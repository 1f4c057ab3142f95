package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

type diffOptions struct {
	path   string
	output bool
}

// exitDifferent is the exit code of a diff that found something.
const exitDifferent = 1

func newRunsDiff(a *app) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use: "diff [<run> <run>]", Short: "Show how two runs differ (default: the newest from the one before it)",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return usagef("see 'guild runs diff --help'", "the other run is missing")
			}
			return argsBetween(0, 2, "a run")(cmd, args)
		},
		Long: `Show how two runs differ: their flags, scalars and other attributes, and which of their files.

With --path or --output the program diff shows how that differs, line by line.

Exit codes: 0 no difference, 1 a difference.`,
		Example: "  guild runs diff\n  guild runs diff 4f1c 1c91 --path train.py",
		RunE:    func(cmd *cobra.Command, args []string) error { return runDiff(cmd.Context(), a, o, args) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.path, "path", "p", "", "compare the lines of file or directory `PATH`")
	f.BoolVar(&o.output, "output", false, "compare the lines of the output")
	f.BoolVar(&a.json, "json", false, "write JSON")
	exclusive(cmd, "path", "output", "json")
	return cmd
}

func runDiff(ctx context.Context, a *app, o diffOptions, args []string) error {
	st, err := a.store()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if _, total, err := st.Newest(2); err == nil && total < 2 {
			return fmt.Errorf("there are no two runs in %s", st.Home())
		}
		args = []string{"2", "1"}
	}
	from, err := a.oneRun(st, args[0])
	if err != nil {
		return err
	}
	to, err := a.oneRun(st, args[1])
	if err != nil {
		return err
	}
	if o.output {
		o.path = filepath.Join(".guild", "output")
	}
	if o.path != "" {
		return a.diffLines(ctx, from, to, o.path)
	}
	return a.showDiff(from, to)
}

// change is one difference of two runs.
type change struct {
	Name string `json:"name"`
	From any    `json:"from"` // absent: null
	To   any    `json:"to"`
}

func (a *app) showDiff(from, to *store.Run) error {
	changes, err := changedAttrs(from, to)
	if err != nil {
		return err
	}
	files, err := changedFiles(from, to)
	if err != nil {
		return err
	}
	if a.json {
		if err := a.ui.JSON(map[string]any{"from": from.ID, "to": to.ID, "attributes": changes, "files": files}); err != nil {
			return err
		}
	} else {
		for _, c := range changes {
			fmt.Fprintf(a.ui.Out, "%s: %s -> %s\n", ui.SafeLine(c.Name), diffText(c.From), diffText(c.To))
		}
		for _, f := range files {
			fmt.Fprintf(a.ui.Out, "%s %s\n", f.Kind, ui.SafeLine(f.Path))
		}
	}
	if len(changes)+len(files) > 0 {
		return exitError(exitDifferent)
	}
	return nil
}

func diffText(v any) string {
	if v == nil {
		return "-"
	}
	return infoText(v)
}

// comparedAttrs are the attributes that say something of what a run is; the others say when and where it was.
var comparedAttrs = []string{
	runner.AttrExitStatus, runner.AttrStopReason, runner.AttrLabel, runner.AttrTags, runner.AttrCmd, runner.AttrVCSCommit, runner.AttrHost,
	runner.AttrUser, runner.AttrNoHooks,
}

func changedAttrs(from, to *store.Run) ([]change, error) {
	changes := []change{}
	add := func(name string, a, b any) {
		if run.FormatValue(a) != run.FormatValue(b) {
			changes = append(changes, change{name, jsonValue(a), jsonValue(b)})
		}
	}
	x, y := describe(from), describe(to)
	add("operation", x.ref.Name(), y.ref.Name())
	add("from", x.ref.Package, y.ref.Package)
	add("status", string(x.status), string(y.status))
	for _, name := range comparedAttrs {
		a, _, err := from.Attr(name)
		if err != nil {
			return nil, err
		}
		b, _, err := to.Attr(name)
		if err != nil {
			return nil, err
		}
		add(name, a, b)
	}
	for _, name := range columnsOf([]*store.Run{from, to}) {
		a, _ := valueOf(from, name)
		b, _ := valueOf(to, name)
		add(name, a, b)
	}
	return changes, nil
}

// diffLines lets the program diff compare a file or directory of two runs.
func (a *app) diffLines(ctx context.Context, from, to *store.Run, path string) error {
	if !filepath.IsLocal(path) {
		return fmt.Errorf("%s is outside the run", path)
	}
	program, err := exec.LookPath("diff")
	if err != nil {
		return fmt.Errorf("to compare lines takes the program diff: %w", err)
	}
	there := 0
	args := []string{"-ruN"}
	for _, r := range []*store.Run{from, to} {
		file := filepath.Join(r.Dir, path)
		if exists(file) {
			there++
		} else {
			file = os.DevNull
		}
		args = append(args, file)
	}
	if there == 0 {
		return fmt.Errorf("neither run has %s", path)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = a.ui.Out, a.ui.Err
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exitError(exit.ExitCode())
	}
	return err
}
