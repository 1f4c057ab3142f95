package batch

import (
	"context"
	"fmt"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/runner"
)

// Launcher runs staged trials somewhere else.
type Launcher interface {
	launch(ctx context.Context, c *coordinator, todo []runner.Trial) error
}

// NewLauncher finds the launcher of a name, and checks its options. nil is this machine.
func NewLauncher(r *runner.Runner, l project.Launcher) (Launcher, error) {
	switch l.Name {
	case "", "local":
		return nil, nil
	case "slurm":
		return newSlurm(r, l.Params)
	}
	return nil, fmt.Errorf("there is no launcher %q, there are local and slurm", l.Name)
}
