package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Planned are the trials that a batch would have: those of spec as hooks leave them. The hooks are called as they are for the batch, up to
// its plan, and see a directory that is gone afterwards; what they keep for the project they do not keep this time. Their warnings are
// shown, other talk is not.
func (r *Runner) Planned(ctx context.Context, target *Plan, spec BatchSpec) (_ []Trial, err error) {
	if spec.ID == "" {
		spec.ID = run.NewID()
	}
	b := &Batch{target: target, spec: spec, promises: newPromises(r.Store)}
	streams := r.Streams
	streams.Report = warnings{r.Report}
	if b.s, err = r.newSession(b.ownPlan(), Options{Streams: &streams}); err != nil {
		return nil, err
	}
	defer b.s.close()
	if !b.handles(abi.OnBatchPlan) {
		return spec.Trials, nil
	}
	dir, err := os.MkdirTemp("", "guild-plan-")
	if err != nil {
		return nil, fmt.Errorf("a place for the plan: %w", err)
	}
	defer os.RemoveAll(dir)
	s := b.s
	s.batch, s.preview = b, true
	if s.run, err = store.CreateDir(filepath.Join(dir, string(spec.ID)), spec.ID, s.plan.Ref, b.attrs()); err != nil {
		return nil, err
	}
	for _, event := range []abi.Event{abi.OnInit, abi.OnBatchBegin, abi.OnBatchPlan} {
		if err := s.fire(ctx, event); err != nil {
			return nil, err
		}
	}
	return b.spec.Trials, nil
}

// warnings is a reporter for what only looks: of what hooks say it tells warnings.
type warnings struct{ Reporter }

func (w warnings) Hook(name string, level int32, message string) {
	if level >= abi.LevelWarn || level == abi.LevelDebug {
		w.Reporter.Hook(name, level, message)
	}
}
