package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/guild-run/guild/abi"
	"github.com/spf13/cobra"
)

// version is set when a release is linked.
var version = ""

func newVersion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.printVersion() },
	}
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return cmd
}

func (a *app) printVersion() error {
	v, commit := buildVersion()
	if a.json {
		return a.ui.JSON(map[string]any{
			"version": v, "commit": commit, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "abi": abi.Module,
		})
	}
	if commit != "" {
		v += " (" + commit + ")"
	}
	_, err := fmt.Fprintf(a.ui.Out, "guild %s %s %s/%s %s\n", v, runtime.Version(), runtime.GOOS, runtime.GOARCH, abi.Module)
	return err
}

func buildVersion() (v, commit string) {
	v = version
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v, ""
	}
	if v == "" {
		v = info.Main.Version
	}
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			commit = s.Value[:12]
		}
	}
	return v, commit
}
