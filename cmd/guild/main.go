// Command guild runs any program as a recorded run and calls sandboxed hooks around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"golang.org/x/sys/unix"
)

func main() {
	os.Exit(guild(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// guild is the whole program: it runs one command and returns the exit code.
func guild(args []string, stdin *os.File, stdout, stderr io.Writer) (code int) {
	app := &app{ui: ui.New(stdin, stdout, stderr, os.Getenv)}
	defer func() {
		if bug := recover(); bug != nil {
			app.ui.Error(fmt.Sprintf("internal error: %v", bug), "this is a bug of guild; please report it with the lines below")
			fmt.Fprintf(stderr, "%s", debug.Stack())
			code = exitFailure
		}
	}()
	ctx, stop := app.watchSignals(context.Background())
	defer stop()
	root := newRoot(app)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if app.ui.Enough() && errors.Is(err, syscall.EPIPE) {
		err = nil
	}
	if err == nil {
		err = app.ui.Lost()
	}
	// Whatever was going on, the reason that it ended is the signal.
	if cause := (*signalled)(nil); errors.As(err, &cause) || errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &cause) {
		err = cause
	}
	return app.report(args, err)
}

// signalled is the cause of a context that a signal cancelled.
type signalled struct{ sig syscall.Signal }

func (e *signalled) Error() string { return "interrupted by " + unix.SignalName(e.sig) }

// Signal is for the runner, which hands it on.
func (e *signalled) Signal() syscall.Signal { return e.sig }

// watchSignals cancels the context with the first signal as its cause; later ones go to app.signals, where a runner takes them as
// impatience. A command that has nothing to bring to an orderly end ends at once.
func (a *app) watchSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	caught := make(chan os.Signal, 4)
	a.signals = make(chan os.Signal, 4)
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(sig) { // under nohup, a hangup is to be ignored
			signal.Notify(caught, sig)
		}
	}
	go func() {
		for sig := range caught {
			if s, ok := sig.(syscall.Signal); ok && ctx.Err() == nil {
				if !a.orderly.Load() {
					os.Exit(exitSignal + int(s))
				}
				cancel(&signalled{s})
				continue
			}
			select {
			case a.signals <- sig:
			default: // enough of them are waiting
			}
		}
	}()
	return ctx, func() {
		signal.Stop(caught)
		close(caught)
		cancel(nil)
	}
}
