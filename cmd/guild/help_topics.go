package main

import "github.com/spf13/cobra"

// helpTopics are pages of help that are about no command: 'guild help exit-codes'.
func helpTopics() []*cobra.Command {
	return []*cobra.Command{
		{
			Use: "exit-codes", Short: "What the exit codes mean",
			Long: `Exit codes:

  0      done; also a run that was not needed
  1      guild failed; 'runs verify', 'runs diff', 'hooks replay': something differs
  2      the command line is wrong
  3      'runs verify': not locked
  125    a hook refused
  126    the program cannot be executed
  127    the program is not there
  128+n  ended by signal n: 130 is Ctrl-C, 143 SIGTERM

'guild run' passes any other code of the operation through.`,
		},
		{
			Use: "environment", Short: "Which variables guild reads and sets",
			Long: `Variables that guild reads:

  GUILD_HOME                where runs are kept; otherwise the nearest .guild upward, then ~/.guild. --home wins
  NO_COLOR, CLICOLOR_FORCE  no colour; colour also where there is no terminal
  XDG_CACHE_HOME            compiled hooks are kept in guild/ there; otherwise in ~/.cache
  XDG_CONFIG_HOME           guild/hooks.toml there has the hooks of a user; otherwise in ~/.config
  SSH_AUTH_SOCK             the agent whose keys sign locks

Variables that an operation finds:

  RUN_DIR, RUN_ID           its run
  GUILD_OP, PROJECT_DIR     the operation, and where it comes from
  CMD_DIR                   the directory in which 'guild run' was typed
  GUILD_HOME                the home of the run
  FLAG_LR                   the value of flag lr, and so for each flag`,
		},
		{
			Use: "run-names", Short: "How a run is named in a command",
			Long: `A run is named by

  4f1c    its id or the start of it, if no other run's id starts so
  1       its place in the list of 'guild runs': 1 is the newest run
  2:4     places from 2 to 4; ':' is all runs, '2:' all but the newest
  ./dir   its directory (a path that starts with . or /), where one run is wanted

A number that is a place in the list is no id. Places change with every new run: ids are for scripts.`,
		},
	}
}
