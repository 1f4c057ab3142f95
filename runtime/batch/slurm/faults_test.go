package slurm_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/batch/slurm"
)

// The coordinator itself runs in a job that was requeued, in an environment that changes what commands do.
func TestFromWithinAJob(t *testing.T) {
	b := start(t, "MaxArraySize=4")
	for name, value := range map[string]string{
		"SLURM_RESTART_COUNT": "1", "SLURM_MEM_PER_NODE": "7", "SBATCH_WAIT": "1", "SQUEUE_STATES": "PENDING", "SQUEUE_FORMAT2": "JobID", "SLURM_CLUSTERS": "x",
		"SBATCH_EXPORT": "NONE", "SBATCH_ARRAY_INX": "0-3", "SBATCH_TIMELIMIT": "7", "SCANCEL_STATE": "SUSPENDED", "MARK": "m",
	} {
		t.Setenv(name, value)
	}
	a := array(t, 6, `echo "first $1 $MARK $SLURM_RESTART_COUNT $SLURM_MEM_PER_NODE"`)
	a.Restart = sh("echo again")
	jobs := b.submit(t, a)
	// Slurm takes four tasks in one array here.
	if len(jobs) != 2 || jobs[0].First != 0 || jobs[0].Tasks != 4 || jobs[1].First != 4 || jobs[1].Tasks != 2 {
		t.Fatalf("%+v", jobs)
	}
	for i, task := range b.await(t, jobs, soon, "done", done) {
		j := jobs[i/4]
		if got, want := printed(t, a.Output(j, i), "\n"), "first "+a.IDs[i]+" m  \n"; got != want || task.Index != i || task.State != slurm.Completed {
			t.Errorf("%+v: got %q, want %q", task, got, want)
		}
	}
	limit := b.slurm(t, "squeue", "--noheader", "--states=all", "--jobs="+jobs[1].ID, "--Format=TimeLimit")
	if !slices.Equal(strings.Fields(limit), []string{"7:00", "7:00"}) {
		t.Errorf("the user's SBATCH_ variables are not kept: %q", limit)
	}
	if got, err := b.client.Find(t.Context(), a.Token); err != nil || !slices.Equal(got, jobs) {
		t.Errorf("got %+v, %v; want %+v", got, err, jobs)
	}

	a = array(t, 6, patient)
	a.Options.ArrayLimit = 1
	jobs = b.submit(t, a)
	// The second job waits for the first: side by side they would run two at a time.
	b.await(t, jobs, soon, "running, or waiting for another job", func(task slurm.Task) bool {
		return task.Index == 0 && running(task) || 0 < task.Index && task.Index < 4 || task.State == slurm.Pending && task.Reason == "Dependency"
	})
	if err := b.client.Cancel(t.Context(), jobs, 5, 2, 3); err != nil {
		t.Fatal(err)
	}
	tasks, err := b.client.Tasks(t.Context(), jobs...)
	if err != nil {
		t.Fatal(err)
	}
	for i, task := range tasks {
		if cancelled := i == 2 || i == 3 || i == 5; cancelled != task.State.Done() {
			t.Errorf("%+v", task)
		}
	}
}

// The controller is stopped and comes back while tasks run and wait.
func TestControllerRestarts(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := array(t, 4, `while [ ! -e go ]; do sleep 0.2; done`)
	a.Options.ArrayLimit = 2
	jobs := b.submit(t, a)
	b.await(t, jobs, soon, "running", func(task slurm.Task) bool { return task.Index > 1 || running(task) })
	if err := b.StopController(); err != nil {
		t.Fatal(err)
	}
	hasty := &slurm.Client{Env: b.Env(), Patience: -1}
	if err := hasty.Available(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "slurm: the cluster does not answer: scontrol: ") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
	type answer struct {
		tasks []slurm.Task
		err   error
	}
	asked, submitted := make(chan answer, 1), make(chan error, 1)
	go func() {
		tasks, err := b.client.Tasks(t.Context(), jobs...)
		asked <- answer{tasks, err}
	}()
	second := array(t, 1, "true")
	go func() {
		_, err := b.client.Submit(t.Context(), second)
		submitted <- err
	}()
	b.slurm(t, "touch", a.Dir+"/go")
	time.Sleep(2 * time.Second)
	if err := b.StartController(); err != nil {
		t.Fatal(err)
	}
	if got := <-asked; got.err != nil || len(got.tasks) != 4 || got.tasks[3].State == slurm.Gone {
		t.Errorf("%+v", got)
	}
	if err := <-submitted; err != nil {
		t.Error(err)
	}
	if got, err := b.client.Find(t.Context(), second.Token); err != nil || len(got) != 1 {
		t.Errorf("submitted once: %+v %v", got, err)
	}
	for _, task := range b.await(t, jobs, soon, "done", done) {
		if task.State != slurm.Completed || task.Restarts > 0 {
			t.Errorf("%+v", task)
		}
	}
}

