package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

// several says which runs a command is for: named ones, all, or those that a filter leaves; by default the newest.
type several struct {
	all     bool
	noHooks bool
	filter  filter
}

func (o *several) flags(a *app, cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "all runs")
	cmd.Flags().BoolVar(&o.noHooks, "no-hooks", false, "do not call the hooks of the runs")
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	o.filter.flags(cmd)
}

// chosen are the runs. named is false if they were not asked for one by one: then those that it does not fit are passed over.
func (o *several) chosen(a *app, args []string) (runs []*store.Run, named bool, err error) {
	if len(args) > 0 && o.all {
		return nil, false, usagef("", "runs cannot be named with --all")
	}
	if err := o.filter.check(); err != nil {
		return nil, false, err
	}
	st, err := a.store()
	if err != nil {
		return nil, false, err
	}
	otherwise := "1"
	if o.all || o.filter.active() {
		otherwise = ":"
	}
	if runs, err = pickAnywhere(st, args, otherwise); err != nil {
		return nil, false, err
	}
	if runs, err = o.filter.keep(runs); err != nil {
		return nil, false, err
	}
	return runs, len(args) > 0 || otherwise == "1", nil
}

// pickAnywhere is pick that also takes run directories, which need not be in the home.
func pickAnywhere(st *store.Store, args []string, otherwise string) ([]*store.Run, error) {
	var runs []*store.Run
	for _, arg := range args {
		if !filepath.IsAbs(arg) && (arg == "" || arg[0] != '.') {
			found, err := pick(st, []string{arg}, otherwise)
			if err != nil {
				return nil, err
			}
			runs = append(runs, found...)
			continue
		}
		r, err := store.OpenDir(arg)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	if len(args) == 0 {
		return pick(st, nil, otherwise)
	}
	seen := map[string]bool{}
	kept := runs[:0]
	for _, r := range runs {
		if !seen[r.Dir] {
			kept = append(kept, r)
		}
		seen[r.Dir] = true
	}
	return kept, nil
}

// caretaker is the runner that calls hooks around what is done to existing runs. The project of the working directory has no say in it.
func (a *app) caretaker(noHooks bool) (*runner.Runner, error) {
	st, err := a.store()
	if err != nil {
		return nil, err
	}
	return &runner.Runner{
		Store: st, Project: &project.Project{Dir: st.Home()}, Streams: runner.Streams{Report: reporter{a.ui}}, NoHooks: noHooks,
		SystemHooks: systemHooks, UserHooks: userHooks(), CacheDir: cacheDir(), Now: time.Now,
	}, nil
}

// unopened is advice on hooks that cannot be opened, so that what they might refuse cannot be done.
func unopened(err error) error {
	return &hintError{error: err, hint: "--no-hooks does it without asking the hooks of the run"}
}

// refusal says what a hook did not let happen.
func refusal(err error, to string, id run.ID) error {
	var refused *runner.Refused
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Failed {
		return fmt.Errorf("run %s: not %s: %w", id, to, err)
	}
	return &refusedTo{Refused: refused, message: fmt.Sprintf("hook %s refused: run %s is not %s: %s", refused.Hook, id, to, refused.Reason)}
}

type refusedTo struct {
	*runner.Refused
	message string
}

func (e *refusedTo) Error() string { return e.message }

func (e *refusedTo) Unwrap() error { return e.Refused }

// each does something with every run. What fails with one run is reported and does not keep it from the others.
func (a *app) each(ctx context.Context, runs []*store.Run, do func(i int, r *store.Run) error) error {
	a.orderly.Store(true)
	failed := exitOK
	for i, r := range runs {
		err := do(i, r)
		if err == nil {
			continue
		}
		if len(runs) == 1 || ctx.Err() != nil {
			return err
		}
		hint := ""
		if h := hinter(nil); errors.As(err, &h) {
			hint = h.Hint()
		}
		a.ui.Error(message(err), hint)
		failed = max(failed, exitCode(err))
	}
	if failed != exitOK {
		return exitError(failed)
	}
	return nil
}

// busy says that a command is going to wait for another one.
func (a *app) busy(r *store.Run, changes bool) {
	if lock.Busy(r.Dir, changes) {
		a.ui.Say("waiting for another command that works on run %s", r.ID)
	}
}

// watch shows how far a command is with a run.
func (a *app) watch(what string, r *store.Run, i, n int) (progress func(lock.Progress), done func()) {
	title := what + " " + r.ID.Short()
	if n > 1 {
		title += fmt.Sprintf(" (%d/%d)", i+1, n)
	}
	bar := a.ui.Bar(title)
	return func(p lock.Progress) { bar.Set(p.Files, p.TotalFiles, p.Bytes, p.TotalBytes) }, bar.Done
}

// warnings shows what a lock or a verification cannot vouch for.
func (a *app) warnings(id run.ID, list []lock.Warning) {
	const most = 5
	for i, w := range list {
		if i == most {
			a.ui.Warnf("run %s: and %d more", id, len(list)-most)
			break
		}
		name := nameText(w.Path)
		if w.Kind == lock.HardLink {
			name = "hard link " + name
		}
		a.ui.Warnf("run %s: %s: %s", id, name, w.Text)
	}
}

// warning is what a lock or a verification cannot vouch for, as JSON.
type warning struct {
	Path  string `json:"path"`
	Bytes []byte `json:"path_base64,omitempty"` // of a path that is not UTF-8
	Kind  string `json:"kind"`
	Text  string `json:"text"`
}

func warnings(list []lock.Warning) (docs []warning) {
	for _, w := range list {
		docs = append(docs, warning{w.Path, pathBytes(w.Path), w.Kind, w.Text})
	}
	return docs
}

// pathBytes is a path that JSON cannot say, nil for one that it can.
func pathBytes(path string) []byte {
	if utf8.ValidString(path) {
		return nil
	}
	return []byte(path)
}

// lockDoc is a lock as hooks see it.
func lockDoc(digest run.Digest, files int, differences []lock.Difference) *abi.LockDoc {
	const most = 1000
	doc := &abi.LockDoc{Digest: digest.String(), Files: files}
	for _, d := range differences[:min(most, len(differences))] {
		doc.Mismatches = append(doc.Mismatches, d.Kind+" "+d.Path)
	}
	return doc
}
