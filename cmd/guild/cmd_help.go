package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// newHelp is cobra's, but for a command that there is not: that is an error, as everywhere.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use: "help [<command>...]", Short: "Help about any command", Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			about := cmd.Root()
			for _, name := range args {
				next := subcommand(about, name)
				if next == nil {
					return unknownCommand(about, name)
				}
				about = next
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

func subcommand(of *cobra.Command, name string) *cobra.Command {
	for _, c := range of.Commands() {
		if c.Name() == name || c.HasAlias(name) {
			return c
		}
	}
	return nil
}

// showUsage writes the part of a help text that is made from the command. Cobra's own calls options flags: here, flags are those of operations.
func showUsage(cmd *cobra.Command) error {
	var b strings.Builder
	if cmd.Runnable() || cmd.HasAvailableSubCommands() {
		b.WriteString("Usage:\n")
	}
	if cmd.Runnable() {
		fmt.Fprintf(&b, "  %s [<option>...]\n", strings.TrimSpace(strings.TrimSuffix(cmd.UseLine(), "[flags]")))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s <command>\n", cmd.CommandPath())
	}
	section := func(heading, text string) {
		if text = strings.TrimRight(text, "\n"); text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", heading, text)
		}
	}
	section("Aliases", aliases(cmd))
	section("Examples", cmd.Example)
	section("Commands", commandList(cmd, (*cobra.Command).IsAvailableCommand))
	section("Options", cmd.LocalFlags().FlagUsages())
	section("Global options", cmd.InheritedFlags().FlagUsages())
	section("Topics", commandList(cmd, (*cobra.Command).IsAdditionalHelpTopicCommand))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n'%s <command> --help' says more about a command.\n", cmd.CommandPath())
	}
	_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
	return err
}

func aliases(cmd *cobra.Command) string {
	if len(cmd.Aliases) == 0 {
		return ""
	}
	return "  " + strings.Join(cmd.Aliases, ", ")
}

// commandList has a line for each command below another that is wanted.
func commandList(of *cobra.Command, wanted func(*cobra.Command) bool) string {
	var b strings.Builder
	for _, c := range of.Commands() {
		if wanted(c) {
			fmt.Fprintf(&b, "  %-*s  %s\n", of.NamePadding(), c.Name(), c.Short)
		}
	}
	return b.String()
}
