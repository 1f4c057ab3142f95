package slurm

import (
	"os"
	"slices"
	"strings"
)

// kept are the only SLURM_ variables that the commands get: where the cluster is and who asks.
var kept = []string{"SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT"}

// dropped would make sbatch wait, or submit something else than guild wants, or speak another language.
var dropped = []string{"SBATCH_WAIT", "SBATCH_WAIT_ALL_NODES", "SBATCH_ARRAY_INX", "SBATCH_EXPORT", "SBATCH_CLUSTERS", "SBATCH_TEST_ONLY", "LC_ALL"}

// environ is the environment of the commands, and through sbatch of the tasks.
//
// When guild itself runs in a job, that job's SLURM_ variables must not reach the tasks: SLURM_RESTART_COUNT, which Slurm sets
// only in jobs that it has requeued, would make each of them a restart. SQUEUE_, SCONTROL_ and SCANCEL_ variables filter and
// rearrange what the commands print. The user's SBATCH_ variables, such as SBATCH_ACCOUNT, stay.
func (c *Client) environ(command string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		for _, prefix := range []string{"SLURM_", "SQUEUE_", "SCONTROL_", "SCANCEL_"} {
			if strings.HasPrefix(name, prefix) {
				return !slices.Contains(kept, name)
			}
		}
		return slices.Contains(dropped, name)
	})
	env = append(env, "LC_ALL=C")
	if command == "squeue" {
		env = append(env, "SLURM_BITSTR_LEN=0") // else it cuts a list of indexes after 64 characters, and says nothing of the tasks in the rest
	}
	return append(env, c.Env...)
}
