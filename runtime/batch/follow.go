package batch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/guild-run/guild/runtime/batch/slurm"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
)

// follower watches what was sent until all of it has ended.
type follower struct {
	l      *onSlurm
	c      *coordinator
	sent   []sent
	open   map[run.ID]runner.Trial // trials without a result
	told   map[run.ID]string       // what the user was told of a task that waits for somebody
	doneAt map[run.ID]time.Time    // when Slurm was first seen to be done with a task whose run is not
}

// tasks asks what all tasks do. A later submission says more of a run than an earlier one.
func (f *follower) tasks(ctx context.Context) (map[run.ID]slurm.Task, error) {
	tasks := map[run.ID]slurm.Task{}
	for _, s := range f.sent {
		list, err := f.l.client.Tasks(ctx, s.jobs...)
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			if t.Index < len(s.ids) {
				tasks[s.ids[t.Index]] = t
			}
		}
	}
	return tasks, nil
}

// stage prepares trials here. Those that cannot be are results; those that an interruption left out are skipped.
func (f *follower) stage(ctx context.Context, todo []runner.Trial) ([]run.ID, error) {
	c := f.c
	var staged []run.ID
	var left []runner.Trial
	before := c.o.StageTrials
	c.o.StageTrials = true
	defer func() { c.o.StageTrials = before }()
	for _, t := range todo {
		if ctx.Err() != nil {
			left = append(left, t)
			continue
		}
		there, err := c.r.Store.Run(t.ID)
		if err == nil && there.Status() != run.Pending { // staged before, or to be restarted
			staged = append(staged, t.ID)
			continue
		}
		r := c.trial(ctx, t, 2, &impatience{})
		switch {
		case r.Skipped == stopped:
			left = append(left, t)
		case r.Status == run.Staged && r.Error == "":
			staged = append(staged, t.ID)
		default:
			if err := f.end(ctx, r); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range left {
		delete(f.open, t.ID)
	}
	return staged, c.skip(ctx, left)
}

// end takes note of a result.
func (f *follower) end(ctx context.Context, r runner.Result) error {
	delete(f.open, r.ID)
	f.c.o.Monitor.Ended(r)
	return f.c.ended(ctx, r)
}

func (f *follower) follow(ctx context.Context) error {
	pause := firstPoll
	cancelled := false
	var deadline time.Time
	for len(f.open) > 0 {
		if !cancelled && (ctx.Err() != nil || f.c.stopped != "") {
			cancelled, deadline, pause = true, time.Now().Add(ending), firstPoll
			if err := f.cancel(ctx); err != nil {
				return err
			}
		}
		n := len(f.open)
		if err := f.look(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		if len(f.open) == 0 {
			break
		}
		if cancelled && time.Now().After(deadline) {
			return fmt.Errorf("launcher slurm: %d tasks were cancelled and have not ended", len(f.open))
		}
		if n == len(f.open) {
			pause = min(pause*3/2, lastPoll)
		} else {
			pause = firstPoll
		}
		wait(ctx, pause, cancelled)
	}
	return nil
}

// wait waits; a context that is done ends it, unless that is known.
func wait(ctx context.Context, d time.Duration, known bool) {
	if known {
		time.Sleep(d)
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// cancel ends all tasks: those that wait when the batch was stopped by a trial, all when it was interrupted.
func (f *follower) cancel(ctx context.Context) error {
	all := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	for _, s := range f.sent {
		cancel := f.l.client.CancelPending
		if all {
			cancel = func(ctx context.Context, jobs []slurm.Job) error { return f.l.client.Cancel(ctx, jobs) }
		}
		if err := cancel(ctx, s.jobs); err != nil {
			return err
		}
	}
	return nil
}

// look finds out which trials have ended since the last look.
func (f *follower) look(ctx context.Context) error {
	tasks, err := f.tasks(ctx)
	if err == nil {
		err = f.c.b.Refresh()
	}
	if err != nil {
		return err
	}
	for _, id := range f.ordered() {
		task, sent := tasks[id]
		if !sent {
			task = slurm.Task{State: slurm.Gone}
		}
		r, ended, err := f.judge(f.open[id], task)
		if err != nil {
			return err
		}
		if ended {
			if err := f.end(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *follower) ordered() []run.ID {
	ids := make([]run.ID, 0, len(f.open))
	for id := range f.open {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b run.ID) int { return f.open[a].Index - f.open[b].Index })
	return ids
}
