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

// ready asks the cluster.
func (l *onSlurm) ready(ctx context.Context) error { return l.client.Available(ctx) }

// launch submits what is to be run, if nobody has, and follows it to the end.
func (l *onSlurm) launch(ctx context.Context, c *coordinator, todo []runner.Trial) error {
	f := &follower{l: l, c: c, open: map[run.ID]runner.Trial{}, doneAt: map[run.ID]time.Time{}, told: map[run.ID]string{}}
	for _, t := range todo {
		f.open[t.ID] = t
	}
	before, err := l.recall(ctx, c.b)
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
func (l *onSlurm) recall(ctx context.Context, b *runner.Batch) (*sent, error) {
	batch := b.Run()
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
		s.ids = append(s.ids, b.Current(id))
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

// judge decides whether a trial has ended. A run that says it is completed is; one that ended otherwise may be started again by Slurm, as
// long as that has not ended the task; and one that says less than Slurm is given time, and then the truth is written for it.
func (f *follower) judge(t runner.Trial, task slurm.Task) (runner.Result, bool, error) {
	r := runner.Result{Trial: t}
	target, err := f.c.r.Store.Run(f.c.b.Current(t.ID))
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
		f.c.streams().Report.Warn(fmt.Sprintf("trial %d: job %s is %s", t.Index+1, task.JobID, why))
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
