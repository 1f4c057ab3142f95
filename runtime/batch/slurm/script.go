package slurm

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
)

// ExitSetup is the exit code of a task that could not find out which run it is: the command was not started.
const ExitSetup = 78

// files writes the script and the list of runs to the array's folder, under names that no other submission has.
func (a Array) files() (script string, err error) {
	if err := os.MkdirAll(a.Folder, 0o777); err != nil {
		return "", fmt.Errorf("slurm: %w", err)
	}
	list := filepath.Join(a.Folder, a.Token+".runs")
	script = filepath.Join(a.Folder, a.Token+".sh")
	if err := atomicfile.Write(list, []byte(strings.Join(a.IDs, "\n")+"\n"), 0o644, atomicfile.Fast); err != nil {
		return "", fmt.Errorf("slurm: %w", err)
	}
	if err := atomicfile.Write(script, []byte(a.script(list)), 0o755, atomicfile.Fast); err != nil {
		return "", fmt.Errorf("slurm: %w", err)
	}
	return script, nil
}

// script is what each task executes, with the index of the job's first task as its argument. The run's id is data: it is read
// from the list and passed on as one word. The command replaces the shell, so that signals reach it.
//
// Slurm reads options from #SBATCH lines up to the first line that is a command: none of ours comes after a value of the user.
func (a Array) script(list string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("#!/bin/sh")
	line("# Written by guild. Slurm keeps a copy of this file when it is submitted; the list of runs is read when a task starts.")
	line("fail() {")
	line("\techo \"guild: $1\" >&2")
	line("\texit %d", ExitSetup)
	line("}")
	line("list=%s", quote(list))
	line("dir=%s", quote(a.Dir))
	line(`line=$((${1:-0} + SLURM_ARRAY_TASK_ID + 1))`)
	line(`id=$(LC_ALL=C sed -n "${line}{p;q;}" "$list") || fail "cannot read $list on this node"`)
	line(`[ -n "$id" ] || fail "$list has no line $line"`)
	line(`cd "$dir" || fail "cannot enter $dir on this node"`)
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		line("export %s=%s", name, quote(a.Env[name]))
	}
	line(`if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then`)
	line("\texec %s \"$id\"", quoteAll(a.Restart))
	line("fi")
	line("exec %s \"$id\"", quoteAll(a.Start))
	return b.String()
}

// quote always quotes: a word without quotes could be an assignment or a word of the shell's grammar.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'" }

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}
