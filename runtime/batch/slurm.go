package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/guild-run/guild/runtime/batch/slurm"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// onSlurm runs trials as the tasks of a job array. Trials are staged here, started where Slurm puts them, and watched in two ways: what a
// run says of itself, through the file system that is shared, and what Slurm says of its task.
type onSlurm struct {
	client  *slurm.Client
	options slurm.Options
	guild   string // the program, where the nodes find it
	r       *runner.Runner
}

// AttrLauncher says of a batch where its trials were sent: {name, token, jobs: [{id, first, tasks}], runs: [ids]}.
const AttrLauncher = "launcher"

const (
	firstPoll = 500 * time.Millisecond
	lastPoll  = 10 * time.Second
	// patience is how long a run may say less than Slurm: its last record may be on its way through a network file system.
	patience = 10 * time.Second
	// ending is how long tasks may take to end after they were cancelled.
	ending = 2 * time.Minute
)

func newSlurm(r *runner.Runner, params map[string]any) (launcher, error) {
	options, err := slurm.ParseOptions(params)
	if err != nil {
		return nil, err
	}
	guild, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("launcher slurm: %w", err)
	}
	return &onSlurm{client: &slurm.Client{}, options: options, guild: guild, r: r}, nil
}

// sent is a submission.
type sent struct {
	token string
	jobs  []slurm.Job
	ids   []run.ID // in the order of the tasks
}

// launch submits what is to be run, if nobody has, and follows it to the end.
func (l *onSlurm) launch(ctx context.Context, c *coordinator, todo []runner.Trial) error {
	if err := l.client.Available(ctx); err != nil {
		return fmt.Errorf("launcher slurm: %w", err)
	}
	f := &follower{l: l, c: c, open: map[run.ID]runner.Trial{}, doneAt: map[run.ID]time.Time{}, told: map[run.ID]string{}}
	for _, t := range todo {
		f.open[t.ID] = t
	}
	before, err := l.recall(ctx, c.b.Run())
	if err != nil {
		return err
	}
	fresh := slices.Clone(todo)
	if before != nil {
		f.sent = append(f.sent, *before)
		tasks, err := f.tasks(ctx)
		if err != nil {
			return err // what cannot be asked is not sent twice
		}
		fresh = slices.DeleteFunc(fresh, func(t runner.Trial) bool { task, ok := tasks[t.ID]; return ok && !task.State.Done() })
	}
	staged, err := f.stage(ctx, fresh)
	if err != nil {
		return err
	}
	if len(staged) > 0 && ctx.Err() == nil {
		s, err := l.submit(ctx, c, staged)
		if s != nil {
			f.sent = append(f.sent, *s)
		}
		if err != nil {
			return errors.Join(err, f.cancel(ctx))
		}
	}
	return f.follow(ctx)
}

// submit records what is about to be sent before it is: a coordinator that dies finds it again by the token.
func (l *onSlurm) submit(ctx context.Context, c *coordinator, ids []run.ID) (*sent, error) {
	batch := c.b.Run()
	s := &sent{token: string(run.NewID()), ids: ids}
	if err := batch.SetAttr(AttrLauncher, s.attr()); err != nil {
		return nil, err
	}
	if err := batch.Sync(); err != nil {
		return nil, err
	}
	base := []string{l.guild, "--home", l.r.Store.Home(), "run", "--yes"}
	array := slurm.Array{
		Name: c.b.Op(), Token: s.token, Dir: l.r.Dir, Folder: batch.Path("slurm"), Options: l.options,
		Start: append(slices.Clone(base), "--start"), Restart: append(slices.Clone(base), "--restart"),
	}
	for _, id := range ids {
		array.IDs = append(array.IDs, string(id))
	}
	var err error
	s.jobs, err = l.client.Submit(ctx, array)
	if len(s.jobs) > 0 {
		err = errors.Join(err, batch.SetAttr(AttrLauncher, s.attr()))
	}
	return s, err
}

func (s *sent) attr() map[string]any {
	jobs, ids := []any{}, []any{}
	for _, j := range s.jobs {
		jobs = append(jobs, map[string]any{"id": j.ID, "first": j.First, "tasks": j.Tasks})
	}
	for _, id := range s.ids {
		ids = append(ids, string(id))
	}
	return map[string]any{"name": "slurm", "token": s.token, "jobs": jobs, "runs": ids}
}

