package slurm_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/batch/slurm"
)

func TestCluster(t *testing.T) {
	t.Parallel()
	b := start(t)
	var group sync.WaitGroup
	for name, test := range map[string]func(*testing.T, *bench){
		"completed": completed, "failed": failed, "cancelled": cancelled, "pending": pendingCancelled, "timeLimit": timeLimit, "warned": warned,
		"requeued": requeued, "preempted": preempted, "limited": limited, "held": held, "refused": refused, "options": options, "found": found,
		"unknown": unknown, "names": names, "noList": noList,
	} {
		// All at once: they wait for Slurm, and t.Parallel would let as many wait as there are processors.
		group.Go(func() { t.Run(name, func(t *testing.T) { test(t, b) }) })
	}
	group.Wait()
}

func completed(t *testing.T, b *bench) {
	a := array(t, 5, `echo "$1 in $(pwd) with $HOME_OF_RUNS, task $SLURM_ARRAY_TASK_ID"`)
	a.Env = map[string]string{"HOME_OF_RUNS": "a 'b' $c\n\"d\""}
	jobs := b.submit(t, a)
	if len(jobs) != 1 || jobs[0].First != 0 || jobs[0].Tasks != 5 {
		t.Fatalf("jobs %+v", jobs)
	}
	for i, task := range b.await(t, jobs, soon, "done", done) {
		want := slurm.Task{Index: i, State: slurm.Completed, Node: task.Node, JobID: jobs[0].ID + "_" + a.IDs[i][1:]}
		if task != want || task.Node != "n1" && task.Node != "n2" {
			t.Errorf("got  %+v\nwant %+v", task, want)
		}
		got := printed(t, a.Output(jobs[0], i), "task")
		if want := a.IDs[i] + " in " + a.Dir + " with a 'b' $c\n\"d\", task " + a.IDs[i][1:] + "\n"; got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func failed(t *testing.T, b *bench) {
	a := array(t, 3, `case $1 in r0) exit 3;; r1) kill -KILL $$;; esac`)
	tasks := b.await(t, b.submit(t, a), soon, "done", done)
	if f := tasks[0]; f.State != slurm.Failed || f.ExitCode != 3 || f.Signal != 0 || f.Reason != "NonZeroExitCode" {
		t.Errorf("exit 3: %+v", f)
	}
	if f := tasks[1]; f.State != slurm.Failed || f.ExitCode != 0 || f.Signal != 9 {
		t.Errorf("killed: %+v", f)
	}
	if f := tasks[2]; f.State != slurm.Completed {
		t.Errorf("no failure: %+v", f)
	}
}

// patient waits to be ended, and says what it was told. Slurm signals all processes of a task, children first: sleep may be gone before.
const patient = `trap 'echo got TERM; kill $!; exit 143' TERM; echo began; while :; do sleep 300 & wait; done`

func cancelled(t *testing.T, b *bench) {
	a := array(t, 3, patient)
	jobs := b.submit(t, a)
	b.await(t, jobs, soon, "running", running)
	for i := range a.IDs {
		printed(t, a.Output(jobs[0], i), "began")
	}
	if err := b.client.Cancel(t.Context(), jobs, 0, 2); err != nil {
		t.Fatal(err)
	}
	printed(t, a.Output(jobs[0], 0), "got TERM")
	tasks := b.await(t, jobs, soon, "cancelled or running", func(task slurm.Task) bool { return done(task) || task.Index == 1 })
	for _, i := range []int{0, 2} {
		if tasks[i].State != slurm.Cancelled || tasks[i].ExitCode != 143 {
			t.Errorf("%+v", tasks[i])
		}
	}
	if tasks[1].State != slurm.Running {
		t.Errorf("task 1 was not to be cancelled: %+v", tasks[1])
	}
	if err := b.client.Cancel(t.Context(), jobs); err != nil {
		t.Fatal(err)
	}
	if tasks := b.await(t, jobs, soon, "done", done); tasks[1].State != slurm.Cancelled {
		t.Errorf("%+v", tasks[1])
	}
	for _, again := range [][]int{nil, {0, 1}} {
		if err := b.client.Cancel(t.Context(), jobs, again...); err != nil {
			t.Errorf("cancel what has ended: %v", err)
		}
	}
}

func pendingCancelled(t *testing.T, b *bench) {
	a := array(t, 300, patient)
	a.Options.ArrayLimit = 1
	jobs := b.submit(t, a)
	first := func(state slurm.State) func(slurm.Task) bool {
		return func(task slurm.Task) bool { return task.Index > 0 || task.State == state }
	}
	tasks := b.await(t, jobs, soon, "running", first(slurm.Running))
	if p := tasks[299]; p.State != slurm.Pending || p.Node != "" {
		t.Errorf("%+v", p)
	}
	var odd []int
	for i := 1; i < 300; i += 2 {
		odd = append(odd, i)
	}
	if err := b.client.Cancel(t.Context(), jobs, odd...); err != nil {
		t.Fatal(err)
	}
	// Slurm keeps no record of a task that is cancelled before it starts.
	check := func(tasks []slurm.Task, even slurm.State) {
		t.Helper()
		for i, task := range tasks {
			want := even
			if i == 0 {
				want = slurm.Running
			} else if i%2 == 1 {
				want = slurm.Gone
			}
			if task.Index != i || task.State != want {
				t.Fatalf("want task %d %s: %+v", i, want, task)
			}
		}
	}
	tasks, err := b.client.Tasks(t.Context(), jobs...)
	if err != nil {
		t.Fatal(err)
	}
	check(tasks, slurm.Pending)
	if err := b.client.CancelPending(t.Context(), jobs); err != nil {
		t.Fatal(err)
	}
	tasks, err = b.client.Tasks(t.Context(), jobs...)
	if err != nil {
		t.Fatal(err)
	}
	check(tasks, slurm.Gone)
}

// shorten makes the time limit of a running task end in a moment: Slurm itself counts in minutes.
func shorten(t *testing.T, b *bench, task slurm.Task, rest string) {
	b.slurm(t, "scontrol", "update", "jobid="+task.JobID, "EndTime=now+"+rest)
}

func timeLimit(t *testing.T, b *bench) {
	a := array(t, 1, `trap 'echo got TERM' TERM; echo began; while :; do sleep 0.2; done`)
	a.Options.Time = 10 * time.Minute
	jobs := b.submit(t, a)
	shorten(t, b, b.await(t, jobs, soon, "running", running)[0], "3seconds")
	task := b.await(t, jobs, 80*time.Second, "done", done)[0]
	if task.State != slurm.TimedOut || task.Reason != "TimeLimit" {
		t.Errorf("%+v", task)
	}
	printed(t, a.Output(jobs[0], 0), "got TERM")
}

// warned is told in time that its limit comes, and ends by itself: for Slurm that is a failure.
func warned(t *testing.T, b *bench) {
	a := array(t, 1, patient)
	a.Options.Time = 10 * time.Minute
	jobs := b.submit(t, a)
	shorten(t, b, b.await(t, jobs, soon, "running", running)[0], "59seconds")
	if task := b.await(t, jobs, 80*time.Second, "done", done)[0]; task.State != slurm.Failed || task.ExitCode != 143 {
		t.Errorf("%+v", task)
	}
	printed(t, a.Output(jobs[0], 0), "got TERM")
}

func requeued(t *testing.T, b *bench) {
	a := array(t, 2, patient)
	jobs := b.submit(t, a)
	printed(t, a.Output(jobs[0], 1), "began")
	b.slurm(t, "scontrol", "requeue", jobs[0].ID+"_1")
	tasks := b.await(t, jobs, soon, "requeued", func(task slurm.Task) bool { return task.Index == 0 || task.Restarts == 1 })
	if tasks[1].State.Done() {
		t.Errorf("requeued is not ended: %+v", tasks[1])
	}
	tasks = b.await(t, jobs, soon, "restarted", func(task slurm.Task) bool { return task.Index == 0 || done(task) })
	if task := tasks[1]; task.State != slurm.Completed || task.Restarts != 1 {
		t.Errorf("%+v", task)
	}
	// Both of its lives are in the output.
	if out := printed(t, a.Output(jobs[0], 1), "restarted r1 1\n"); !strings.HasPrefix(out, "began\n") {
		t.Errorf("%q", out)
	}
	if tasks[0].State != slurm.Running || tasks[0].Restarts != 0 {
		t.Errorf("%+v", tasks[0])
	}
}

func preempted(t *testing.T, b *bench) {
	a := array(t, 1, patient)
	a.Options.CPUs, a.Options.Partition = 12, "low"
	jobs := b.submit(t, a)
	b.await(t, jobs, soon, "running", running)
	printed(t, a.Output(jobs[0], 0), "began")
	urgent := array(t, 1, "sleep 1")
	urgent.Options.CPUs, urgent.Options.Partition = 12, "urgent"
	first := b.submit(t, urgent)
	task := b.await(t, jobs, soon, "preempted", func(task slurm.Task) bool { return task.Restarts == 1 })[0]
	if task.State.Done() {
		t.Errorf("%+v", task)
	}
	if task := b.await(t, first, soon, "done", done)[0]; task.State != slurm.Completed {
		t.Errorf("the urgent job: %+v", task)
	}
	if task := b.await(t, jobs, soon, "done", done)[0]; task.State != slurm.Completed {
		t.Errorf("%+v", task)
	}
	out := printed(t, a.Output(jobs[0], 0), "restarted r0 1\n")
	if !strings.Contains(out, "got TERM") {
		t.Errorf("%q", out)
	}

	// One that may not be requeued ends.
	a = array(t, 1, patient)
	a.Options = slurm.Options{CPUs: 12, Partition: "low"}
	jobs = b.submit(t, a)
	b.await(t, jobs, soon, "running", running)
	urgent.Token += "-2"
	b.submit(t, urgent)
	if task := b.await(t, jobs, soon, "done", done)[0]; task.State != slurm.Preempted || task.Restarts != 0 {
		t.Errorf("%+v", task)
	}
}

func limited(t *testing.T, b *bench) {
	a := array(t, 6, `d=$PWD/n; mkdir -p $d; : >$d/$1; ls $d | wc -l; sleep 0.5; rm $d/$1`)
	a.Options.ArrayLimit = 2
	jobs := b.submit(t, a)
	b.await(t, jobs, soon, "done", done)
	for i := range a.IDs {
		data, err := os.ReadFile(a.Output(jobs[0], i))
		if n := strings.TrimSpace(string(data)); err != nil || n != "1" && n != "2" {
			t.Errorf("task %d ran beside %s, %v", i, n, err)
		}
	}
}

func held(t *testing.T, b *bench) {
	a := array(t, 1, "true")
	a.Options.Extra = []string{"--hold"}
	jobs := b.submit(t, a)
	if task := b.await(t, jobs, soon, "held", func(task slurm.Task) bool { return task.State == slurm.Held })[0]; !strings.HasPrefix(task.Reason, "JobHeld") {
		t.Errorf("%+v", task)
	}
	b.slurm(t, "scontrol", "release", jobs[0].ID)
	b.await(t, jobs, soon, "done", done)
}

func options(t *testing.T, b *bench) {
	a := array(t, 1, "true")
	a.Name = "train"
	var err error
	a.Options, err = slurm.ParseOptions(map[string]any{
		"partition": "low", "time": "90m", "cpus": int64(2), "gres": "card:2", "mem": "500MB", "constraint": "big", "account": "lab", "array-limit": int64(3), "requeue": false,
		"extra": []any{"--nice=7"},
	})
	if err != nil {
		t.Fatal(err)
	}
	jobs := b.submit(t, a)
	shown := strings.Fields(b.slurm(t, "scontrol", "show", "job", jobs[0].ID))
	for _, want := range []string{
		"JobName=guild-train", "Partition=low", "TimeLimit=01:30:00", "CPUs/Task=2", "TresPerNode=gres:card:2", "MinMemoryNode=500M", "Features=big", "Account=lab", "Requeue=0",
		"Nice=7", "ArrayTaskThrottle=3", "Command=" + filepath.Join(a.Folder, a.Token+".sh"), "WorkDir=" + a.Dir, "Comment=guild:" + a.Token + ":0+1",
	} {
		if !slices.Contains(shown, want) {
			t.Errorf("no %s: %q", want, shown)
		}
	}
	if task := b.await(t, jobs, soon, "done", done)[0]; task.State != slurm.Completed || task.Node != "n3" {
		t.Errorf("%+v", task)
	}
}

func refused(t *testing.T, b *bench) {
	a := array(t, 1, "true")
	a.Options.Partition = "nowhere"
	jobs, err := b.client.Submit(t.Context(), a)
	if err == nil || len(jobs) > 0 || !strings.Contains(err.Error(), "invalid partition specified: nowhere") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%+v %v", jobs, err)
	}
	// What can never run is taken by a cluster with its usual settings, and waits for ever: the reason says so.
	a = array(t, 1, "true")
	a.Options = slurm.Options{CPUs: 1000}
	b.await(t, b.submit(t, a), soon, "pending", func(task slurm.Task) bool { return task.State == slurm.Pending && task.Reason == "PartitionConfig" })
}

func found(t *testing.T, b *bench) {
	a, other := array(t, 4, patient), array(t, 2, patient)
	a.Options.ArrayLimit = 1
	jobs := b.submit(t, a)
	b.submit(t, other)
	b.await(t, jobs, soon, "running", func(task slurm.Task) bool { return task.Index > 0 || running(task) })
	got, err := b.client.Find(t.Context(), a.Token)
	if err != nil || !slices.Equal(got, jobs) {
		t.Errorf("got %+v, %v; want %+v", got, err, jobs)
	}
	if got, err := b.client.Find(t.Context(), a.Token[:len(a.Token)-1]); err != nil || len(got) > 0 {
		t.Errorf("%+v %v", got, err)
	}
}

func unknown(t *testing.T, b *bench) {
	tasks, err := b.client.Tasks(t.Context(), slurm.Job{ID: "999999", First: 5, Tasks: 2})
	want := []slurm.Task{{Index: 5, State: slurm.Gone, JobID: "999999_0"}, {Index: 6, State: slurm.Gone, JobID: "999999_1"}}
	if err != nil || !slices.Equal(tasks, want) {
		t.Errorf("%+v %v", tasks, err)
	}
	if err := b.client.Cancel(t.Context(), []slurm.Job{{ID: "999999", Tasks: 1}}); err != nil {
		t.Error(err)
	}
}

// names that users choose reach the command as they are, and nothing in them is executed or read by sbatch.
func names(t *testing.T, b *bench) {
	dir := filepath.Join(t.TempDir(), "it's a \"100%A\" $(touch x) é\n#SBATCH --array=0-50\n#SBATCH --hold\n; exit 5")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	a := array(t, 0, `printf '<%s>' "$1" "$(pwd)"; echo end`)
	a.IDs = []string{"it's", `"quoted"`, "$(touch x)", "a b  c ", "*", "é#~", "`id`", "=x", "!"}
	a.Dir, a.Folder = dir, filepath.Join(dir, "of slurm %a")
	a.Name = "-a name\n%j é"
	jobs := b.submit(t, a)
	b.await(t, jobs, soon, "done", done)
	for i, id := range a.IDs {
		if got, want := printed(t, a.Output(jobs[0], i), "end"), "<"+id+"><"+dir+">end\n"; got != want {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%v", entries)
	}
}

// noList is a node that does not see the folder, or a submission whose files somebody removed.
func noList(t *testing.T, b *bench) {
	a := array(t, 1, "true")
	a.Options.Extra = []string{"--hold"}
	jobs := b.submit(t, a)
	if err := os.Remove(filepath.Join(a.Folder, a.Token+".runs")); err != nil {
		t.Fatal(err)
	}
	b.slurm(t, "scontrol", "release", jobs[0].ID)
	if task := b.await(t, jobs, soon, "done", done)[0]; task.State != slurm.Failed || task.ExitCode != slurm.ExitSetup {
		t.Errorf("%+v", task)
	}
	printed(t, a.Output(jobs[0], 0), "guild: cannot read "+filepath.Join(a.Folder, a.Token+".runs")+" on this node\n")
}
