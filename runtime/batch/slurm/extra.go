package slurm

import (
	"fmt"
	"slices"
	"strings"
)

// reserved are options of sbatch that are guild's to set, or that would make sbatch do something else than submit one array.
var reserved = []string{
	"array", "batch", "chdir", "clusters", "comment", "error", "export", "export-file", "help", "hold", "input", "job-name", "no-requeue", "open-mode", "output",
	"parsable", "requeue", "signal", "test-only", "uid", "gid", "usage", "version", "wait", "workdir", "wrap",
	"partition", "account", "qos", "constraint", "time", "cpus-per-task", "gres", "mem",
}

// alike begin like a reserved option and are others.
var alike = []string{"batch-features", "gres-flags", "mem-bind", "mem-per-cpu", "mem-per-gpu", "time-min", "wait-all-nodes"}

// extra reads further options of sbatch. Only --name and --name=value are taken: a word of another form could be the name of
// the script, or make sbatch take one of ours for its value. sbatch knows options by their beginnings too.
func extra(v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok || len(list) > maxExtra {
		return nil, fmt.Errorf("want a list of options of sbatch, at most %d", maxExtra)
	}
	words := make([]string, len(list))
	for i, e := range list {
		s, _ := e.(string) // another value is not of that form either
		name, long := strings.CutPrefix(s, "--")
		name, _, _ = strings.Cut(name, "=")
		if !long || name == "" || len(s) > maxWord || strings.ContainsAny(s, "\x00\n") {
			return nil, fmt.Errorf(`%q: want "--name" or "--name=value" in one word`, fmt.Sprint(e))
		}
		for _, ours := range reserved {
			if strings.HasPrefix(ours, name) && !slices.Contains(alike, name) {
				return nil, fmt.Errorf("%q: guild itself sets --%s of sbatch", s, ours)
			}
		}
		words[i] = s
	}
	return words, nil
}
