package slurm

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// warn is how long before the time limit the command gets SIGTERM; Slurm may be up to half a minute early.
	warn      = 30 * time.Second
	warnShort = 5 * time.Second
	// shortLimit is a time limit of which warn would take too much.
	shortLimit = 5 * time.Minute
	// lookAgain is how long Submit looks for what it has submitted when it is told to stop.
	lookAgain = 10 * time.Second
)

// Submit submits the array, as one job or as several if Slurm does not take so many tasks in one. It returns the jobs that
// were submitted also beside an error, so that the caller can cancel or follow them.
func (c *Client) Submit(ctx context.Context, a Array) ([]Job, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	most, err := c.arrayTasks(ctx)
	if err != nil {
		return nil, fmt.Errorf("slurm: %w", err)
	}
	script, err := a.files()
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for first := 0; first < len(a.IDs); first += most {
		part := Job{First: first, Tasks: min(most, len(a.IDs)-first)}
		var more []string
		if a.Options.ArrayLimit > 0 && len(jobs) > 0 {
			// The limit is one of each job: together they keep it only one after the other.
			more = []string{"--dependency=afterany:" + jobs[len(jobs)-1].ID}
		}
		part.ID, err = c.submitPart(ctx, a, part, script, more...)
		if err != nil {
			if ctx.Err() != nil {
				jobs = c.lost(ctx, a.Token, jobs)
			}
			return jobs, fmt.Errorf("slurm: submit %d runs: %w", len(a.IDs), err)
		}
		jobs = append(jobs, part)
	}
	return jobs, nil
}

// submitPart tries until the controller answers. An sbatch that got no answer may have submitted the job all the same, now or when
// the controller comes to it: each further try begins with a look for it, is submitted on hold, and is settled with what else is there.
func (c *Client) submitPart(ctx context.Context, a Array, part Job, script string, more ...string) (string, error) {
	again := false
	return retry(ctx, c.Patience, func() (string, error) {
		if again {
			if id, err := c.settled(ctx, a.Token, part); id != "" || err != nil {
				return id, err
			}
		}
		args := slices.Concat(a.arguments(part, again), more, []string{script, strconv.Itoa(part.First)})
		was := again
		again = true
		out, err := c.call(ctx, "sbatch", args...)
		if err != nil {
			return "", err
		}
		id, cluster, _ := strings.Cut(strings.TrimSpace(out), ";")
		if !validJobID(id) {
			return "", fmt.Errorf("sbatch answered %.100q, which is no job id", out)
		}
		if cluster != "" {
			return id, errors.New("sbatch submitted job " + id + " to another cluster, which guild does not follow")
		}
		if !was {
			return id, nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return "", err
		}
		return c.settled(ctx, a.Token, part)
	})
}

// settled returns the id of the part's job, or "" if there is none.
func (c *Client) settled(ctx context.Context, token string, part Job) (string, error) {
	jobs, err := c.settle(ctx, token)
	for _, j := range jobs {
		if j.First == part.First {
			return j.ID, nil
		}
	}
	return "", err
}

// lost looks, when the caller gave up, for a job whose sbatch had no time to tell its id.
func (c *Client) lost(ctx context.Context, token string, jobs []Job) []Job {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookAgain)
	defer cancel()
	found, err := c.settle(ctx, token)
	if err != nil || len(found) < len(jobs) {
		return jobs
	}
	return found
}

// arguments are the options of sbatch for one job. Those of the user that guild does not know come last and cannot be ours.
func (a Array) arguments(part Job, again bool) []string {
	array := fmt.Sprintf("--array=0-%d", part.Tasks-1)
	o := a.Options
	if o.ArrayLimit > 0 {
		array += "%" + strconv.Itoa(o.ArrayLimit)
	}
	before := warn
	if 0 < o.Time && o.Time < shortLimit {
		before = warnShort
	}
	args := []string{
		"--parsable", array, "--job-name=" + a.jobName(), "--comment=" + comment(a.Token, part, again), "--chdir=" + a.Dir,
		"--output=" + strings.ReplaceAll(filepath.Join(a.Folder, "slurm-"), "%", "%%") + "%A_%a.out", "--open-mode=append", "--export=ALL",
		fmt.Sprintf("--signal=B:TERM@%d", int(before.Seconds())),
	}
	if o.Requeue {
		args = append(args, "--requeue")
	} else {
		args = append(args, "--no-requeue")
	}
	if again {
		args = append(args, "--hold")
	}
	option := func(name, value string) {
		if value != "" && value != "0" {
			args = append(args, "--"+name+"="+value)
		}
	}
	option("partition", o.Partition)
	option("account", o.Account)
	option("qos", o.QOS)
	option("constraint", o.Constraint)
	option("cpus-per-task", strconv.Itoa(o.CPUs))
	option("gres", o.GRES)
	option("mem", o.Mem)
	if o.Time != 0 {
		option("time", slurmLimit(o.Time))
	}
	return append(args, o.Extra...)
}
