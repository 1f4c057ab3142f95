package batch

import (
	"context"
	"runtime"

	"github.com/guild-run/guild/runtime/project"
	"github.com/guild-run/guild/runtime/store"
)

// AttrStrategy says of a batch how it was to be run: by guild.toml {mode, jobs, fail_fast}, and as it was typed {typed: {jobs, needed,
// fail_on_error}}. Who goes on with it goes on so. What hooks say they are asked again.
const AttrStrategy = "strategy"

func rememberStrategy(batch *store.Run, o Options) error {
	s := o.Strategy
	if s == (project.Strategy{}) && o.Jobs == 0 && o.Needed == "" && !o.FailOnError {
		return nil
	}
	return batch.SetAttr(AttrStrategy, map[string]any{
		"mode": s.Mode, "jobs": s.Jobs, "fail_fast": s.FailFast,
		"typed": map[string]any{"jobs": o.Jobs, "needed": o.Needed, "fail_on_error": o.FailOnError},
	})
}

// recallStrategy takes what was said when the batch was made, where nothing else is said now.
func (o *Options) recallStrategy(batch *store.Run) error {
	v, _, err := batch.Attr(AttrStrategy)
	m, _ := v.(map[string]any)
	if err != nil || m == nil {
		return err
	}
	number := func(m map[string]any) int { n, _ := m["jobs"].(int64); return int(max(0, min(n, maxJobs))) }
	if o.Strategy == (project.Strategy{}) {
		o.Strategy.Mode, _ = m["mode"].(string)
		o.Strategy.Jobs = number(m)
		o.Strategy.FailFast, _ = m["fail_fast"].(bool)
	}
	typed, _ := m["typed"].(map[string]any)
	if o.Jobs == 0 {
		o.Jobs = number(typed)
	}
	if was, _ := typed["needed"].(string); o.Needed == "" && (was == "flags" || was == "source") {
		o.Needed = was
	}
	if typed["fail_on_error"] == true {
		o.FailOnError = true
	}
	return nil
}

// maxJobs bounds what is read of a batch.
const maxJobs = 1024

// choose settles how trials are run: an option that the user typed counts most, then a hook, then guild.toml.
func (c *coordinator) choose(ctx context.Context) error {
	c.strategy = c.o.Strategy
	answer, err := c.b.Strategy(ctx)
	if err != nil {
		return err
	}
	if answer != nil {
		c.strategy = *answer
	}
	if c.o.Jobs > 0 {
		c.strategy.Jobs, c.strategy.Mode = c.o.Jobs, "parallel"
	}
	c.strategy.FailFast = c.strategy.FailFast || c.o.FailOnError
	switch {
	case c.strategy.Mode == "serial" || c.strategy.Mode == "" && c.strategy.Jobs == 0:
		c.strategy.Jobs = 1
	case c.strategy.Jobs == 0:
		c.strategy.Jobs = runtime.NumCPU()
	}
	return nil
}
