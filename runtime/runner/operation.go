package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
)

// Plan resolves an operation of guild.toml or a script to a plan whose flags are not composed yet.
func (r *Runner) Plan(name string) (*Plan, error) {
	op, err := r.Project.Operation(name)
	if err == nil {
		return r.planOperation(op)
	}
	plan, scriptErr := r.planScript(name)
	if scriptErr == nil {
		return plan, nil
	}
	if !errors.Is(scriptErr, fs.ErrNotExist) {
		return nil, scriptErr
	}
	return nil, err
}

func (r *Runner) planOperation(op *project.Operation) (*Plan, error) {
	if op.Run != "" {
		return r.planBatch(op)
	}
	lock := op.Lock
	if lock == "" {
		lock = r.Project.Run.Lock
	}
	plan := &Plan{
		Recipe: Recipe{
			ProjectDir: r.Project.Dir, ProjectName: r.Project.Name, Op: op.Name, Main: op.Main, Exec: op.Exec, Dest: op.FlagsDest,
			Declared: op.Flags, Env: op.Env, Scalars: op.OutputScalars, Template: op.Label, Lock: lock, StopAfter: op.StopAfter,
			Hooks: op.Hooks, HooksSet: op.HooksSet, Requires: op.Requires, Steps: op.Steps,
		},
		Ref: run.OpRef{
			Type: run.TypeGuildfile, Package: r.Project.File, Op: op.Name,
			Version: canon.Sum(canon.ContextDefinition, op.Definition()).Hex(),
		},
		Rules:  stage.Rules{Include: op.Source.Include, Exclude: op.Source.Exclude, Off: op.Source.Off},
		Source: op.Needed,
		Import: op.FlagsImport,
	}
	if len(op.Steps) > 0 {
		plan.Rules = stage.Rules{Off: true} // the steps have their own
	}
	if len(op.Trials) > 0 || len(op.Conditions) > 0 || op.Replicates > 1 || op.Strategy != (project.Strategy{}) || op.Launcher.Name != "" {
		plan.Batch = op
	}
	return plan, plan.checkMain(r.Project.Dir)
}

// planBatch resolves an operation that runs another, with flags of its own over the other's defaults.
func (r *Runner) planBatch(op *project.Operation) (*Plan, error) {
	plan, err := r.Plan(op.Run)
	if err != nil {
		return nil, fmt.Errorf("operation %q: %w", op.Name, err)
	}
	if plan.Batch != nil && plan.Batch.Run != "" {
		return nil, fmt.Errorf("operation %q runs %q, which only runs another itself", op.Name, op.Run)
	}
	plan.Batch, plan.defaults, plan.Source = op, op.Flags, cmp.Or(op.Needed, plan.Source)
	return plan, nil
}

// override puts the defaults of an operation that runs this one over its own.
func override(declared, defaults []project.Flag) ([]project.Flag, error) {
	for _, d := range defaults {
		i := slices.IndexFunc(declared, func(f project.Flag) bool { return f.Name == d.Name })
		if i < 0 {
			return nil, fmt.Errorf("flag %q is not one of the operation that is run", d.Name)
		}
		if d.HasDefault {
			if _, err := project.CheckFlag(declared, d.Name, d.Default); err != nil {
				return nil, fmt.Errorf("its default: %v", err) // not %w: a flag error is the user's
			}
			declared[i].Default, declared[i].HasDefault = d.Default, true
		}
	}
	return declared, nil
}

// planScript makes an operation of a file that needs no configuration.
func (r *Runner) planScript(name string) (*Plan, error) {
	path := filepath.Join(r.Dir, name)
	if filepath.IsAbs(name) {
		path = filepath.Join(physical(filepath.Dir(name)), filepath.Base(name))
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(r.Project.Dir, path)
	if err != nil || !filepath.IsLocal(rel) {
		return nil, &Outside{name, path, r.Project.Dir}
	}
	if !utf8.ValidString(rel) {
		return nil, fmt.Errorf("script %q: its name is not UTF-8, and could not be recorded", name)
	}
	plan := &Plan{
		Recipe: Recipe{
			ProjectDir: r.Project.Dir, ProjectName: r.Project.Name, Op: filepath.ToSlash(rel), Main: rel, Lock: r.Project.Run.Lock,
		},
		Ref:    run.OpRef{Type: run.TypeScript, Package: r.Project.Dir, Op: filepath.ToSlash(rel)},
		Import: project.Import{All: true},
	}
	return plan, plan.checkMain(r.Project.Dir)
}

// Compose gives the plan its flags: declared or found in the script, their defaults, and what the user typed.
func (r *Runner) Compose(ctx context.Context, plan *Plan, given []run.Assignment, force bool) error {
	if err := r.Declare(ctx, plan); err != nil {
		return err
	}
	flags, typed, err := project.ResolveFlags(plan.Declared, given, force)
	if err != nil {
		return err
	}
	plan.Flags, plan.Typed, plan.SetBy = flags, typed, map[string]string{}
	return r.upstreamRuns(plan)
}

// Declare finds out which flags the operation has: those that are declared, those of its script, and one for each operation whose run it
// requires. Compose does it if nobody has.
func (r *Runner) Declare(ctx context.Context, plan *Plan) error {
	if plan.declared {
		return nil
	}
	if plan.Import.Wanted() || len(plan.Declared) == 0 && !plan.Import.Off {
		detected, dest, err := r.detect(ctx, plan)
		if err != nil {
			return err
		}
		if plan.Dest == "" {
			plan.Dest = dest
		}
		plan.Declared = project.Merge(plan.Declared, detected, plan.Import)
	}
	if plan.Dest == "" {
		plan.Dest = plan.defaultDest()
	}
	if len(plan.defaults) > 0 {
		var err error
		if plan.Declared, err = override(slices.Clone(plan.Declared), plan.defaults); err != nil {
			return fmt.Errorf("operation %q: %w", plan.Batch.Name, err)
		}
	}
	upstream, err := r.upstreamFlags(plan)
	if err != nil {
		return err
	}
	plan.Declared = append(plan.Declared, upstream...)
	plan.declared = true
	return nil
}

// defaultDest is how a program of unknown habits gets its flags: Python and R by assignment, others as options.
func (rc *Recipe) defaultDest() string {
	if len(rc.Exec) == 0 {
		switch strings.ToLower(filepath.Ext(rc.Main)) {
		case ".py", ".r":
			return DestGlobals
		}
	}
	return DestArgs
}
