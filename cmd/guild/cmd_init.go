package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newInit(a *app) *cobra.Command {
	var toml bool
	cmd := &cobra.Command{
		Use: "init [<dir>]", Short: "Make a home of runs for a project: DIR/.guild", Args: argsBetween(0, 1, "a directory"),
		RunE: func(_ *cobra.Command, args []string) error {
			return runInit(a, firstOr(args, "."), toml)
		},
	}
	cmd.Flags().BoolVar(&toml, "toml", false, "also write a guild.toml to start from")
	return cmd
}

const startingProject = `# Operations of this project: 'guild run train lr=0.2'. A script needs none: 'guild run train.py lr=0.2'.

# [operations.train]
# description = "Train the model"
# main = "train.py"

# [operations.train.flags]
# lr = { default = 0.1, type = "float", min = 0.0, help = "learning rate" }

# Hooks are WebAssembly modules in hooks/. What one may do is given here.
# [hooks.lr-guard]
# allow = []
# [hooks.lr-guard.params]
# max = 1.0
`

func runInit(a *app, dir string, toml bool) error {
	home := filepath.Join(dir, ".guild")
	made := false
	if info, err := os.Stat(home); err != nil {
		if err := os.MkdirAll(filepath.Join(home, "runs"), 0o755); err != nil {
			return fmt.Errorf("init %s: %w", dir, err)
		}
		made = true
	} else if !info.IsDir() {
		return fmt.Errorf("init %s: .guild is not a directory", dir)
	}
	if toml {
		path := filepath.Join(dir, "guild.toml")
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return fmt.Errorf("init %s: guild.toml exists already", dir)
		}
		if _, err := f.WriteString(startingProject); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		a.ui.Say("wrote %s", path)
	}
	switch elsewhere := os.Getenv("GUILD_HOME"); {
	case elsewhere != "" && !sameDir(elsewhere, home):
		a.ui.Warnf("GUILD_HOME is set: runs are kept in %s, not in %s, as long as it is", elsewhere, home)
	case made:
		a.ui.Say("runs of this project are kept in %s", home)
	case !toml:
		a.ui.Say("%s is there already", home)
	}
	return nil
}

// sameDir reports whether two paths lead to one directory.
func sameDir(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
