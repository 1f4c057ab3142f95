package runner

import (
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// AttrJob names the job of a scheduler in which the run was started, such as "slurm:123_4".
const AttrJob = "scheduler_job"

// schedulerJob is the job that this process is part of, "" if it is in none, and whether the scheduler has started that job again.
func schedulerJob(environ []string) (job string, again bool) {
	get := func(name string) string {
		for _, kv := range slices.Backward(environ) {
			if value, ok := strings.CutPrefix(kv, name+"="); ok {
				return value
			}
		}
		return ""
	}
	id := get("SLURM_JOB_ID")
	if array, task := get("SLURM_ARRAY_JOB_ID"), get("SLURM_ARRAY_TASK_ID"); array != "" && task != "" {
		id = array + "_" + task
	}
	if id == "" {
		return "", false
	}
	count := get("SLURM_RESTART_COUNT")
	return "slurm:" + id, count != "" && count != "0"
}

// orphaned reports whether a run that says it is running on another machine is not: the scheduler has started its job again, here.
func (r *Runner) orphaned(target *store.Run) bool {
	job, again := schedulerJob(r.Environ)
	if !again || target.Status() != run.Running {
		return false
	}
	_, alive, host := target.LockPID()
	was, _, err := target.Attr(AttrJob)
	return err == nil && !alive && host != "" && text(was) == job
}
