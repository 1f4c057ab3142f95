package proc

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Start starts the process. A *SpawnError says that the command cannot be run; any other error is guild's own.
func Start(spec Spec) (*Process, error) {
	if len(spec.Args) == 0 {
		return nil, errors.New("start: no command")
	}
	for i, arg := range spec.Args {
		if strings.Contains(arg, "\x00") {
			return nil, &SpawnError{Name: spec.Args[0], Err: fmt.Errorf("argument %d has a NUL byte", i)}
		}
	}
	if err := directory(cmp.Or(spec.Dir, ".")); err != nil {
		return nil, fmt.Errorf("start in %s: %w", spec.Dir, err)
	}
	env := spec.Env
	if env == nil {
		env = os.Environ()
	}
	path, notFound := lookUp(spec.Args[0], spec.Dir, env)
	if notFound != nil {
		return nil, notFound
	}
	p := &Process{
		grace: spec.Grace,
		done:  make(chan struct{}),
		stop:  make(chan struct{}),
	}
	if p.grace == 0 {
		p.grace = DefaultGrace
	}
	stdin, err := openStdin(spec.Stdin)
	if err != nil {
		return nil, err
	}
	if stdin != spec.Stdin {
		defer stdin.Close()
	}
	p.term = controlling(stdin)
	if p.rec, err = newRecorder(spec); err != nil {
		return nil, err
	}
	pipes, err := newPipes()
	if err != nil {
		p.rec.close()
		return nil, err
	}
	p.pump = newPump(pipes, spec, p.rec)

	// A write to a broken stdout ends a Go program that does not listen for SIGPIPE. Ignoring the signal instead
	// would reach the operation, which inherits that.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, unix.SIGPIPE)

	attr := &syscall.ProcAttr{
		Dir:   spec.Dir,
		Env:   lastOfEach(env),
		Files: []uintptr{stdin.Fd(), uintptr(pipes.out[1]), uintptr(pipes.err[1])},
		Sys:   p.term.attributes(),
	}
	started := make(chan error)
	go func() {
		// The kernel sends the parent-death signal when the thread that forked ends, not the process: this
		// goroutine keeps the thread until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		pid, err := forkExec(path, spec.Args, attr)
		pipes.closeWriters() // before anything waits for their end
		p.pid = pid
		started <- err
		if err == nil {
			p.supervise()
			signal.Stop(broken)
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		signal.Stop(broken)
		p.term.abandon()
		pipes.closeReaders()
		p.rec.close()
		return nil, explain(spec.Args[0], inDir(spec.Dir, path), err)
	}
	return p, nil
}

func openStdin(f *os.File) (*os.File, error) {
	if f != nil {
		return f, nil
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return f, nil
}

// forkExec tries again while the file is busy: another thread that forked while the file was being written holds a
// copy of its descriptor until its own exec, some milliseconds at most.
func forkExec(path string, args []string, attr *syscall.ProcAttr) (int, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		pid, err := syscall.ForkExec(path, args, attr)
		if err != syscall.ETXTBSY || wait > 64*time.Millisecond {
			return pid, err
		}
		time.Sleep(wait)
	}
}
