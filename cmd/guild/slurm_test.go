//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/batch/slurm/slurmtest"
)

// TestSlurm runs batches on a real cluster: three nodes on this machine. All cases share it, and wait for it at the same time.
func TestSlurm(t *testing.T) {
	slurmtest.Need(t)
	guild := filepath.Join(t.TempDir(), "guild")
	if out, err := exec.Command("go", "build", "-o", guild, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cluster := slurmtest.Start(t)
	for name, test := range map[string]func(*testing.T, *site){
		"events": slurmEvents, "failed": slurmFailed, "interrupted": slurmInterrupted, "requeued": slurmRequeued, "timeLimit": slurmTimeLimit,
		"cancelled": slurmCancelled, "resumed": slurmResumed, "lost": slurmLost, "refused": slurmRefused, "displaced": slurmDisplaced,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newSite(t, guild, cluster))
		})
	}
}

// site is a project and a home of runs on the cluster.
type site struct {
	t       *testing.T
	guild   string
	dir     string
	home    string
	cluster *slurmtest.Cluster
}

const slurmProject = `
[operations.work]
exec = ["sh", "work.sh"]
flags-dest = "env"
[operations.work.flags]
x = 0
mode = "quick"
[operations.sweep]
run = "work"
launcher = { name = "slurm"%s }
[hooks.probe]
module = "probe.wasm"
`

// slurmWork is quick, fails, or waits until it is told to go on or to end.
const slurmWork = `
echo "loss: 0.$x"
echo "$SLURM_ARRAY_TASK_ID" >task
case $mode in
fail) [ "$x" = 2 ] && exit 3;;
wait) echo >started; while ! [ -e go ]; do sleep 0.1; done;;
hang) echo >started; sleep 300 & wait;;
esac
exit 0
`

func newSite(t *testing.T, guild string, cluster *slurmtest.Cluster) *site {
	s := &site{t: t, guild: guild, dir: t.TempDir(), cluster: cluster}
	s.home = filepath.Join(s.dir, "home")
	s.project("")
	s.write("work.sh", slurmWork)
	probe, err := os.ReadFile(filepath.Join(testdata(t, "guests"), "probe.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("probe.wasm", string(probe))
	return s
}

func (s *site) project(options string) { s.write("guild.toml", fmt.Sprintf(slurmProject, options)) }

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	s.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, s.guild, args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), s.cluster.Env()...)
	cmd.Env = append(cmd.Env, "GUILD_HOME="+s.home, "HOME="+s.dir)
	return cmd
}

// must runs guild, wants an exit code, and returns what it said on stderr.
func (s *site) must(code int, args ...string) string {
	s.t.Helper()
	cmd := s.command(args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		s.t.Fatalf("guild %v: exit %d, want %d\n%s", args, got, code, said.String())
	}
	return said.String()
}

// runs are the statuses of all runs, by operation and flag x.
func (s *site) runs() map[string]string {
	s.t.Helper()
	out, err := s.command("runs", "--json", "--all").Output()
	if err != nil {
		s.t.Fatalf("guild runs: %v", err)
	}
	var list struct {
		Runs []struct{ Operation, Status, Label string }
	}
	if err := json.Unmarshal(out, &list); err != nil {
		s.t.Fatalf("guild runs: %v\n%s", err, out)
	}
	statuses := map[string]string{}
	for _, r := range list.Runs {
		words := strings.Fields(r.Label)
		statuses[r.Operation+" "+words[len(words)-1]] = r.Status // "mode=quick x=1"
	}
	return statuses
}

func (s *site) want(statuses map[string]string) {
	s.t.Helper()
	got := s.runs()
	for name, status := range statuses {
		if got[name] != status {
			s.t.Errorf("%s is %q, want %q; all: %v", name, got[name], status, got)
		}
	}
}

// started waits until n trials run, and returns their directories.
func (s *site) started(n int) []string {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if dirs, _ := filepath.Glob(filepath.Join(s.home, "runs", "*", "started")); len(dirs) >= n {
			for i := range dirs {
				dirs[i] = filepath.Dir(dirs[i])
			}
			return dirs
		}
	}
	s.t.Fatalf("%d trials did not start\n%s", n, s.cluster.Logs())
	return nil
}

