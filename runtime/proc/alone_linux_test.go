package proc_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/proc"
)

// role returns a command that runs this test binary as one of the roles.
func role(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+name)
	return cmd
}

func init() {
	// run runs a shell script with stdin, stdout and stderr of its own, and keeps the output in a directory.
	roles["run"] = func(args []string) error {
		spec := shell(args[0])
		spec.Stdin, spec.Stdout, spec.Stderr = os.Stdin, os.Stdout, os.Stderr
		spec.Output, spec.Index = filepath.Join(args[1], "output"), filepath.Join(args[1], "index")
		p, err := proc.Start(spec)
		if err != nil {
			return err
		}
		exit, err := p.Wait()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(args[1], "exit"), fmt.Appendf(nil, "%d %d", exit.Status, exit.Lingered), 0o644)
	}
	// lines runs a command and counts lines and scalars, to measure it from outside.
	roles["lines"] = func(args []string) error {
		scalars := proc.NewScalars(proc.DefaultScalarRules())
		p, err := proc.Start(proc.Spec{
			Args: args[1:], Stdout: os.Stdout, Output: filepath.Join(args[0], "output"), Index: filepath.Join(args[0], "index"),
			Line: func(_ int, line []byte) { scalars.Line(line) },
		})
		if err != nil {
			return err
		}
		if _, err = p.Wait(); err != nil {
			return err
		}
		// Not the rusage of this process: that has the memory of the test, which forked it, in it.
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(args[0], "status"), status, 0o644)
	}
}

// TestKilledGuild kills guild as nothing can defend against. The process ends too, though it says nothing.
func TestKilledGuild(t *testing.T) {
	dir := t.TempDir()
	cmd := role(t, "run", "echo $$; exec sleep 60", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	eventually(t, "the process says its id", func() bool {
		text, _ := os.ReadFile(filepath.Join(dir, "output"))
		n, _ := fmt.Sscanf(string(text), "%d\n", &pid)
		return n == 1
	})
	time.Sleep(300 * time.Millisecond) // the thread that forked must live on
	if !alive(pid) {
		t.Fatal("the process ended while guild runs")
	}
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, "the process ends", func() bool { return !alive(pid) })
}

// TestBrokenStdout closes the real stdout of a guild: it must not die of SIGPIPE, nor may the process.
func TestBrokenStdout(t *testing.T) {
	dir := t.TempDir()
	cmd := role(t, "run", "echo 1; read x; for i in 2 3 4; do echo $i; sleep 0.05; done; yes | head -n 1; exit 5", dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 10)
	if n, err := stdout.Read(buf); err != nil || string(buf[:n]) != "1\n" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	stdout.Close()
	fmt.Fprintln(stdin, "go on")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("got %v, %s", err, stderr.String())
	}
	if got := string(read(t, filepath.Join(dir, "output"))); got != "1\n2\n3\n4\ny\n" {
		t.Errorf("got output %q", got)
	}
	if got := string(read(t, filepath.Join(dir, "exit"))); got != "5 0" {
		t.Errorf("got exit %s", got)
	}
	if stderr.Len() > 0 {
		t.Errorf("got stderr %s", stderr.String())
	}
}

// TestMemory moves much output, in one line and in many, and looks at what guild needed.
func TestMemory(t *testing.T) {
	const size, limit = 100 << 20, 32 << 20
	for name, command := range map[string][]string{
		"one line":   {"head", "-c", fmt.Sprint(size), "/dev/zero"},
		"many lines": {"sh", "-c", fmt.Sprintf("yes 'loss: 0.25 (step 10)' | head -c %d", size/10)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cmd := role(t, "lines", append([]string{dir}, command...)...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var passed int64
			buf := make([]byte, 1<<20)
			for {
				n, err := out.Read(buf)
				passed += int64(n)
				if err != nil {
					break
				}
			}
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(filepath.Join(dir, "output"))
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() != passed || passed < size/10 {
				t.Errorf("passed on %d bytes, kept %d", passed, info.Size())
			}
			_, peak, _ := strings.Cut(string(read(t, filepath.Join(dir, "status"))), "VmHWM:")
			var kib int
			if _, err := fmt.Sscan(peak, &kib); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d MiB of output, %d MiB of memory", passed>>20, kib>>10)
			if kib<<10 > limit {
				t.Errorf("needed %d KiB of memory", kib)
			}
		})
	}
}

// TestUnrelatedThreads checks that processes outlive the threads that have nothing to do with them.
func TestUnrelatedThreads(t *testing.T) {
	p, end := start(t, shell("sleep 0.3; echo done"))
	for range 50 {
		_, other := start(t, shell("true"))
		other()
	}
	if got := end(); got.exit.Status != 0 || !strings.Contains(string(p.Tail()), "done") {
		t.Errorf("got %+v", got.exit)
	}
}
