#!/bin/sh
# Builds guild and shows it: a run that hooks check, edit and let pass, and a run that a hook refuses.
set -eu
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
(cd "$root" && go build -trimpath -o bin/guild ./cmd/guild)
PATH=$root/bin:$PATH
unset GUILD_HOME
[ -d .guild ] || guild init -q

# show prints a command, what it says, and the code it ends with.
show() {
	echo "+ $1"
	code=0
	sh -c "$1" 2>&1 || code=$?
	echo "exit code $code"
}

# -y: do not ask. lr-guard lets this learning rate pass, and stamp writes into the run's copy of the script where it came from.
show 'guild run train lr=0.2 -y'
show 'head -n 6 "$(guild select --dir)/train.py"'
# This one lr-guard refuses: nothing is run, and no run is made.
show 'guild run train lr=1.5 -y'
