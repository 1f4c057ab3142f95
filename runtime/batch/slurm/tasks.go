package slurm

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// columns are what squeue is asked for: none has text of a user. The reason comes last, as some have spaces.
var columns = []string{"ArrayJobID", "ArrayTaskID", "State", "exit_code", "RestartCnt", "BatchHost", "Reason"}

const maxReason = 200 // bytes

// Tasks asks what became of the tasks of the jobs: one Task for each, in order of Index. Those that Slurm does not list are Gone. It
// waits, within the client's patience, for a controller that is away or being restarted.
func (c *Client) Tasks(ctx context.Context, jobs ...Job) ([]Task, error) {
	var tasks []Task
	for _, j := range jobs {
		if !validJobID(j.ID) || j.Tasks < 0 || j.Tasks > maxTasks {
			return nil, fmt.Errorf("slurm: %q with %d tasks is no job", j.ID, j.Tasks)
		}
		out, err := c.ask(ctx, "squeue", "--noheader", "--states=all", "--jobs="+j.ID, "--Format="+strings.Join(columns, ":|,")+":|")
		if err != nil && !unknownJob(err) {
			return nil, fmt.Errorf("slurm: job %s: %w", j.ID, err)
		}
		list, err := parseTasks(out, j)
		if err != nil {
			return nil, fmt.Errorf("slurm: job %s: %w", j.ID, err)
		}
		tasks = append(tasks, list...)
	}
	return tasks, nil
}

// unknownJob reports that Slurm has forgotten the job, or never knew it.
func unknownJob(err error) bool {
	var failed *commandError
	return errors.As(err, &failed) && strings.Contains(failed.said, "Invalid job id specified")
}

// parseTasks reads what squeue prints of one job: a line for each task that has started, and one for those that wait. A line that is
// not of this job's tasks is an error rather than a guess.
func parseTasks(out string, j Job) ([]Task, error) {
	tasks := make([]Task, j.Tasks)
	for i := range tasks {
		tasks[i] = Task{Index: j.First + i, State: Gone, JobID: j.task(i)}
	}
	seen := 0
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, " \n")
		if line == "" {
			continue
		}
		list, t, err := parseTask(line, j)
		if err == nil && list == "N/A" && t.State.Done() {
			continue // what waited was cancelled, and the list of what it was is lost: those tasks are Gone
		}
		if err == nil {
			err = eachIndex(list, j.Tasks, func(i int) {
				seen++
				// Between two records of a task, the one that is further along is the newer one.
				if tasks[i].State == Gone || tasks[i].State == Pending {
					t.Index, t.JobID = j.First+i, j.task(i)
					tasks[i] = t
				}
			})
		}
		if err == nil && seen > 2*j.Tasks {
			err = errors.New("more tasks than there are")
		}
		if err != nil {
			return nil, fmt.Errorf("squeue answered %.200q: %w", line, err)
		}
	}
	return tasks, nil
}

// task names the job's task i to Slurm.
func (j Job) task(i int) string { return j.ID + "_" + strconv.Itoa(i) }

// parseTask returns the list of the line's tasks and what is true of all of them.
func parseTask(line string, j Job) (list string, t Task, err error) {
	f := strings.SplitN(line, "|", len(columns))
	if len(f) != len(columns) || f[0] != j.ID {
		return "", Task{}, fmt.Errorf("not of job %s", j.ID)
	}
	restarts, err := strconv.ParseUint(f[4], 10, 31)
	if err != nil {
		return "", Task{}, fmt.Errorf("%.40q is no number of restarts", f[4])
	}
	code, signal, ok := parseExit(f[3])
	if !ok {
		return "", Task{}, fmt.Errorf("%.40q is no exit code", f[3])
	}
	t = Task{ExitCode: code, Signal: signal, Restarts: int(restarts)}
	if reason := printable(strings.TrimSuffix(f[6], "|"), maxReason); reason != "None" {
		t.Reason = reason
	}
	if node := printable(f[5], maxReason); node != "n/a" {
		t.Node = node
	}
	t.State = stateOf(f[2], t.Reason)
	if t.State == Unknown {
		t.Reason = printable(f[2], maxReason)
	}
	return f[1], t, nil
}

// parseExit reads a raw wait status, or "code:signal" as other commands of Slurm write it.
func parseExit(s string) (code, signal int, ok bool) {
	if a, b, both := strings.Cut(s, ":"); both {
		c, err1 := strconv.ParseUint(a, 10, 16)
		n, err2 := strconv.ParseUint(b, 10, 8)
		return int(c), int(n), err1 == nil && err2 == nil
	}
	status, err := strconv.ParseUint(s, 10, 32)
	return int(status>>8) & 0xff, int(status) & 0x7f, err == nil
}

// printable makes text of Slurm's fit for a terminal and an attribute: one line, bounded.
func printable(s string, most int) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || 0x7f <= r && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
