package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/archive"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/spf13/cobra"
)

type exportOptions struct {
	all    bool
	filter filter
}

func newRunsExport(a *app) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use: "export <dir>|<file.zip> [<run>...]", Short: "Copy runs into a directory or a zip file", Args: argsBetween(1, -1, "where to export to"),
		Long: `Copy runs into a directory, or into a new zip file, as they are: contents, modes, links. What is locked stays locked, and verifies
wherever it is imported. Guild AI reads these directories and zip files, too.

Without runs and filters all are copied; --all says the same. A run that the directory has already is skipped.`,
		Example: "  guild runs export backup\n  guild runs export result.zip 1 4f1c",
		RunE:    func(cmd *cobra.Command, args []string) error { return runExport(cmd.Context(), a, o, args) },
	}
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "all runs")
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	o.filter.flags(cmd)
	return cmd
}

func runExport(ctx context.Context, a *app, o exportOptions, args []string) error {
	dest := args[0]
	choice := several{all: o.all || len(args) == 1, filter: o.filter}
	runs, named, err := choice.chosen(a, args[1:])
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return errors.New("there are no runs to export")
	}
	kept := runs[:0]
	for _, r := range runs {
		if r.Status() != run.Running {
			kept = append(kept, r)
			continue
		}
		if named {
			return fmt.Errorf("run %s is running", r.ID)
		}
		a.ui.Warnf("run %s is running, and is not exported", r.ID)
	}
	a.orderly.Store(true)
	progress, done := a.watchArchive("export")
	res, err := archive.Export(ctx, dest, kept, archive.Options{Warn: func(m string) { a.ui.Warnf("%s", m) }, Progress: progress})
	done()
	if errors.Is(err, archive.ErrExists) {
		return &hintError{error: fmt.Errorf("%s exists already", dest), hint: "a zip file is made anew, not added to"}
	}
	return a.moved("exported", "to "+dest, res, err)
}

func newRunsImport(a *app) *cobra.Command {
	var trust bool
	cmd := &cobra.Command{
		Use: "import <dir>|<file.zip>", Short: "Take in runs from a directory or a zip file", Args: argsBetween(1, 1, "where to import from"),
		Long: `Take in the runs of a directory or a zip file that 'guild runs export' or Guild AI made. Runs that are here already are skipped.

Links that lead out of the runs, and programs that run with the rights of their owner, are refused, unless you --trust whoever made it.
A locked run proves with 'guild runs verify' that it is what it was.`,
		RunE: func(cmd *cobra.Command, args []string) error { return runImport(cmd.Context(), a, args[0], trust) },
	}
	cmd.Flags().BoolVar(&trust, "trust", false, "take links that lead anywhere, and set-id programs")
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return cmd
}

func runImport(ctx context.Context, a *app, src string, trust bool) error {
	st, err := a.store()
	if err != nil {
		return err
	}
	a.orderly.Store(true)
	progress, done := a.watchArchive("import")
	res, err := archive.Import(ctx, src, st, archive.Options{
		Trust: trust, Warn: func(m string) { a.ui.Warnf("%s", m) }, Progress: progress,
	})
	done()
	return a.moved("imported", "from "+src, res, err)
}

func (a *app) watchArchive(what string) (progress func(lock.Progress), done func()) {
	bar := a.ui.Bar(what)
	return func(p lock.Progress) { bar.Set(p.Files, p.TotalFiles, p.Bytes, p.TotalBytes) }, bar.Done
}

// moved says what became of the runs.
func (a *app) moved(done, where string, res *archive.Result, err error) error {
	for _, id := range res.Skipped {
		a.ui.Warnf("run %s is there already, and is skipped", id)
	}
	if a.json {
		doc := map[string]any{done: nonNilRuns(res.Done), "skipped": nonNilRuns(res.Skipped), "files": res.Files, "bytes": res.Bytes}
		err = errors.Join(a.ui.JSON(doc), err)
	}
	if err == nil || len(res.Done) > 0 {
		a.ui.Say("%s %s %s: %s, %s", done, count(len(res.Done), "run"), where, count(res.Files, "file"), ui.Size(res.Bytes))
	}
	return err
}
