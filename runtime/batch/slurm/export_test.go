package slurm

import "context"

// For tests of package slurm_test.
var (
	ParseTasks      = parseTasks
	ParseArrayTasks = parseArrayTasks
	Complaint       = complaint
	EachIndex       = eachIndex
)

func (j Job) Ranges(indexes []int) []string { return j.ranges(indexes) }

func (a Array) Arguments(part Job) []string { return a.arguments(part, false) }

func (a Array) Script(list string) string { return a.script(list) }

// SubmitAll is Submit without asking first how large an array may be.
func (c *Client) SubmitAll(ctx context.Context, a Array) (Job, error) {
	script, err := a.files()
	if err != nil {
		return Job{}, err
	}
	part := Job{Tasks: len(a.IDs)}
	part.ID, err = c.submitPart(ctx, a, part, script)
	return part, err
}

// ParseFound returns the candidates' jobs, and which of them are further tries.
func ParseFound(out, token string) (jobs []Job, again []bool) {
	for _, c := range parseFound(out, token) {
		jobs, again = append(jobs, c.Job), append(again, c.again)
	}
	return jobs, again
}
