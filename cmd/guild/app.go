package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// app has what all commands share.
type app struct {
	ui      *ui.UI
	home    string // option -H
	json    bool   // option --json
	signals chan os.Signal
	orderly atomic.Bool // a signal is to end what is going on, not the process
}

// homeDir finds the home of runs: option -H, GUILD_HOME, the nearest .guild upward, ~/.guild.
func (a *app) homeDir() (string, error) {
	if a.home != "" {
		return filepath.Abs(a.home)
	}
	if env := os.Getenv("GUILD_HOME"); env != "" {
		return filepath.Abs(env)
	}
	dir, err := workingDir()
	if err != nil {
		return "", err
	}
	for {
		candidate := filepath.Join(dir, ".guild")
		// A run directory has a .guild too: one with an opref is a run, not a home.
		if info, err := os.Stat(candidate); err == nil && info.IsDir() && !exists(filepath.Join(candidate, "opref")) {
			return candidate, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", &hintError{error: fmt.Errorf("home of runs: %w", err), hint: "choose one with GUILD_HOME or --home"}
	}
	return filepath.Join(user, ".guild"), nil
}

// workingDir is the working directory by its own name, without the links that led to it: whichever way one comes to a project, it is the
// same one, with the same runs.
func workingDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if physical, err := filepath.EvalSymlinks(dir); err == nil {
		return physical, nil
	}
	return dir, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (a *app) store() (*store.Store, error) {
	home, err := a.homeDir()
	if err != nil {
		return nil, err
	}
	return store.Open(home), nil
}

func (a *app) project() (*project.Project, error) {
	dir, err := workingDir()
	if err != nil {
		return nil, err
	}
	if root, ok := project.Find(dir); ok {
		dir = root
	}
	return project.Load(dir)
}

func (a *app) runner() (*runner.Runner, error) {
	st, err := a.store()
	if err != nil {
		return nil, err
	}
	proj, err := a.project()
	if err != nil {
		return nil, err
	}
	dir, err := workingDir()
	if err != nil {
		return nil, err
	}
	return &runner.Runner{
		Store: st, Project: proj, Dir: dir, Environ: os.Environ(),
		Streams:     runner.Streams{Report: reporter{a.ui}, Stdin: a.ui.In, Stdout: a.ui.Out, Stderr: a.ui.Err, Signals: a.signals},
		SystemHooks: systemHooks, UserHooks: userHooks(), CacheDir: cacheDir(), Now: time.Now,
	}, nil
}

// systemHooks is the file of hooks that hold for every project of this machine. Nothing but a linker can name another: a user who could
// would not be bound by it.
var systemHooks = "/etc/guild/hooks.toml"

// userHooks is the file of hooks that hold for every project of this user.
func userHooks() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "guild", "hooks.toml")
}

// cacheDir is where compiled hooks are kept; without one they are compiled each time.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "guild", "wasm")
}
