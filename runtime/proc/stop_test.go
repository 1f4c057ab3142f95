package proc_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/proc"
)

// family is a shell with a child and a grandchild that all say their ids and then sleep.
const family = `echo $$; sh -c 'echo $$; sh -c "echo \$\$; sleep 60; true"; true'; true`

// startFamily starts it and returns the ids.
func startFamily(t *testing.T, spec proc.Spec, n int) (p *proc.Process, end func() result, pids []int) {
	t.Helper()
	p, end = start(t, spec)
	eventually(t, "all say their ids", func() bool { return strings.Count(string(p.Tail()), "\n") == n })
	for _, line := range strings.Fields(string(p.Tail())) {
		var pid int
		if _, err := fmt.Sscan(line, &pid); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return p, end, pids
}

func checkGone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("process %d is alive", pid)
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func TestSignalReachesGroup(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			p, end, pids := startFamily(t, shell(family), 3)
			if err := p.Signal(sig); err != nil {
				t.Fatal(err)
			}
			got := end().exit
			if got.Status != -int(sig) || got.Lingered != 0 {
				t.Errorf("got %+v", got)
			}
			checkGone(t, pids)
			if err := p.Signal(sig); !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("got %v, want %v", err, os.ErrProcessDone)
			}
		})
	}
}

func TestStop(t *testing.T) {
	const ignore = `trap "" TERM; echo ready; sleep 60; true`
	const cleanUp = `trap "echo saved; exit 5" TERM; echo ready; sleep 60 & wait`
	tests := []struct {
		name   string
		spec   proc.Spec
		grace  time.Duration
		want   proc.Exit
		output string
	}{
		{"obeys", shell("echo ready; exec sleep 60"), 10 * time.Second, proc.Exit{Status: -15, Signal: "SIGTERM"}, "ready\n"},
		{"cleans up", shell(cleanUp), 10 * time.Second, proc.Exit{Status: 5}, "ready\nsaved\n"},
		{"ignores", shell(ignore), 200 * time.Millisecond, proc.Exit{Status: -9, Signal: "SIGKILL"}, "ready\n"},
		{"is stopped", shell("echo ready; kill -STOP $$; sleep 60"), 10 * time.Second, proc.Exit{Status: -15, Signal: "SIGTERM"}, "ready\n"},
		{"python", python("print('ready')\ntry:\n  import time; time.sleep(60)\nfinally: print('no')"), 10 * time.Second,
			proc.Exit{Status: -15, Signal: "SIGTERM"}, "ready\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.spec.Grace = tt.grace
			p, end := start(t, tt.spec)
			eventually(t, "it is ready", func() bool { return len(p.Tail()) > 0 })
			time.Sleep(20 * time.Millisecond)
			began := time.Now()
			for range 3 {
				p.Stop()
			}
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("Stop took %v", took)
			}
			got := end()
			if got.exit != tt.want || string(got.output) != tt.output {
				t.Errorf("got %+v, %q", got.exit, got.output)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			p.Stop()
		})
	}
}

// TestStopGrandchild stops a shell that ends at once while its child ignores SIGTERM: that has the whole grace.
func TestStopGrandchild(t *testing.T) {
	t.Parallel()
	spec := shell(`echo $$; sh -c 'trap "" TERM; echo $$; sleep 60'; true`)
	spec.Grace = 300 * time.Millisecond
	p, end, pids := startFamily(t, spec, 2)
	began := time.Now()
	p.Stop()
	got := end().exit
	// The sleeping process of the ignoring shell ignores too.
	if got != (proc.Exit{Status: -15, Signal: "SIGTERM", Lingered: 2}) {
		t.Errorf("got %+v", got)
	}
	if took := time.Since(began); took < 300*time.Millisecond || took > time.Second {
		t.Errorf("took %v", took)
	}
	checkGone(t, pids)
}

// TestStopSavesSlowly lets what is left of a stopped group work for longer than what an ended process leaves.
func TestStopSavesSlowly(t *testing.T) {
	t.Parallel()
	spec := shell(`sh -c 'trap "sleep 1.2; echo saved; exit" TERM; echo ready; sleep 60 & wait'; true`)
	p, end := start(t, spec)
	eventually(t, "it is ready", func() bool { return len(p.Tail()) > 0 })
	p.Stop()
	if got := end(); string(got.output) != "ready\nsaved\n" {
		t.Errorf("got %q", got.output)
	}
}

