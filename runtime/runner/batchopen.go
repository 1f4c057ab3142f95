package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// OpenBatch opens an existing batch to go on with it. Streams are the batch's own; nil are the runner's.
func (r *Runner) OpenBatch(ctx context.Context, target *store.Run, streams *Streams) (_ *Batch, err error) {
	if target.Status() == run.Running {
		return nil, &Running{ID: target.ID}
	}
	if lock.Locked(target.Dir) { // it says which trials it had, and what became of them
		return nil, &Locked{ID: target.ID}
	}
	b := &Batch{promises: newPromises(r.Store), proto: &store.Run{ID: protoID, Dir: target.Path(protoID)}}
	if _, err := os.Lstat(b.proto.Path("manifest")); errors.Is(err, fs.ErrNotExist) && target.Status() == run.Pending {
		return nil, &HalfMade{ID: target.ID}
	}
	if err := b.read(r, target); err != nil {
		return nil, fmt.Errorf("batch %s: %w", target.ID, err)
	}
	plan := b.ownPlan()
	if plan.hooks, err = r.pinnedHooks(target, b.target); err != nil {
		return nil, fmt.Errorf("batch %s: %w", target.ID, err)
	}
	b.target.hooks = plan.hooks
	if b.s, err = r.newSession(plan, Options{Streams: streams}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.s.close()
		}
	}()
	claim, free, err := r.Store.TryClaim(claimName(plan))
	if err != nil {
		return nil, r.homeError(err)
	}
	if !free {
		return nil, &Running{ID: target.ID}
	}
	b.s.claim, b.s.run, b.s.batch, b.s.isRestart = claim, target, b, true
	b.s.seq = recorded(target)
	b.s.live.label, b.s.live.seed = b.spec.Label, b.spec.Seed
	b.s.setStatus(target.Status())
	if _, err := os.Lstat(target.Path("hooks", pinnedFile)); errors.Is(err, fs.ErrNotExist) { // killed before they were pinned
		if err := b.s.pinHooks(); err != nil {
			return nil, err
		}
	}
	if err := b.s.loadHooks(ctx)(); err != nil {
		return nil, err
	}
	if err := b.s.fire(ctx, abi.OnInit); err != nil {
		return nil, err
	}
	b.commit = vcsCommit(ctx, plan.ProjectDir)
	return b, nil
}

// HalfMade is the error of a batch whose guild was killed while it was made.
type HalfMade struct{ ID run.ID }

func (e *HalfMade) Error() string {
	return fmt.Sprintf("batch %s was not wholly made, and nothing of it was run", e.ID)
}

// Hint is advice on what to do instead.
func (e *HalfMade) Hint() string {
	return fmt.Sprintf("run it again as it was typed; 'guild runs rm %s' removes what is left of it", e.ID.Short())
}

func (b *Batch) read(r *Runner, target *store.Run) (err error) {
	if b.target, err = b.readTarget(); err != nil {
		return err
	}
	return errors.Join(b.readSpec(r, target), b.readSource())
}

// readTarget makes the plan of the trials from the run they are copies of.
func (b *Batch) readTarget() (*Plan, error) {
	op, _, err := b.proto.Attr(AttrOp)
	if err != nil {
		return nil, err
	}
	recipe, err := parseRecipe(op)
	if err != nil {
		return nil, err
	}
	ref, err := b.proto.OpRef()
	if err != nil {
		return nil, err
	}
	flags, err := b.proto.Flags()
	if err != nil {
		return nil, err
	}
	plan := &Plan{Recipe: recipe, Ref: ref, Flags: flags, SetBy: map[string]string{}}
	if typed, _, err := b.proto.Attr(AttrUserFlags); err == nil {
		if m, ok := typed.(map[string]any); ok {
			plan.Typed = run.Flags(m).Names()
		}
	}
	return plan, nil
}

// readSpec reads what was planned.
func (b *Batch) readSpec(r *Runner, target *store.Run) error {
	b.spec.ID = target.ID
	v, _, err := target.Attr(AttrBatch)
	if err != nil {
		return err
	}
	attr, _ := v.(map[string]any)
	replicates, _ := attr["replicates"].(int64)
	b.spec.Replicates, b.spec.Conditions, b.planned = int(replicates), textList(attr["conditions"]), attr["planned"] == true
	base, _ := attr["base"].(map[string]any)
	b.spec.Base, b.spec.Several = base, textList(attr["several"])
	if v, _, err = target.Attr(AttrTrials); err != nil {
		return err
	}
	if b.spec.Trials, err = parseTrials(v); err != nil {
		return err
	}
	if v, _, err = target.Attr(AttrUserFlags); err != nil {
		return err
	}
	asked, _ := v.(map[string]any)
	b.spec.Asked = asked
	if err := b.readStandIns(r, target); err != nil {
		return err
	}
	if v, _, err = target.Attr(AttrRandomSeed); err != nil {
		return err
	}
	b.spec.Seed, _ = v.(int64)
	if v, _, err = target.Attr(AttrLabel); err != nil {
		return err
	}
	b.spec.Label = text(v)
	return nil
}
