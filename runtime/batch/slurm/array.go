package slurm

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// Array is a list of runs to be run, each by one task.
type Array struct {
	// Name is shown by squeue; what is not a letter, a digit, a point, "_" or "-" becomes "_".
	Name string
	// Token names this submission: 1 to 64 letters, digits and "-". Two submissions never share one. Find finds by it what a
	// coordinator submitted before it died.
	Token string
	// IDs are the runs; task i is the run IDs[i].
	IDs []string
	// Start and Restart are the command's words; the run's id follows as the last word. Restart is used when Slurm starts a task
	// again: after preemption, node failure or scontrol requeue. It must cope with a run that never began.
	Start, Restart []string
	// Env is exported to the command, beside what the environment of sbatch has.
	Env map[string]string
	// Dir is where the command runs, on the node.
	Dir string
	// Folder keeps the script, the list of runs and what the tasks print. It must be visible to the nodes, and is made if missing.
	Folder  string
	Options Options
}

// Job is one of the job arrays that run an Array; there are several if Slurm does not take so many tasks in one.
type Job struct {
	// ID is Slurm's number of the array.
	ID string `json:"id"`
	// First is the index of its task 0, and Tasks how many it has.
	First int `json:"first"`
	Tasks int `json:"tasks"`
}

// Output is the file that Slurm and the task at index write to; guild's own record of the run's output is elsewhere.
func (a Array) Output(j Job, index int) string {
	return filepath.Join(a.Folder, fmt.Sprintf("slurm-%s_%d.out", j.ID, index-j.First))
}

const maxTasks = 1_000_000

func (a Array) check() error {
	switch {
	case len(a.IDs) == 0:
		return fmt.Errorf("slurm: a job array without runs")
	case len(a.IDs) > maxTasks:
		return fmt.Errorf("slurm: %d runs, the limit is %d", len(a.IDs), maxTasks)
	case !validToken(a.Token):
		return fmt.Errorf("slurm: %q cannot name a submission", a.Token)
	case len(a.Start) == 0 || len(a.Restart) == 0:
		return fmt.Errorf("slurm: a job array needs commands to start and to restart a run")
	}
	for what, path := range map[string]string{"directory": a.Dir, "folder": a.Folder} {
		if err := checkPath(what, path); err != nil {
			return err
		}
	}
	for _, id := range a.IDs {
		if _, err := run.ParseID(id); err != nil {
			return fmt.Errorf("slurm: %w", err)
		}
	}
	for name, value := range a.Env {
		if !validName(name) || strings.Contains(value, "\x00") {
			return fmt.Errorf("slurm: cannot export the variable %q", name)
		}
	}
	for _, word := range slices.Concat(a.Start, a.Restart) {
		if strings.Contains(word, "\x00") {
			return fmt.Errorf("slurm: a word of the command has a NUL byte: %q", word)
		}
	}
	return nil
}

// checkPath refuses what Slurm cannot be told: a backslash in the name of an output file switches off all %-signs in it.
func checkPath(what, path string) error {
	if !filepath.IsAbs(path) || strings.ContainsAny(path, "\x00\\") {
		return fmt.Errorf("slurm: %s %q: want an absolute path without backslashes", what, path)
	}
	return nil
}

func validToken(s string) bool {
	return s != "" && len(s) <= 64 && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) || r == '.' || r == '_' })
}

func validName(s string) bool {
	return s != "" && (s[0] < '0' || s[0] > '9') && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) || r == '.' || r == '-' })
}

// plain reports a letter, a digit, a point, "_" or "-".
func plain(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r)
}

// jobName is a.Name as Slurm takes it.
func (a Array) jobName() string {
	name := strings.Map(func(r rune) rune {
		if plain(r) {
			return r
		}
		return '_'
	}, a.Name)
	return "guild-" + name[:min(len(name), 64)]
}