func TestLingering(t *testing.T) {
	tests := []struct {
		name, script string
		want         int
		output       string
		atMost       time.Duration
	}{
		{"holds the pipe", "sleep 60 & echo $!; exit 3", 1, "", 500 * time.Millisecond},
		{"holds nothing", "sleep 60 >/dev/null 2>&1 & echo $!; exit 3", 1, "", 500 * time.Millisecond},
		{"three", "sleep 60 & sleep 60 & sleep 60 & exit 3", 3, "", 500 * time.Millisecond},
		{"ignores SIGTERM", `(trap "" TERM; exec sleep 60) & sleep 0.05; exit 3`, 1, "", 3 * time.Second},
		{"says goodbye", `(trap "echo bye; exit" TERM; sleep 60 & wait) & sleep 0.05; exit 3`, 2, "bye\n", time.Second},
		{"ends by itself", "(sleep 0.03; echo late) & exit 3", 0, "late\n", 90 * time.Millisecond},
		{"reads to the end", "{ exec > /dev/null; (sleep 0.02; echo log >&2); } & exit 3", 0, "log\n", 90 * time.Millisecond},
		{"left the group", "setsid sleep 2 & sleep 0.1; exit 3", 0, "", 500 * time.Millisecond},
		{"left and writes", "setsid yes & sleep 0.02; exit 3", 0, "y\n", 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			p, end := start(t, shell(tt.script))
			got := end()
			want := proc.Exit{Status: 3, Lingered: tt.want, Held: strings.HasPrefix(tt.name, "left")}
			if got.exit != want {
				t.Errorf("got %+v, want %+v", got.exit, want)
			}
			if !strings.Contains(string(got.output), tt.output) {
				t.Errorf("got output %.100q, want %q", got.output, tt.output)
			}
			if took := time.Since(began); took > tt.atMost+500*time.Millisecond {
				t.Errorf("took %v", took)
			}
			if n, err := proc.Members(p.PID()); n != 0 || err != nil {
				t.Errorf("%d of the group are alive, %v", n, err)
			}
		})
	}
}

// stuck is a pager that nobody scrolls.
type stuck struct{ release chan struct{} }

func (s stuck) Write(b []byte) (int, error) {
	<-s.release
	return len(b), nil
}

// TestStopWhileStuck stops a process whose output nobody takes. Everything it wrote is kept.
func TestStopWhileStuck(t *testing.T) {
	for _, running := range []bool{true, false} {
		t.Run(fmt.Sprintf("running %t", running), func(t *testing.T) {
			t.Parallel()
			script := "echo a; sleep 0.05; echo b; sleep 0.05; echo c >&2; echo done > done"
			if running {
				script += "; exec sleep 60"
			}
			dir := t.TempDir()
			spec := shell(script)
			w := stuck{make(chan struct{})}
			defer close(w.release)
			spec.Dir, spec.Stdout, spec.Output, spec.Index = dir, w, dir+"/output", dir+"/index"
			p, err := proc.Start(spec)
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "it is through", func() bool { _, err := os.Stat(dir + "/done"); return err == nil })
			time.Sleep(20 * time.Millisecond)
			p.Stop()
			_, err = p.Wait()
			if err == nil || err.Error() != "pass on output: nobody took it; the rest of it is only in the run" {
				t.Errorf("got %v", err)
			}
			if got := string(read(t, spec.Output)); got != "a\nb\nc\n" {
				t.Errorf("got output %q", got)
			}
			if got := read(t, spec.Index); len(got) != 27 {
				t.Errorf("got %d bytes of index", len(got))
			}
		})
	}
}

// TestMany runs processes at the same time.
func TestMany(t *testing.T) {
	for i := range 20 {
		t.Run(itoa(i), func(t *testing.T) {
			t.Parallel()
			_, end := start(t, shell(fmt.Sprintf("echo %d; exit %d", i, i)))
			if got := end(); got.exit.Status != i || got.stdout != fmt.Sprintln(i) {
				t.Errorf("got %+v, %q", got.exit, got.stdout)
			}
		})
	}
}
