package slurm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Find returns the jobs of a submission that Slurm still knows, by the token of its Array, in order of First: what a coordinator
// has submitted that did not live to record their ids. A job all of whose tasks ended longer than MinJobAge ago is not found.
func (c *Client) Find(ctx context.Context, token string) ([]Job, error) {
	if !validToken(token) {
		return nil, fmt.Errorf("slurm: %q cannot name a submission", token)
	}
	jobs, err := retry(ctx, c.Patience, func() ([]Job, error) { return c.find(ctx, token) })
	if err != nil {
		return nil, fmt.Errorf("slurm: find %s: %w", token, err)
	}
	return jobs, nil
}

func (c *Client) find(ctx context.Context, token string) ([]Job, error) {
	out, err := c.call(ctx, "squeue", "--noheader", "--me", "--states=all", "--Format=ArrayJobID:|,Comment:|")
	if err != nil {
		return nil, err
	}
	return parseFound(out, token), nil
}

// comment marks a job as part of a submission.
func comment(token string, part Job) string {
	return fmt.Sprintf("guild:%s:%d+%d", token, part.First, part.Tasks)
}

// parseFound reads lines of "job id|comment|". There are some for each job; those of other jobs may have any text.
func parseFound(out, token string) []Job {
	var jobs []Job
	for line := range strings.Lines(out) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), "|")
		rest, ours := strings.CutPrefix(strings.TrimSuffix(rest, "|"), "guild:"+token+":")
		first, tasks, both := strings.Cut(rest, "+")
		if !ours || !both || !validJobID(id) {
			continue
		}
		f, err1 := strconv.ParseUint(first, 10, 32)
		n, err2 := strconv.ParseUint(tasks, 10, 32)
		j := Job{ID: id, First: int(f), Tasks: int(n)}
		if err1 == nil && err2 == nil && n > 0 && f+n <= maxTasks && !slices.Contains(jobs, j) {
			jobs = append(jobs, j)
		}
	}
	slices.SortFunc(jobs, func(a, b Job) int { return cmp.Compare(a.First, b.First) })
	return jobs
}

func validJobID(s string) bool {
	return s != "" && len(s) <= 10 && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}
