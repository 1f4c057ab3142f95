package slurm

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Client runs sbatch, squeue, scontrol and scancel from PATH. The zero value is ready, and may be used by many goroutines.
type Client struct {
	// Env are variables (name=value) that the commands get beside those of this process, such as SLURM_CONF.
	Env []string
	// Patience is for how long a call is tried again while the controller does not answer or is too busy; 0 is two minutes, negative not at all.
	Patience time.Duration
}

const (
	patience    = 2 * time.Minute
	firstPause  = 500 * time.Millisecond
	maxPause    = 15 * time.Second
	maxOutput   = 256 << 20 // squeue writes about 60 bytes for each task
	maxComplain = 4 << 10
	// callLimit ends a command that hangs. sbatch itself waits for up to two minutes when the queue is full.
	callLimit = 3 * time.Minute
)

// transient are complaints of a controller that is busy, starting or on its way back.
var transient = []string{
	"Socket timed out", "temporarily unable", "temporarily unavailable", "Unable to contact slurm controller", "Connection refused",
	"Connection reset", "Slurm backup controller in standby mode", "Zero Bytes were transmitted or received",
	"Transport endpoint is not connected", "Unexpected message received",
}

// commandError is what a command that failed has said.
type commandError struct {
	command string
	said    string
	err     error
}

func (e *commandError) Error() string {
	if e.said == "" {
		return fmt.Sprintf("%s: %v", e.command, e.err)
	}
	return fmt.Sprintf("%s: %s", e.command, e.said)
}

func (e *commandError) Unwrap() error { return e.err }

func (e *commandError) transient() bool {
	return slices.ContainsFunc(transient, func(s string) bool { return strings.Contains(e.said, s) })
}

// ask runs a command that changes nothing, or that may be repeated, until the controller answers.
func (c *Client) ask(ctx context.Context, command string, args ...string) (string, error) {
	return retry(ctx, c.Patience, func() (string, error) { return c.call(ctx, command, args...) })
}

// retry calls again, with growing pauses, while the failure is one that passes.
func retry[T any](ctx context.Context, limit time.Duration, call func() (T, error)) (T, error) {
	if limit == 0 {
		limit = patience
	}
	end := time.Now().Add(limit)
	for rest := firstPause; ; rest = min(2*rest, maxPause) {
		v, err := call()
		var failed *commandError
		if err == nil || !errors.As(err, &failed) || !failed.transient() || time.Now().Add(rest).After(end) {
			return v, err
		}
		if stopped := pause(ctx, rest); stopped != nil {
			return v, fmt.Errorf("%w (%w)", err, stopped)
		}
	}
}

// pause waits, unless the context is done before.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// call runs one command once and returns what it printed.
func (c *Client) call(ctx context.Context, command string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Env = c.environ(command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C at the terminal is for guild: sbatch must not end halfway
	cmd.WaitDelay = time.Second
	out, said := &capped{limit: maxOutput}, &capped{limit: maxComplain}
	cmd.Stdout, cmd.Stderr = out, said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s: %w", command, context.Cause(ctx))
	case err != nil:
		return "", &commandError{command: command, said: complaint(command, said.String()), err: err}
	case out.full:
		return "", fmt.Errorf("%s: printed more than %d bytes", command, maxOutput)
	}
	return out.String(), nil
}
