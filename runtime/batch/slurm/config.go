package slurm

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// Available reports, in one line, why no array can be submitted from here: a command is missing, or the controller does not answer.
// It asks once.
func (c *Client) Available(ctx context.Context) error {
	for _, command := range []string{"sbatch", "squeue", "scontrol", "scancel"} {
		if _, err := exec.LookPath(command); err != nil {
			return fmt.Errorf("slurm: %s is not on PATH: this is not a machine that submits to a cluster", command)
		}
	}
	if _, err := c.call(ctx, "scontrol", "show", "config"); err != nil {
		return fmt.Errorf("slurm: the cluster does not answer: %w", err)
	}
	return nil
}

// defaultArrayTasks is Slurm's own default of MaxArraySize.
const defaultArrayTasks = 1001

// arrayTasks asks how many tasks one array may have.
func (c *Client) arrayTasks(ctx context.Context) (int, error) {
	out, err := c.ask(ctx, "scontrol", "show", "config")
	if err != nil {
		return 0, err
	}
	most := parseArrayTasks(out)
	if most == 0 {
		return 0, fmt.Errorf("the cluster takes no job arrays (MaxArraySize is 0)")
	}
	return most, nil
}

// parseArrayTasks reads `scontrol show config`. MaxArraySize is the largest index and one more; max_array_tasks, one of the
// SchedulerParameters, may be lower.
func parseArrayTasks(config string) int {
	size, limit := uint64(defaultArrayTasks), uint64(maxTasks)
	for line := range strings.Lines(config) {
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "MaxArraySize":
			if n, err := strconv.ParseUint(value, 10, 31); err == nil {
				size = n
			}
		case "SchedulerParameters":
			for p := range strings.SplitSeq(value, ",") {
				text, ours := strings.CutPrefix(p, "max_array_tasks=")
				if n, err := strconv.ParseUint(text, 10, 31); ours && err == nil && n > 0 {
					limit = min(limit, n)
				}
			}
		}
	}
	return int(min(size, limit))
}