// The controller takes a submission and has no time to say so: the job must not be submitted again.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	b := start(t, "MessageTimeout=2")
	a := array(t, 3, "echo $1 >>ran")
	if err := b.PauseController(true); err != nil {
		t.Fatal(err)
	}
	once := &slurm.Client{Env: b.Env(), Patience: -1}
	if _, err := once.Tasks(t.Context(), slurm.Job{ID: "1", Tasks: 1}); err == nil || !strings.Contains(err.Error(), "timed out") {
		t.Error(err)
	}
	submitted := make(chan slurm.Job, 1)
	go func() {
		job, err := b.client.SubmitAll(t.Context(), a)
		if err != nil {
			t.Error(err)
		}
		submitted <- job
	}()
	time.Sleep(3500 * time.Millisecond) // longer than sbatch waits for an answer
	if err := b.PauseController(false); err != nil {
		t.Fatal(err)
	}
	job := <-submitted
	b.await(t, []slurm.Job{job}, soon, "done", done)
	got, err := b.client.Find(t.Context(), a.Token)
	if err != nil || !slices.Equal(got, []slurm.Job{job}) {
		t.Errorf("submitted %+v, found %+v, %v", job, got, err)
	}
	data, err := os.ReadFile(filepath.Join(a.Dir, "ran"))
	ran := strings.Fields(string(data))
	slices.Sort(ran)
	if !slices.Equal(ran, a.IDs) {
		t.Errorf("ran %q, %v", ran, err)
	}
	if rest := b.slurm(t, "squeue", "--noheader"); rest != "" {
		t.Errorf("left: %s", rest)
	}
}

// A node dies under two tasks: one is requeued on the other node, one must not be.
func TestNodeFails(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := array(t, 1, patient)
	a.Options.Extra = []string{"--nodelist=n2"}
	a.Restart = sh("echo restarted $1 on $SLURMD_NODENAME")
	again := b.submit(t, a)
	once := array(t, 1, patient)
	once.Options = slurm.Options{Extra: []string{"--nodelist=n2"}}
	lost := b.submit(t, once)
	b.await(t, append(again, lost...), soon, "running", running)
	if err := b.KillNode("n2"); err != nil {
		t.Fatal(err)
	}
	b.slurm(t, "scontrol", "update", "nodename=n2", "state=down", "reason=test")
	if task := b.await(t, lost, soon, "done", done)[0]; task.State != slurm.NodeFailed || task.Node != "n2" {
		t.Errorf("%+v", task)
	}
	task := b.await(t, again, soon, "requeued", func(task slurm.Task) bool { return task.Restarts == 1 })[0]
	if task.State != slurm.Pending {
		t.Errorf("%+v", task)
	}
	// It asked for that node alone, and starts again when the node is back.
	if err := b.StartNode("n2"); err != nil {
		t.Fatal(err)
	}
	b.slurm(t, "scontrol", "update", "nodename=n2", "state=resume")
	if task := b.await(t, again, soon, "done", done)[0]; task.State != slurm.Completed {
		t.Errorf("%+v", task)
	}
	printed(t, a.Output(again[0], 0), "restarted r0 on n2\n")
}
