package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// A run in the background is staged here, where there is somebody to ask and to tell, and started by a guild of its own.

// backgroundPatience is how long to wait for a run to begin. One that takes longer, in a hook for example, goes on all the same.
const backgroundPatience = 10 * time.Second

// foreground is the first option that --background cannot be used with, or "".
func (o runOptions) foreground() string {
	for _, option := range []struct {
		name string
		used bool
	}{
		{"--stage", o.stage}, {"--stage-trials", o.batch.stageTrials}, {"--print-cmd", o.printCmd}, {"--print-trials", o.batch.printTrials},
		{"--run-dir", o.runDir != ""},
	} {
		if option.used {
			return option.name
		}
	}
	return ""
}

// goOn starts a staged run and waits until it has begun.
func (a *app) goOn(r *store.Run, o runOptions) error {
	said, err := os.CreateTemp("", "guild-")
	if err != nil {
		return err
	}
	defer said.Close()
	os.Remove(said.Name()) // it is the other's stderr, and ours to read
	args, err := o.startArgs(r)
	if err != nil {
		return err
	}
	process, err := detach(args, said)
	if err != nil {
		return fmt.Errorf("run %s is staged, and not started: %w", r.ID.Short(), err)
	}
	ended := make(chan struct{})
	go func() {
		_, _ = process.Wait() // what became of the run says more
		close(ended)
	}()
	patience := time.After(backgroundPatience)
	for !begun(r) {
		select {
		case <-ended:
			if !begun(r) {
				return fmt.Errorf("run %s is staged, and not started: %s", r.ID.Short(), lastWords(said))
			}
		case <-patience:
			a.ui.Warnf("run %s has not begun yet", r.ID.Short())
			return nil
		case <-time.After(5 * time.Millisecond):
		}
	}
	switch status := r.Status(); status {
	case run.Running:
		a.ui.Say("%s goes on in the background as %s; 'guild stop %[1]s' ends it", r.ID.Short(), r.ID)
	case run.Denied:
		denial, err := r.Denied()
		if err != nil || denial == nil {
			return err
		}
		return &runner.Refused{Hook: denial.Hook, Event: abi.Event(denial.Event), Reason: denial.Reason}
	default:
		a.ui.Say("%s has ended already, %s, as %s", r.ID.Short(), status, r.ID)
	}
	return nil
}

func begun(r *store.Run) bool {
	status := r.Status()
	return status != run.Staged && status != run.Pending
}

// detach starts a program that outlives this process and its terminal: in a session of its own, without input and output but for what it
// says on stderr, which goes to a file.
func detach(args []string, stderr *os.File) (*os.Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	return os.StartProcess(args[0], args, &os.ProcAttr{
		Files: []*os.File{null, null, stderr}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
}

// startArgs is the command that starts r, with the options that are not kept in it.
func (o runOptions) startArgs(r *store.Run) ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	home := strings.TrimSuffix(r.Dir, "/runs/"+string(r.ID))
	args := []string{program, "run", "--start", string(r.ID), "--yes", "--quiet", "--home", home}
	if o.batch.jobs > 0 {
		args = append(args, "--jobs", strconv.Itoa(o.batch.jobs))
	}
	if o.needed != "" && runner.IsBatch(r) {
		args = append(args, "--needed="+o.needed)
	}
	if o.batch.launcher != "" {
		args = append(args, "--launcher", o.batch.launcher)
	}
	for option, given := range map[string]bool{
		"--fail-on-trial-error": o.batch.failOnError, "--no-hooks": o.noHooks,
	} {
		if given {
			args = append(args, option)
		}
	}
	return args, nil
}

const maxLastWords = 4 << 10

// lastWords is what a guild that ended at once has said, as the end of a line.
func lastWords(said *os.File) string {
	text := make([]byte, maxLastWords)
	n, err := said.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}
	line, _, _ := strings.Cut(string(text[:n]), "\n")
	if line == "" {
		return "it ended without a word"
	}
	return strings.TrimPrefix(strings.TrimPrefix(line, "guild: "), "error: ")
}