// job is the job id and task of a run.
func (s *site) job(dir string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, ".guild", "attrs", "scheduler_job"))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(string(text)), "slurm:")
}

func (s *site) slurm(name string, args ...string) {
	s.t.Helper()
	if out, err := s.cluster.Command(name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// Run events are on the nodes, the batch's on the machine that submits.
func slurmEvents(t *testing.T, s *site) {
	said := s.must(0, "run", "sweep", "x=[1,2,3]", "-y", "--keep-batch")
	s.want(map[string]string{"work x=1": "completed", "work x=2": "completed", "work x=3": "completed"})
	for event, n := range map[string]int{
		"on_init": 1, "on_batch_begin": 1, "on_batch_plan": 1, "on_run_staged": 3, "on_trial_end": 3, "on_batch_end": 1, "on_run_begin": 0, "on_run_end": 0,
	} {
		if got := strings.Count(said, "probe "+event); got != n {
			t.Errorf("%s was called here %d times, want %d\n%s", event, got, n, said)
		}
	}
	outputs, _ := filepath.Glob(filepath.Join(s.home, "runs", "*", ".guild", "slurm", "slurm-*.out"))
	for _, output := range outputs {
		text, err := os.ReadFile(output)
		if err != nil || strings.Count(string(text), "probe on_run_begin") != 1 || strings.Count(string(text), "probe on_run_end completed") != 1 {
			t.Errorf("%s: %s %v", output, text, err)
		}
	}
	records, _ := filepath.Glob(filepath.Join(s.home, "runs", "*", ".guild", "attrs", "scheduler_job"))
	if len(outputs) != 3 || len(records) != 3 {
		t.Errorf("%d outputs and %d job ids, want 3", len(outputs), len(records))
	}
}

func slurmFailed(t *testing.T, s *site) {
	said := s.must(0, "run", "sweep", "x=[1,2,3]", "mode=fail", "-y")
	s.want(map[string]string{"work x=1": "completed", "work x=2": "error", "work x=3": "completed"})
	if !strings.Contains(said, "3 trials: 2 completed, 1 failed") || !strings.Contains(said, "probe on_batch_end") {
		t.Errorf("said %s", said)
	}
	s.must(1, "run", "sweep", "x=[2,5]", "mode=fail", "-y", "--fail-on-trial-error")
}

// An interrupt cancels what runs and what waits.
func slurmInterrupted(t *testing.T, s *site) {
	s.project(`, array-limit = 2`)
	cmd := s.command("run", "sweep", "x=[1,2,3]", "mode=hang", "-y")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.started(2)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("exit %d, want 143\n%s", code, said.String())
	}
	got := s.runs()
	var statuses []string
	for _, name := range []string{"work x=1", "work x=2", "work x=3"} {
		statuses = append(statuses, got[name])
	}
	slices.Sort(statuses)
	if !slices.Equal(statuses, []string{"staged", "terminated", "terminated"}) || strings.Count(said.String(), "probe on_batch_end") != 1 {
		t.Errorf("%v\n%s", statuses, said.String())
	}
}

// A task that is started again restarts its run.
func slurmRequeued(t *testing.T, s *site) {
	cmd := s.command("run", "sweep", "x=[1,2]", "mode=wait", "-y", "--keep-batch")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dirs := s.started(2)
	_ = os.Remove(filepath.Join(dirs[0], "started"))
	s.slurm("scontrol", "requeue", s.job(dirs[0]))
	for _, dir := range s.started(2) {
		if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	s.want(map[string]string{"work x=1": "completed", "work x=2": "completed"})
	records, err := os.ReadFile(filepath.Join(dirs[0], ".guild", "hooks", "records.jsonl"))
	if err != nil || bytes.Count(records, []byte(`"event":"on_run_begin"`)) != 2 || bytes.Count(records, []byte(`"event":"on_run_end"`)) != 2 {
		t.Errorf("%s %v", records, err)
	}
}

// A trial that has to make room for another job is restarted, and again when its node fails.
func slurmDisplaced(t *testing.T, s *site) {
	s.project(`, partition = "low"`)
	cmd := s.command("run", "sweep", "x=[1]", "mode=wait", "-y", "--keep-batch")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dir := s.started(1)[0]
	displaced := func() {
		if err := os.Remove(filepath.Join(dir, "started")); err != nil {
			t.Fatal(err)
		}
	}
	displaced()
	s.slurm("sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null", "--wrap", "sleep 1")
	s.started(1)
	displaced()
	s.slurm("scontrol", "update", "nodename=n3", "state=down", "reason=test")
	time.Sleep(time.Second)
	_ = s.cluster.Command("scontrol", "update", "nodename=n3", "state=resume").Run() // it may be back by itself
	s.started(1)
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	s.want(map[string]string{"work x=1": "completed"})
	records, err := os.ReadFile(filepath.Join(dir, ".guild", "hooks", "records.jsonl"))
	if err != nil || bytes.Count(records, []byte(`"event":"on_run_begin"`)) != 3 {
		t.Errorf("%s %v", records, err)
	}
}

func slurmTimeLimit(t *testing.T, s *site) {
	if testing.Short() {
		t.Skip("a time limit takes a minute and a half")
	}
	s.project(`, time = "1m"`)
	s.must(0, "run", "sweep", "x=[1]", "mode=hang", "-y")
	s.want(map[string]string{"work x=1": "terminated"})
}

// Somebody else cancels one task.
func slurmCancelled(t *testing.T, s *site) {
	cmd := s.command("run", "sweep", "x=[1,2]", "mode=wait", "-y")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dirs := s.started(2)
	s.slurm("scancel", s.job(dirs[0]))
	if err := os.WriteFile(filepath.Join(dirs[1], "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if !strings.Contains(said.String(), "2 trials: 1 completed, 1 terminated") {
		t.Errorf("said %s", said.String())
	}
}

// A coordinator that dies leaves the tasks; the next one finds them, and runs nothing twice.
func slurmResumed(t *testing.T, s *site) {
	cmd := s.command("run", "sweep", "x=[1,2]", "mode=wait", "-y", "--run-id", "batch")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dirs := s.started(2)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	again := s.command("run", "--restart", "batch", "-y")
	var said bytes.Buffer
	again.Stderr = &said
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	for _, dir := range dirs {
		if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := again.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	s.want(map[string]string{"work x=1": "completed", "work x=2": "completed"})
	if strings.Count(said.String(), "probe on_batch_end") != 1 || !strings.Contains(said.String(), "2 trials: 2 completed") {
		t.Errorf("said %s", said.String())
	}
	for _, dir := range dirs {
		records, err := os.ReadFile(filepath.Join(dir, ".guild", "hooks", "records.jsonl"))
		if err != nil || bytes.Count(records, []byte(`"event":"on_run_begin"`)) != 1 {
			t.Errorf("%s: %s %v", dir, records, err)
		}
	}
}

// A run whose guild is killed with its machine is an end all the same.
func slurmLost(t *testing.T, s *site) {
	s.project(`, requeue = false`)
	cmd := s.command("run", "sweep", "x=[1]", "mode=hang", "-y")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dirs := s.started(1)
	s.slurm("scancel", "--signal=KILL", "--full", s.job(dirs[0]))
	_ = cmd.Wait()
	if got := s.runs()["work x=1"]; got != "error" && got != "terminated" {
		t.Errorf("the run is %s\n%s", got, said.String())
	}
	if !strings.Contains(said.String(), "probe on_batch_end") {
		t.Errorf("said %s", said.String())
	}
}

func slurmRefused(t *testing.T, s *site) {
	for options, want := range map[string]string{
		`, partion = "main"`:    `guild: error: unknown option "partion" of the launcher slurm, did you mean "partition"?`,
		`, partition = "nolla"`: "guild: error: ",
	} {
		s.project(options)
		if said := s.must(1, "run", "sweep", "x=[1,2]", "-y"); !strings.Contains(said, want) {
			t.Errorf("%s: said %s", options, said)
		}
	}
}
