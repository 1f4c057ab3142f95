package proc_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/proc"
	"golang.org/x/sys/unix"
)

// screen is the other side of a terminal: what is written to it is typed, what programs write appears in it.
type screen struct {
	*os.File
	t    *testing.T
	mu   sync.Mutex
	text strings.Builder
	seen int // of text, by appears
	dir  string
}

// onTerminal starts cmd as the leader of a session on a new terminal.
func onTerminal(t *testing.T, cmd *exec.Cmd) *screen {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &screen{File: master, t: t, dir: cmd.Dir}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			s.mu.Lock()
			s.text.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		killSession(cmd.Process.Pid)
		cmd.Wait()
		<-read
		master.Close()
		if t.Failed() {
			t.Logf("screen:\n%s", s.text.String())
		}
	})
	return s
}

// killSession ends everything that was started on the terminal.
func killSession(leader int) {
	stats, _ := filepath.Glob("/proc/[1-9]*/stat")
	for _, name := range stats {
		var pid, parent, group, session int
		var state string
		stat, _ := os.ReadFile(name)
		fmt.Sscan(strings.Split(string(stat), " ")[0], &pid)
		fmt.Sscan(string(stat[strings.LastIndex(string(stat), ")")+1:]), &state, &parent, &group, &session)
		if pid > 1 && session == leader {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func (s *screen) types(text string) {
	s.t.Helper()
	if _, err := s.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// appears waits for text after what it waited for last.
func (s *screen) appears(text string) {
	s.t.Helper()
	eventually(s.t, text+" appears", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		at := strings.Index(s.text.String()[s.seen:], text)
		if at >= 0 {
			s.seen += at + len(text)
		}
		return at >= 0
	})
}

const (
	ctrlC = "\x03"
	ctrlZ = "\x1a"
)

// ticks says that it runs until there is a file named go. A shell that starts processes takes signals badly at times:
// its child may be stopped before the exec for which the shell waits.
const ticks = `
import os, time
print("ready")
while not os.path.exists("go"):
    print("tick")
    time.sleep(0.02)
print("got", input())
`

// TestShell drives a guild from an interactive shell.
func TestShell(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, script string
		background   bool
		play         func(s *screen)
		want         string
	}{
		{"reads", `echo ready; read x; echo got $x`, false, func(s *screen) {
			s.types("hello\n")
			s.appears("got hello")
		}, "0 0"},
		{"Ctrl-C", `exec python3 -u ticks.py`, false, func(s *screen) {
			s.types(ctrlC)
			s.appears("$ ")
			s.types("echo shell $((40+2))\n")
			s.appears("shell 42")
		}, "-2 0"},
		{"Ctrl-Z and fg", `echo ready; read x; echo got $x`, false, func(s *screen) {
			s.types(ctrlZ)
			s.appears("Stopped")
			s.appears("run.sh")
			s.types("echo shell $((40+2))\n")
			s.appears("shell 42")
			s.types("fg\n")
			s.appears("run.sh") // the shell says what it continues
			s.types("hello\n")
			s.appears("got hello")
		}, "0 0"},
		{"Ctrl-Z twice", `exec python3 -u ticks.py`, false, func(s *screen) {
			for range 2 {
				s.appears("tick")
				s.types(ctrlZ)
				s.appears("Stopped")
				s.appears("run.sh")
				s.types("fg\n")
				s.appears("run.sh")
				s.appears("tick") // may have been under way
				s.appears("tick")
			}
			write(s.t, filepath.Join(s.dir, "go"), "", 0o644)
			s.types("hello\n")
			s.appears("got hello")
		}, "0 0"},
		{"Ctrl-Z and bg", `exec python3 -u ticks.py < /dev/null`, false, func(s *screen) {
			s.types(ctrlZ)
			s.appears("Stopped")
			s.types("bg\n")
			s.appears("tick") // may have been under way
			s.appears("tick")
			write(s.t, filepath.Join(s.dir, "go"), "", 0o644)
		}, "1 0"},
		{"reads in the background", `echo ready; read x; echo got $x`, true, func(s *screen) {
			eventually(s.t, "the job stops", func() bool {
				s.types("jobs\n")
				s.mu.Lock()
				defer s.mu.Unlock()
				return strings.Contains(s.text.String(), "Stopped")
			})
			s.types("fg\n")
			s.appears("run.sh")
			s.appears("run.sh")
			s.types("hello\n")
			s.appears("got hello")
		}, "0 0"},
		{"fg while it runs", `echo ready; sleep 0.3; read x; echo got $x`, true, func(s *screen) {
			s.types("fg\n")
			s.appears("run.sh")
			s.types("hello\n")
			s.appears("got hello")
		}, "0 0"},
		{"output under tostop", `echo ready; echo more; read x; echo got $x`, false, func(s *screen) {
			s.appears("more")
			s.types("hello\n")
			s.appears("got hello")
		}, "0 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			// A script keeps what is typed, and echoed, short.
			guild := fmt.Sprintf("#!/bin/sh\n%s=run exec '%s' '%s' '%s'\n", roleVariable, self, tt.script, dir)
			write(t, filepath.Join(dir, "run.sh"), guild, 0o755)
			write(t, filepath.Join(dir, "ticks.py"), ticks, 0o644)
			sh := exec.Command("/bin/sh", "-i")
			sh.Dir, sh.Env = dir, append(os.Environ(), "PS1=$ ", "ENV=")
			s := onTerminal(t, sh)
			s.appears("$ ")
			if strings.Contains(tt.name, "tostop") {
				s.types("stty tostop\n")
				s.appears("$ ")
			}
			if tt.background {
				s.types("./run.sh &\n")
			} else {
				s.types("./run.sh\n")
			}
			s.appears("ready")
			tt.play(s)
			var got []byte
			eventually(t, "guild ends", func() bool {
				got, _ = os.ReadFile(filepath.Join(dir, "exit"))
				return len(got) > 0
			})
			if string(got) != tt.want {
				t.Errorf("got exit %q, want %q", got, tt.want)
			}
		})
	}
}

func init() {
	// front runs a command and says whether it has the foreground afterwards.
	roles["front"] = func(args []string) error {
		p, err := proc.Start(proc.Spec{Args: args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
		var spawn *proc.SpawnError
		if err == nil {
			exit, err := p.Wait()
			if err != nil {
				return err
			}
			fmt.Printf("exit %d\n", exit.Status)
		} else if errors.As(err, &spawn) {
			fmt.Println("spawn error")
		} else {
			return err
		}
		front, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
		if err != nil {
			return err
		}
		fmt.Printf("front %t\n", front == unix.Getpgrp())
		return nil
	}
}

// TestNoShell runs guild as the leader of the session: nobody could continue it.
func TestNoShell(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "text"), "no program", 0o755)
	tests := []struct {
		name string
		args []string
		play func(s *screen)
	}{
		{"end", []string{"sh", "-c", "exit 4"}, func(s *screen) { s.appears("exit 4") }},
		{"spawn error", []string{filepath.Join(dir, "text")}, func(s *screen) { s.appears("spawn error") }},
		{"Ctrl-C", []string{"sh", "-c", "echo ready; sleep 60"}, func(s *screen) {
			s.appears("ready")
			time.Sleep(100 * time.Millisecond)
			s.types(ctrlC)
			s.appears("exit -2")
		}},
		{"Ctrl-Z", []string{"sh", "-c", "echo ready; read x; echo got $x; exit 4"}, func(s *screen) {
			s.appears("ready")
			s.types(ctrlZ)
			s.appears("^Z")
			s.types("hello\n")
			s.appears("got hello")
			s.appears("exit 4")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := onTerminal(t, role(t, "front", tt.args...))
			tt.play(s)
			s.appears("front true")
		})
	}
}
