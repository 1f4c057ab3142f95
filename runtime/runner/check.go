package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
	"github.com/guild-run/guild/runtime/store"
)

// Check finds what is wrong with a plan's templates, of the label, of exec and of env, and with its configuration file. What it finds
// is better known before anything is made.
func (plan *Plan) Check() error {
	words, err := plan.command(plan.Flags)
	if err != nil {
		return err
	}
	for name, v := range plan.Flags {
		if plan.Dest == DestEnv {
			words = append(words, name+"="+valueText(v))
		}
	}
	for _, word := range words {
		if strings.ContainsRune(word, 0) {
			return fmt.Errorf("%.80q has a NUL, which no process can be given", word)
		}
	}
	if err := plan.CheckLabel(); err != nil {
		return err
	}
	if _, err := plan.ownEnv(); err != nil {
		return err
	}
	return plan.checkConfig()
}

// checkConfig reads the configuration file that is to take the flags, if there is one.
func (plan *Plan) checkConfig() error {
	path, ok := strings.CutPrefix(plan.Dest, DestConfig)
	if !ok {
		return nil
	}
	if info, err := os.Lstat(filepath.Join(plan.ProjectDir, path)); err != nil || !info.Mode().IsRegular() {
		return nil // it will be made
	}
	_, err := stage.ReadConfig(plan.ProjectDir, path)
	return err
}

// CheckLabel finds what is wrong with the template of the label.
func (plan *Plan) CheckLabel() error {
	_, err := plan.renderLabel(plan.Label)
	return err
}

// ownEnv is the environment that the operation asks for.
func (plan *Plan) ownEnv() (map[string]string, error) {
	env := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(plan.Env)) {
		value, err := project.Expand(plan.Env[name], func(flag string) (any, bool) {
			v, ok := plan.Flags[flag]
			return v, ok
		})
		if err != nil {
			return nil, fmt.Errorf("env %s of operation %q: %w", name, plan.Op, err)
		}
		env[name] = value
	}
	return env, nil
}

// HomeError says that the home of runs cannot be used.
type HomeError struct {
	Home string
	Err  error
}

func (e *HomeError) Error() string { return fmt.Sprintf("home of runs %s: %v", e.Home, e.Err) }

// Unwrap returns the cause.
func (e *HomeError) Unwrap() error { return e.Err }

// Hint says how to choose another.
func (e *HomeError) Hint() string { return "choose another with GUILD_HOME or --home" }

// AboutHome names the home, rather than a file in it that means nothing to anybody, in an error of its store.
func AboutHome(home string, err error) error {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return err
	}
	return &HomeError{Home: home, Err: path.Err}
}

func (r *Runner) homeError(err error) error { return AboutHome(r.Store.Home(), err) }

// about says which run an error is about, once.
func about(id run.ID, err error) error {
	prefix := fmt.Sprintf("run %s: ", id)
	if strings.HasPrefix(err.Error(), prefix) {
		return err
	}
	return fmt.Errorf("run %s: %w", id, err)
}

// gone reports whether the operation took away what guild keeps of the run.
func gone(r *store.Run) bool {
	info, err := os.Lstat(r.Path("attrs"))
	return err != nil || !info.IsDir()
}
