package batch

import (
	"context"
	"fmt"
	"strings"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// launcher runs trials somewhere else.
type launcher interface {
	// ready reports, before anything is made, why nothing can be launched from here.
	ready(ctx context.Context) error
	launch(ctx context.Context, c *coordinator, todo []runner.Trial) error
}

// Launchers are the names of all launchers.
var Launchers = []string{"local", "slurm"}

// newLauncher finds the launcher of a name, and checks its options. nil is this machine.
func newLauncher(r *runner.Runner, l project.Launcher) (launcher, error) {
	switch l.Name {
	case "", "local":
		return nil, nil
	case "slurm":
		return newSlurm(r, l.Params)
	}
	return nil, fmt.Errorf("there is no launcher %q, there are %s", l.Name, strings.Join(Launchers, " and "))
}

// AttrLaunch says of a batch where its trials are run: {name, params}. Who goes on with the batch sends the rest there too.
const AttrLaunch = "launch"

func launchAttr(l project.Launcher) map[string]any {
	return map[string]any{"name": l.Name, "params": l.Params}
}

func launchOf(batch *store.Run) (project.Launcher, error) {
	v, _, err := batch.Attr(AttrLaunch)
	m, _ := v.(map[string]any)
	name, _ := m["name"].(string)
	params, _ := m["params"].(map[string]any)
	return project.Launcher{Name: name, Params: params}, err
}
