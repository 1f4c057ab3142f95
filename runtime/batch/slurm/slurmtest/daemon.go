package slurmtest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemon is a process that does not outlive this one, even if this one is killed: a shell beside it reads from a pipe that only
// we hold open, and ends it when there is nothing more to read.
type daemon struct {
	keeper *exec.Cmd
	hold   io.Closer
	pid    int
}

const keep = `log=$1; shift
"$@" </dev/null >>"$log" 2>&1 &
pid=$!
echo $pid
exec 1>&-
read -r _
kill -TERM $pid
wait $pid
`

// start starts a daemon; name is its program's, or its node's.
func (c *Cluster) start(name string, args ...string) error {
	if c.daemons[name] != nil {
		return fmt.Errorf("%s runs already", name)
	}
	command := name
	if slices.Contains(nodes, name) {
		command = "slurmd"
	}
	path, err := program(command)
	if err != nil {
		return err
	}
	log := filepath.Join(c.dir, name+".log")
	keeper := exec.Command("sh", append([]string{"-c", keep, "sh", log, path}, args...)...)
	keeper.Env = append(os.Environ(), c.Env()...)
	keeper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is for the test, which ends in order
	hold, err := keeper.StdinPipe()
	if err != nil {
		return err
	}
	said, err := keeper.StdoutPipe()
	if err != nil {
		return err
	}
	if err := keeper.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	c.daemons[name] = &daemon{keeper: keeper, hold: hold, pid: pid}
	return nil
}

// stop ends a daemon in order, and kills it after 10 s.
func (c *Cluster) stop(name string) error {
	d := c.daemons[name]
	if d == nil {
		return nil
	}
	delete(c.daemons, name)
	timer := time.AfterFunc(10*time.Second, func() { syscall.Kill(d.pid, syscall.SIGKILL) })
	defer timer.Stop()
	return d.end()
}

func (d *daemon) kill() error {
	if err := syscall.Kill(d.pid, syscall.SIGKILL); err != nil {
		return err
	}
	return d.end()
}

// end closes the pipe and waits. How the daemon ended does not matter.
func (d *daemon) end() error {
	d.hold.Close()
	d.keeper.Wait()
	return nil
}
