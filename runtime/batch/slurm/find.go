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
// What a try that got no answer has left behind is put in order: of each part one job remains.
func (c *Client) Find(ctx context.Context, token string) ([]Job, error) {
	if !validToken(token) {
		return nil, fmt.Errorf("slurm: %q cannot name a submission", token)
	}
	jobs, err := retry(ctx, c.Patience, func() ([]Job, error) { return c.settle(ctx, token) })
	if err != nil {
		return nil, fmt.Errorf("slurm: find %s: %w", token, err)
	}
	return jobs, nil
}

// candidate is a job that carries the submission's token. A second try is submitted on hold, as the first may have come through.
type candidate struct {
	Job
	again bool
}

// settle finds the submission's jobs. Of several for the same part it keeps the first try, which may be running, and cancels the
// others, which are on hold; if there are only others, it keeps and releases one.
func (c *Client) settle(ctx context.Context, token string) ([]Job, error) {
	out, err := c.call(ctx, "squeue", "--noheader", "--me", "--states=all", "--Format=ArrayJobID:|,Comment:|")
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, f := range parseFound(out, token) {
		if n := len(jobs); n > 0 && jobs[n-1].First == f.First {
			if _, err := c.call(ctx, "scancel", "--state=PENDING", f.ID); err != nil && !over(err) {
				return nil, err
			}
			continue
		}
		if f.again {
			// One that is not on hold any more is no error of scontrol's; one that has ended is.
			if _, err := c.call(ctx, "scontrol", "release", f.ID); err != nil && !over(err) {
				return nil, err
			}
		}
		jobs = append(jobs, f.Job)
	}
	return jobs, nil
}

// comment marks a job as part of a submission.
func comment(token string, part Job, again bool) string {
	text := fmt.Sprintf("guild:%s:%d+%d", token, part.First, part.Tasks)
	if again {
		text += "+again"
	}
	return text
}

// parseFound reads lines of "job id|comment|", and sorts what it finds by part, first tries first. There are some lines for
// each job; those of other jobs may have any text.
func parseFound(out, token string) []candidate {
	var list []candidate
	for line := range strings.Lines(out) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), "|")
		rest, ours := strings.CutPrefix(strings.TrimSuffix(rest, "|"), "guild:"+token+":")
		rest, again := strings.CutSuffix(rest, "+again")
		first, tasks, both := strings.Cut(rest, "+")
		if !ours || !both || !validJobID(id) {
			continue
		}
		f, err1 := strconv.ParseUint(first, 10, 32)
		n, err2 := strconv.ParseUint(tasks, 10, 32)
		j := candidate{Job{ID: id, First: int(f), Tasks: int(n)}, again}
		if err1 == nil && err2 == nil && n > 0 && f+n <= maxTasks && !slices.Contains(list, j) {
			list = append(list, j)
		}
	}
	number := func(c candidate) int { n, _ := strconv.Atoi(c.ID); return n }
	slices.SortFunc(list, func(a, b candidate) int {
		if a.First == b.First && a.again != b.again {
			if a.again {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(number(a), number(b)))
	})
	return list
}

func validJobID(s string) bool {
	return s != "" && len(s) <= 10 && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}
