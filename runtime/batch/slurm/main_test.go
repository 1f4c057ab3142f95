package slurm_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/batch/slurm"
	"github.com/guild-run/guild/runtime/batch/slurm/slurmtest"
)

// bench is one cluster, with what tests ask of it.
type bench struct {
	*slurmtest.Cluster
	client *slurm.Client
}

func start(t *testing.T, settings ...string) *bench {
	t.Helper()
	c := slurmtest.Start(t, settings...)
	return &bench{c, &slurm.Client{Env: c.Env()}}
}

// sh is a command of a task: the run's id is $1.
func sh(script string) []string { return []string{"sh", "-c", script, "sh"} }

// array has n runs, r0 to r(n-1), in a new directory.
func array(t *testing.T, n int, script string) slurm.Array {
	dir := t.TempDir()
	a := slurm.Array{
		Name: t.Name(), Token: fmt.Sprintf("t%d", time.Now().UnixNano()), Start: sh(script), Restart: sh("echo restarted $1 $SLURM_RESTART_COUNT"),
		Dir: dir, Folder: filepath.Join(dir, "slurm"), Options: slurm.Options{Requeue: true},
	}
	for i := range n {
		a.IDs = append(a.IDs, fmt.Sprintf("r%d", i))
	}
	return a
}

func (b *bench) submit(t *testing.T, a slurm.Array) []slurm.Job {
	t.Helper()
	jobs, err := b.client.Submit(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.client.Cancel(context.Background(), jobs) })
	return jobs
}

// await polls until all tasks are as wanted, for up to limit.
func (b *bench) await(t *testing.T, jobs []slurm.Job, limit time.Duration, what string, wanted func(slurm.Task) bool) []slurm.Task {
	t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(200 * time.Millisecond) {
		tasks, err := b.client.Tasks(t.Context(), jobs...)
		if err != nil {
			t.Fatal(err)
		}
		all := len(tasks) > 0
		for _, task := range tasks {
			all = all && wanted(task)
		}
		if all {
			return tasks
		}
		if time.Now().After(end) {
			t.Fatalf("not %s after %s: %+v", what, limit, tasks)
		}
	}
}

func done(task slurm.Task) bool    { return task.State.Done() }
func running(task slurm.Task) bool { return task.State == slurm.Running }

const soon = 40 * time.Second // for what takes about a second on a machine with nothing else to do

// printed waits until the task's output has a text.
func printed(t *testing.T, path, text string) string {
	t.Helper()
	for end := time.Now().Add(soon); ; time.Sleep(50 * time.Millisecond) {
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), text) {
			return string(data)
		}
		if time.Now().After(end) {
			t.Fatalf("%s has no %q: %q, %v", path, text, data, err)
		}
	}
}

// slurm runs a command of Slurm as an administrator would.
func (b *bench) slurm(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := b.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
