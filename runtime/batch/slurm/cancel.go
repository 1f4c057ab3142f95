package slurm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Cancel ends the tasks at these indexes of the array, or all of them if there are none. A command that runs gets SIGTERM, and
// SIGKILL after the cluster's KillWait. A task that has ended, or that Slurm does not know, is no error.
func (c *Client) Cancel(ctx context.Context, jobs []Job, indexes ...int) error {
	return c.cancel(ctx, jobs, indexes, len(indexes) == 0)
}

// CancelPending ends the tasks that have not started, and lets the others run.
func (c *Client) CancelPending(ctx context.Context, jobs []Job) error {
	return c.cancel(ctx, jobs, nil, true, "--state=PENDING")
}

// maxRanges bounds the words of one scancel.
const maxRanges = 200

func (c *Client) cancel(ctx context.Context, jobs []Job, indexes []int, all bool, options ...string) error {
	for _, j := range jobs {
		if !validJobID(j.ID) {
			return fmt.Errorf("slurm: %q is no job", j.ID)
		}
		words := []string{j.ID}
		if !all {
			words = j.ranges(indexes)
		}
		for chunk := range slices.Chunk(words, maxRanges) {
			_, err := c.ask(ctx, "scancel", slices.Concat(options, chunk)...)
			if err != nil && !over(err) {
				return fmt.Errorf("slurm: cancel job %s: %w", j.ID, err)
			}
		}
	}
	return nil
}

// over reports that there was nothing left to cancel.
func over(err error) bool {
	var failed *commandError
	return errors.As(err, &failed) && (strings.Contains(failed.said, "Invalid job id specified") || strings.Contains(failed.said, "already completing or completed"))
}

// ranges writes those of the indexes that are the job's, such as 12_3 and 12_[5-9].
func (j Job) ranges(indexes []int) []string {
	mine := slices.DeleteFunc(slices.Clone(indexes), func(i int) bool { return i < j.First || i >= j.First+j.Tasks })
	slices.Sort(mine)
	mine = slices.Compact(mine)
	var words []string
	for len(mine) > 0 {
		n := 1
		for n < len(mine) && mine[n] == mine[0]+n {
			n++
		}
		first, last := strconv.Itoa(mine[0]-j.First), strconv.Itoa(mine[n-1]-j.First)
		if n == 1 {
			words = append(words, j.task(mine[0]-j.First))
		} else {
			words = append(words, j.ID+"_["+first+"-"+last+"]")
		}
		mine = mine[n:]
	}
	return words
}
