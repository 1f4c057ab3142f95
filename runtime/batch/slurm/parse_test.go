package slurm_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/batch/slurm"
)

// What squeue 22.05 prints of an array: tasks with records of their own, and one line for those that wait.
const listing = `12|2-3,5-9:2%2|PENDING|0|0|n/a|JobArrayTaskLimit|
12|1|FAILED|768|0|n1|NonZeroExitCode|
12|0|COMPLETING|15|2|n2|launch | failed|
12|4|NEW_STATE|0|0|n/a|None|
`

func TestParseTasks(t *testing.T) {
	got, err := slurm.ParseTasks(listing, slurm.Job{ID: "12", First: 100, Tasks: 11})
	if err != nil {
		t.Fatal(err)
	}
	waits := func(i int, id string) slurm.Task {
		return slurm.Task{Index: i, State: slurm.Pending, Reason: "JobArrayTaskLimit", JobID: id}
	}
	gone := func(i int, id string) slurm.Task { return slurm.Task{Index: i, State: slurm.Gone, JobID: id} }
	want := []slurm.Task{
		{Index: 100, State: slurm.Ending, Reason: "launch | failed", Node: "n2", Signal: 15, Restarts: 2, JobID: "12_0"},
		{Index: 101, State: slurm.Failed, Reason: "NonZeroExitCode", Node: "n1", ExitCode: 3, JobID: "12_1"},
		waits(102, "12_2"), waits(103, "12_3"),
		{Index: 104, State: slurm.Unknown, Reason: "NEW_STATE", JobID: "12_4"},
		waits(105, "12_5"), gone(106, "12_6"), waits(107, "12_7"), gone(108, "12_8"), waits(109, "12_9"), gone(110, "12_10"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseTasksErrors(t *testing.T) {
	for _, line := range []string{
		"13|0|RUNNING|0|0|n1|None|", "12|5|RUNNING|0|0|n1|None|", "12|0-5|RUNNING|0|0|n1|None|", "12|N/A|RUNNING|0|0|n1|None|", "12|0,...|PENDING|0|0|n1|None|",
		"12|0-4:0|PENDING|0|0|n1|None|", "12|4-0|PENDING|0|0|n1|None|", "12||PENDING|0|0|n1|None|", "12|0|RUNNING|x|0|n1|None|", "12|0|RUNNING|0|-1|n1|None|", "12|0|RUNNING",
		"12|-1|RUNNING|0|0|n1|None|", "12|0,0,0,0,0,0,0,0,0,0,0|PENDING|0|0|n1|None|", "squeue: something else", "12|99999999999999999999|RUNNING|0|0|n1|None|",
	} {
		if tasks, err := slurm.ParseTasks(line+"\n", slurm.Job{ID: "12", Tasks: 5}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %+v %v", line, tasks, err)
		}
	}
}

// A task's own record says more than the line of those that wait, in whatever order they come.
func TestParseTasksTwice(t *testing.T) {
	for _, out := range []string{"7|0|PENDING|0|0|n/a|None|\n7|0|RUNNING|0|0|n1|None|\n", "7|0|RUNNING|0|0|n1|None|\n7|0|PENDING|0|0|n/a|None|\n"} {
		tasks, err := slurm.ParseTasks(out, slurm.Job{ID: "7", Tasks: 1})
		if err != nil || tasks[0].State != slurm.Running {
			t.Errorf("%+v %v", tasks, err)
		}
	}
}

func TestStates(t *testing.T) {
	for line, want := range map[string]slurm.State{
		"PENDING|0|0|n/a|Priority|": slurm.Pending, "PENDING|0|0|n/a|JobHeldUser|": slurm.Held, "PENDING|0|0|n/a|launch failed requeued held|": slurm.Held,
		"REQUEUE_HOLD|0|0|n/a|x|": slurm.Held, "CONFIGURING|0|0|n1|None|": slurm.Running, "SUSPENDED|0|0|n1|None|": slurm.Running, "TIMEOUT|0|0|n1|TimeLimit|": slurm.TimedOut,
		"DEADLINE|0|0|n1|x|": slurm.TimedOut, "BOOT_FAIL|0|0|n1|x|": slurm.NodeFailed, "OUT_OF_MEMORY|0:125|0|n1|OutOfMemory|": slurm.OutOfMemory, "PREEMPTED|0|0|n1|x|": slurm.Preempted,
	} {
		tasks, err := slurm.ParseTasks("7|0|"+line+"\n", slurm.Job{ID: "7", Tasks: 1})
		if err != nil || tasks[0].State != want {
			t.Errorf("%s: %+v %v", line, tasks, err)
		}
	}
}

func TestParseFound(t *testing.T) {
	out := "5|guild:tok:0+3+again|\n5|guild:tok:0+3+again|\n10|guild:tok:0+3|\n4|guild:tok:0+3+again|\n9|guild:tok:3+2|\n6|guild:tok2:0+3|\n7||\n" +
		"8|guild:tok:x+3|\n8|guild:tok:0+99999999999|\n8|guild:tok:0+0|\nx|guild:tok:1+1|\n4|a|guild:tok:0+1|\n8|guild:tok:1+1+other|\n"
	jobs, again := slurm.ParseFound(out, "tok")
	want := []slurm.Job{{ID: "10", Tasks: 3}, {ID: "4", Tasks: 3}, {ID: "5", Tasks: 3}, {ID: "9", First: 3, Tasks: 2}}
	if !slices.Equal(jobs, want) || !slices.Equal(again, []bool{false, true, true, false}) {
		t.Errorf("%+v %v", jobs, again)
	}
}

func TestParseArrayTasks(t *testing.T) {
	for config, want := range map[string]int{
		"": 1001, "MaxArraySize            = 50\n": 50, "MaxArraySize = 0\n": 0, "MaxArraySize = x\n": 1001, "MaxArraySize = 4000001\n": 1_000_000,
		"MaxArraySize            = 1001\nSchedulerParameters     = defer,max_array_tasks=20,bf_interval=1\n": 20, "SchedulerParameters = max_array_tasks=20\nMaxArraySize = 30\n": 20, "SchedulerParameters = max_array_tasks=0\nMaxArraySize = 30\n": 30,
	} {
		if got := slurm.ParseArrayTasks(config); got != want {
			t.Errorf("%q: %d, want %d", config, got, want)
		}
	}
}

func TestComplaint(t *testing.T) {
	said := "sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified\nsbatch: error: invalid partition specified: x\n\x1b[2J\n"
	want := "invalid partition specified: x; Batch job submission failed: Invalid partition name specified;  [2J"
	if got := slurm.Complaint("sbatch", said); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRanges(t *testing.T) {
	j := slurm.Job{ID: "12", First: 10, Tasks: 10}
	if got, want := j.Ranges([]int{19, 9, 12, 11, 20, 13, 15, 11}), []string{"12_[1-3]", "12_5", "12_9"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func FuzzParseTasks(f *testing.F) {
	f.Add(listing, 11)
	f.Add("12|0-298:2%1|PENDING|0|0|n/a|None|\n12|N/A|CANCELLED|0|0|n/a|x|", 300)
	f.Add("12|0|OUT_OF_MEMORY|0:125|0|n1|\x1b[2J\xff|", 1)
	f.Fuzz(func(t *testing.T, out string, n int) {
		if n < 0 || n > 1000 {
			return
		}
		tasks, err := slurm.ParseTasks(out, slurm.Job{ID: "12", First: 7, Tasks: n})
		if err != nil {
			if len(err.Error()) > 2000 {
				t.Errorf("a long error: %v", err)
			}
			return
		}
		if len(tasks) != n {
			t.Fatalf("%d tasks, want %d", len(tasks), n)
		}
		for i, task := range tasks {
			if task.Index != i+7 || task.State == "" || len(task.Reason) > 200 || strings.ContainsAny(task.Reason+task.Node, "\n\x1b") || task.ExitCode > 0xffff || task.Restarts < 0 {
				t.Fatalf("%+v", task)
			}
		}
	})
}

func FuzzParseFound(f *testing.F) {
	f.Add("5|guild:tok:0+3|\n")
	f.Fuzz(func(t *testing.T, out string) {
		jobs, _ := slurm.ParseFound(out, "tok")
		for _, j := range jobs {
			if j.First < 0 || j.Tasks < 1 || j.First+j.Tasks > 1_000_000 || strings.Trim(j.ID, "0123456789") != "" {
				t.Fatalf("%+v", j)
			}
		}
	})
}
