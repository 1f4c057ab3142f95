// Package slurmtest runs a real Slurm for tests: munged, slurmctld and three slurmd on the loopback interface, as root, with all their
// state in one directory. Only tests import it.
package slurmtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Required is the variable that asks for the tests with a real Slurm: CI sets it to 1.
const Required = "GUILD_TEST_SLURM"

// Cluster is a controller and three nodes of 16 CPUs, 64 GB, the feature big and four of the generic resource card (a number only). The partition main, the default, has n1 and n2. The partitions low and urgent
// have n3, and jobs of urgent make those of low wait again (or end, if they may not be requeued). There is no accounting. An ended job
// is remembered for 300 s, a requeued one starts after about 5 s, and time limits are looked at every 30 s, which Slurm has no setting for.
type Cluster struct {
	dir     string
	conf    string
	daemons map[string]*daemon
}

// Need skips the test unless the environment has GUILD_TEST_SLURM=1; it fails where no cluster can be started.
func Need(t testing.TB) {
	t.Helper()
	if os.Getenv(Required) != "1" {
		t.Skipf("needs a real Slurm, which takes its time: %s=1", Required)
	}
	if why := missing(); why != "" {
		t.Fatalf("no cluster for this test, and %s is 1: %s", Required, why)
	}
}

func missing() string {
	if os.Geteuid() != 0 {
		return "only root can start one"
	}
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel"} {
		if _, err := program(name); err != nil {
			return name + " is not installed (Debian packages slurm-wlm and munge)"
		}
	}
	return ""
}

// program looks also where daemons are and a user's PATH does not lead.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}

// Start starts a cluster and stops it at the end of the test. Settings are lines of slurm.conf (Name=value) that replace or add to
// those of this package. It skips as Need does.
func Start(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	Need(t)
	c, err := New(settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.Logs())
		}
		c.Close()
	})
	return c
}

// New starts a cluster that lives until Close, for several tests together.
func New(settings ...string) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "guild-slurm") // short: the path of a socket has at most 107 bytes
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // munged wants its socket to be in reach of everybody
		return nil, err
	}
	c := &Cluster{dir: dir, conf: filepath.Join(dir, "slurm.conf"), daemons: map[string]*daemon{}}
	if err := c.configure(settings); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := c.up(); err != nil {
		err = fmt.Errorf("the test cluster does not start: %w\n%s", err, c.Logs())
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) up() error {
	path := func(name string) string { return filepath.Join(c.dir, name) }
	if err := c.start("munged", "--foreground", "--force", "--key-file="+path("key"), "--socket="+path("munge.sock"), "--pid-file="+path("munge.pid"),
		"--log-file="+path("munge.log"), "--seed-file="+path("munge.seed")); err != nil {
		return err
	}
	if err := await(func() bool { _, err := os.Stat(path("munge.sock")); return err == nil }); err != nil {
		return fmt.Errorf("munged: %w", err)
	}
	if err := c.StartController(); err != nil {
		return err
	}
	for _, name := range nodes {
		if err := c.StartNode(name); err != nil {
			return err
		}
	}
	return await(func() bool {
		out, err := c.Command("sinfo", "--noheader", "--Node", "--partition=main,low", "--format=%N %T").Output()
		return err == nil && string(out) == "n1 idle\nn2 idle\nn3 idle\n"
	})
}

var nodes = []string{"n1", "n2", "n3"}

// StartController starts slurmctld, which reads the state it has saved.
func (c *Cluster) StartController() error { return c.start("slurmctld", "-D", "-f", c.conf) }

// StopController stops slurmctld. Jobs go on.
func (c *Cluster) StopController() error { return c.stop("slurmctld") }

// PauseController makes slurmctld silent, and with false speak again: it takes connections and does not answer.
func (c *Cluster) PauseController(pause bool) error {
	d := c.daemons["slurmctld"]
	if d == nil {
		return fmt.Errorf("no controller runs")
	}
	if pause {
		return syscall.Kill(d.pid, syscall.SIGSTOP)
	}
	return syscall.Kill(d.pid, syscall.SIGCONT)
}

// StartNode starts a node's slurmd.
func (c *Cluster) StartNode(name string) error { return c.start(name, "-D", "-f", c.conf, "-N", name) }

// KillNode kills a node's slurmd: the controller is not told. What runs there goes on.
func (c *Cluster) KillNode(name string) error {
	d := c.daemons[name]
	if d == nil {
		return fmt.Errorf("no node %q runs", name)
	}
	delete(c.daemons, name)
	return d.kill()
}

// Env is what commands of Slurm need to find the cluster.
func (c *Cluster) Env() []string { return []string{"SLURM_CONF=" + c.conf} }

// Command is a command of Slurm for this cluster.
func (c *Cluster) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SLURM_") }), c.Env()...)
	return cmd
}

// Logs is what the daemons have said: the end of it.
func (c *Cluster) Logs() string {
	var b strings.Builder
	files, _ := filepath.Glob(filepath.Join(c.dir, "*.log"))
	for _, file := range files {
		data, _ := os.ReadFile(file)
		lines := slices.DeleteFunc(strings.Split(string(data), "\n"), func(line string) bool {
			return strings.Contains(line, "Unauthorized credential") || strings.Contains(strings.ToLower(line), "mpi") // it says so always
		})
		fmt.Fprintf(&b, "--- %s\n%s\n", filepath.Base(file), strings.Join(lines[max(0, len(lines)-60):], "\n"))
	}
	return b.String()
}

// Close cancels all jobs, stops the daemons and removes their files.
func (c *Cluster) Close() {
	whole := len(c.daemons) == len(nodes)+2 // else a job might never end
	if whole && c.Command("scancel", "--user=root").Run() == nil {
		await(func() bool {
			out, err := c.Command("squeue", "--noheader", "--states=PENDING,RUNNING,SUSPENDED,COMPLETING").Output()
			return err == nil && len(out) == 0
		})
	}
	for _, name := range slices.Concat(nodes, []string{"slurmctld", "munged"}) {
		c.stop(name)
	}
	os.RemoveAll(c.dir)
}

// await waits for up to 30 s, long enough for a busy machine.
func await(ready func() bool) error {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ready() {
			return nil
		}
	}
	return fmt.Errorf("not ready after 30 s")
}