// recall finds what a coordinator before this one has sent.
func (l *onSlurm) recall(ctx context.Context, batch *store.Run) (*sent, error) {
	v, ok, err := batch.Attr(AttrLauncher)
	if err != nil || !ok {
		return nil, err
	}
	m, _ := v.(map[string]any)
	s := &sent{}
	s.token, _ = m["token"].(string)
	runs, _ := m["runs"].([]any)
	for _, e := range runs {
		text, _ := e.(string)
		id, err := run.ParseID(text)
		if err != nil {
			return nil, fmt.Errorf("batch %s: attribute %q: %w", batch.ID, AttrLauncher, err)
		}
		s.ids = append(s.ids, id)
	}
	jobs, _ := m["jobs"].([]any)
	for _, e := range jobs {
		j, _ := e.(map[string]any)
		id, _ := j["id"].(string)
		first, _ := j["first"].(int64)
		tasks, _ := j["tasks"].(int64)
		if first < 0 || tasks < 0 || first+tasks > int64(len(s.ids)) {
			return nil, fmt.Errorf("batch %s: attribute %q: a job has tasks that are no runs", batch.ID, AttrLauncher)
		}
		s.jobs = append(s.jobs, slurm.Job{ID: id, First: int(first), Tasks: int(tasks)})
	}
	if len(s.jobs) == 0 && s.token != "" {
		if s.jobs, err = l.client.Find(ctx, s.token); err != nil {
			return nil, err
		}
	}
	if len(s.jobs) == 0 {
		return nil, nil
	}
	return s, nil
}

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

// stage prepares trials here. Those that cannot be are results.
func (f *follower) stage(ctx context.Context, todo []runner.Trial) ([]run.ID, error) {
	c := f.c
	var staged []run.ID
	rest := c.o.StageTrials
	c.o.StageTrials = true
	defer func() { c.o.StageTrials = rest }()
	for _, t := range todo {
		if ctx.Err() != nil {
			break
		}
		there, err := c.r.Store.Run(t.ID)
		if err == nil && there.Status() != run.Pending { // staged before, or to be restarted
			staged = append(staged, t.ID)
			continue
		}
		r := c.trial(ctx, t, 2, &impatience{})
		if r.Status == run.Staged && r.Error == "" {
			staged = append(staged, t.ID)
			continue
		}
		if err := f.end(ctx, r); err != nil {
			return nil, err
		}
	}
	return staged, nil
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
		if !wait(ctx, pause, cancelled) {
			continue
		}
	}
	return nil
}

// wait waits; a context that is done ends it, unless that is known.
func wait(ctx context.Context, d time.Duration, known bool) bool {
	if known {
		time.Sleep(d)
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
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

// judge decides whether a trial has ended. A run that says it is completed is; one that ended otherwise may be started again by Slurm, as
// long as that has not ended the task; and one that says less than Slurm is given time, and then the truth is written for it.
func (f *follower) judge(t runner.Trial, task slurm.Task) (runner.Result, bool, error) {
	r := runner.Result{Trial: t}
	target, err := f.c.r.Store.Run(t.ID)
	if err != nil {
		r.Error = "its run is gone"
		return r, true, nil
	}
	r.Run, r.Status = target, target.Status()
	switch {
	case r.Status == run.Completed:
		return r, true, nil
	case !task.State.Done():
		f.tell(t, task)
		delete(f.doneAt, t.ID)
		return r, false, nil
	case r.Status.Final():
		return r, true, nil
	}
	since, seen := f.doneAt[t.ID]
	if !seen {
		f.doneAt[t.ID] = time.Now()
		return r, false, nil
	}
	if time.Since(since) < patience && task.State != slurm.Cancelled {
		return r, false, nil
	}
	why := "slurm: " + string(task.State)
	if r.Status == run.Running {
		if err := f.c.b.Abandon(target, lost(task), why); err != nil {
			return r, false, err
		}
		r.Status = target.Status()
	}
	r.Error = why // a run that never began stays what it is: staged
	return r, true, nil
}

// stuck are reasons of Slurm for a wait that does not end by itself.
var stuck = []string{"PartitionConfig", "PartitionNodeLimit", "PartitionTimeLimit", "PartitionDown", "PartitionInactive", "ReqNodeNotAvail", "BadConstraints", "AssocMaxJobsLimit"}

// tell says, once, that a task waits for somebody.
func (f *follower) tell(t runner.Trial, task slurm.Task) {
	waits := task.State == slurm.Held || task.State == slurm.Unknown || task.State == slurm.Pending && slices.Contains(stuck, task.Reason)
	if why := string(task.State) + ", " + task.Reason; waits && f.told[t.ID] != why {
		f.told[t.ID] = why
		f.c.r.Report.Warn(fmt.Sprintf("trial %d: job %s is %s", t.Index+1, task.JobID, why))
	}
}

// lost is the exit status of a run that could not write its own: what was done to its task, or 0 for not known.
func lost(task slurm.Task) int {
	const sigterm, sigkill = -15, -9
	switch task.State {
	case slurm.Cancelled, slurm.TimedOut, slurm.Preempted:
		return sigterm
	case slurm.OutOfMemory:
		return sigkill
	}
	return 0
}
