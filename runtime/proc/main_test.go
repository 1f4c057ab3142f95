package proc_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/proc"
)

// roles are what this test binary does when it is run as a program of its own: a guild that can be killed, lose
// its stdout or have a terminal.
var roles = map[string]func(args []string) error{}

const roleVariable = "PROC_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Unsetenv(roleVariable)
		if err := roles[role](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "role:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// result is everything there is to know of a process that ended.
type result struct {
	exit           proc.Exit
	stdout, stderr string
	output, index  []byte
	lines          []string // "0 text"
	tail           string
}

// start starts spec with its output kept, and returns the function that waits for the rest.
func start(t *testing.T, spec proc.Spec) (*proc.Process, func() result) {
	t.Helper()
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	var lines []string
	if spec.Stdout == nil {
		spec.Stdout, spec.Stderr = &stdout, &stderr
	}
	if spec.Output == "" {
		spec.Output, spec.Index = filepath.Join(dir, "output"), filepath.Join(dir, "output.index")
	}
	if spec.Line == nil {
		spec.Line = func(stream int, line []byte) { lines = append(lines, fmt.Sprintf("%d %s", stream, line)) }
	}
	p, err := proc.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Signal(os.Kill) })
	return p, func() result {
		t.Helper()
		exit := wait(t, p)
		return result{
			exit, stdout.String(), stderr.String(), read(t, spec.Output), read(t, spec.Index), lines, string(p.Tail()),
		}
	}
}

func wait(t *testing.T, p *proc.Process) proc.Exit {
	t.Helper()
	type end struct {
		exit proc.Exit
		err  error
	}
	ended := make(chan end, 1)
	go func() {
		exit, err := p.Wait()
		ended <- end{exit, err}
	}()
	select {
	case e := <-ended:
		if e.err != nil {
			t.Errorf("got error %v", e.err)
		}
		return e.exit
	case <-time.After(20 * time.Second):
		t.Fatal("process does not end")
		return proc.Exit{}
	}
}

func shell(script string) proc.Spec { return proc.Spec{Args: []string{"/bin/sh", "-c", script}} }

func python(script string) proc.Spec { return proc.Spec{Args: []string{"python3", "-uc", script}} }

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a condition that other processes bring about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("does not happen: %s", what)
}

// alive reports whether the process exists and is no zombie.
func alive(pid int) bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(state), ") Z ")
}
