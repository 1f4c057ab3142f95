package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

func newCat(a *app) *cobra.Command {
	var file string
	var output bool
	cmd := &cobra.Command{
		Use: "cat [<run>]", Short: "Print a file of a run, or its output (default: the newest run)", Args: catArgs,
		Example: "  guild cat --output\n  guild cat 4f1c -p summary.json",
		RunE: func(_ *cobra.Command, args []string) error {
			if output && file != "" {
				return usagef("", "--path cannot be used with --output")
			}
			if !output && file == "" {
				return usagef("use --output, or -p FILE", "what to print is missing")
			}
			r, err := a.runOf(args)
			if err != nil {
				return err
			}
			if output {
				file = path.Join(".guild", "output")
			}
			return a.cat(r, file, output)
		},
	}
	cmd.Flags().StringVarP(&file, "path", "p", "", "`FILE` in the run directory")
	cmd.Flags().BoolVar(&output, "output", false, "the output of the operation")
	return cmd
}

// catArgs takes a run, and tells who has typed a file as well how it is named.
func catArgs(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		hint := fmt.Sprintf("did you mean 'guild cat %s -p %s'?", run.Quote(args[0]), run.Quote(args[1]))
		return usagef(hint, "unexpected argument %q", args[1])
	}
	return nil
}

func (a *app) runOf(args []string) (*store.Run, error) {
	st, err := a.store()
	if err != nil {
		return nil, err
	}
	if len(args) > 0 {
		return a.oneRun(st, args[0])
	}
	runs, err := pick(st, nil, "1")
	if err != nil {
		return nil, err
	}
	return runs[0], nil
}

func (a *app) cat(r *store.Run, file string, output bool) error {
	f, err := openIn(r.Dir, file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !output && filepath.IsLocal(file) {
		// What a run requires of others is linked into it. Such links lead to its neighbours, and nowhere else.
		beside, failed := openIn(filepath.Dir(r.Dir), filepath.Join(filepath.Base(r.Dir), file))
		if failed == nil || errors.Is(failed, fs.ErrNotExist) {
			f, err = beside, failed
		}
	}
	if errors.Is(err, fs.ErrNotExist) && output {
		return nil // it has not written anything
	}
	if err != nil {
		return fmt.Errorf("run %s: %s: %w", r.ID, file, err)
	}
	defer f.Close()
	_, err = io.Copy(a.ui.Out, f)
	return err
}

// openIn opens a regular file below a directory, and none elsewhere.
func openIn(dir, file string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return openRegular(root, file)
}

// openRegular opens a regular file of a run. The operation may have left anything there: opening a pipe must not wait for its writer.
func openRegular(root *os.Root, file string) (*os.File, error) {
	f, err := root.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return nil, path.Err
	}
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.New("not a regular file")
	}
	return f, nil
}

type lsOptions struct {
	all, generated, source, fullPath bool
	dir                              string
}

func newLs(a *app) *cobra.Command {
	var o lsOptions
	cmd := &cobra.Command{
		Use: "ls [<run>]", Short: "List the files of a run (default: the newest run)", Args: argsBetween(0, 1, "a run"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := a.runOf(args)
			if err != nil {
				return err
			}
			return a.ls(r, o)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "also guild's own files")
	f.BoolVarP(&o.generated, "generated", "g", false, "only files that the run made")
	f.BoolVarP(&o.source, "source", "s", false, "only source code")
	f.BoolVarP(&o.fullPath, "full-path", "f", false, "print full paths")
	f.StringVarP(&o.dir, "path", "p", ".", "list below `DIR`")
	f.BoolVar(&a.json, "json", false, "write JSON")
	exclusive(cmd, "generated", "source")
	return cmd
}

func (a *app) ls(r *store.Run, o lsOptions) error {
	root, err := os.OpenRoot(r.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	source, err := manifestPaths(root)
	if err != nil {
		return fmt.Errorf("run %s: manifest: %w", r.ID, err)
	}
	if o.dir = path.Clean(o.dir); !fs.ValidPath(o.dir) {
		return fmt.Errorf("run %s: %s: path escapes from parent", r.ID, o.dir)
	}
	files := []string{}
	err = fs.WalkDir(root.FS(), o.dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".guild" && !o.all:
			return fs.SkipDir
		case d.IsDir(), o.source && !source[name], o.generated && source[name]:
			return nil
		}
		files = append(files, name)
		return nil
	})
	if where := (*fs.PathError)(nil); errors.As(err, &where) {
		return fmt.Errorf("run %s: %s: %w", r.ID, where.Path, where.Err)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	if a.json {
		return a.ui.JSON(map[string]any{"dir": r.Dir, "files": files})
	}
	for _, name := range files {
		if o.fullPath {
			name = r.Dir + "/" + name
		}
		fmt.Fprintln(a.ui.Out, ui.SafeLine(name))
	}
	return nil
}

// maxManifest bounds what is read of a manifest, in bytes.
const maxManifest = 64 << 20

// manifestPaths are the files of a run that were copied into it.
func manifestPaths(root *os.Root) (map[string]bool, error) {
	paths := map[string]bool{}
	f, err := openRegular(root, path.Join(".guild", "manifest"))
	if errors.Is(err, fs.ErrNotExist) {
		return paths, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if words, err := splitManifest(line); err == nil {
			paths[words] = true
		}
	}
	return paths, nil
}

// splitManifest returns the path in the run that one line of a manifest is about.
func splitManifest(line string) (string, error) {
	words, err := run.SplitQuoted(strings.TrimSuffix(line, "\n"))
	if err != nil || len(words) < 2 {
		return "", fmt.Errorf("malformed manifest line %q", line)
	}
	return words[1], nil
}
