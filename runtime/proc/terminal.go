package proc

import (
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is the controlling terminal, if stdin is that; nil otherwise, and then its methods do nothing.
//
// The group of the process is in the foreground when guild would be, so that it can read the terminal and gets what
// the keys send. The shell knows nothing of that group: it stops and continues guild, and guild has to follow what
// the process does and make it follow what the shell does.
type terminal struct {
	fd, guild, child int // the descriptor and two process groups
	tookOver         bool
	ignoring         bool
	conts            chan os.Signal
	resumed          atomic.Int64 // number of SIGCONT so far
	quit             chan struct{}
	watcher          sync.WaitGroup
}

func controlling(stdin *os.File) *terminal {
	fd := int(stdin.Fd())
	front, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil {
		return nil
	}
	t := &terminal{fd: fd, guild: unix.Getpgrp(), conts: make(chan os.Signal, 1), quit: make(chan struct{})}
	t.tookOver = front == t.guild
	return t
}

// attributes are those of the process to start.
func (t *terminal) attributes() *syscall.SysProcAttr {
	attr := newAttributes()
	if t != nil && t.tookOver {
		attr.Foreground, attr.Ctty = true, t.fd
	}
	return attr
}

// hold begins to follow the shell, once the process has started.
func (t *terminal) hold(child int) {
	if t == nil {
		return
	}
	t.child = child
	t.ignoreOutput()
	signal.Notify(t.conts, unix.SIGCONT)
	t.watcher.Go(func() {
		for {
			select {
			case <-t.conts:
				t.resumed.Add(1)
				t.resume()
			case <-t.quit:
				return
			}
		}
	})
}

// ignoreOutput lets guild write to the terminal, and take it back, while it is in the background: that is allowed to
// those who ignore SIGTTOU. Not to be called before the fork: the process would inherit it.
func (t *terminal) ignoreOutput() {
	if !signal.Ignored(unix.SIGTTOU) {
		signal.Ignore(unix.SIGTTOU)
		t.ignoring = true
	}
}

// abandon takes the foreground back from a process that did not come to be: it may have got it before it failed.
func (t *terminal) abandon() {
	if t == nil || !t.tookOver {
		return
	}
	t.ignoreOutput()
	unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, t.guild)
	t.obeyOutput()
}

func (t *terminal) obeyOutput() {
	if t.ignoring {
		signal.Reset(unix.SIGTTOU)
	}
}

// end takes the foreground back. If the shell has it, it stays there.
func (t *terminal) end() {
	if t == nil {
		return
	}
	signal.Stop(t.conts)
	close(t.quit)
	t.watcher.Wait()
	t.give(t.child, t.guild)
	t.obeyOutput()
}

// resume lets the process go on, in the foreground if the shell has put guild there.
func (t *terminal) resume() {
	t.give(t.guild, t.child)
	unix.Kill(-t.child, unix.SIGCONT)
}

// give hands the foreground from one group to another, if that one has it.
func (t *terminal) give(from, to int) {
	front, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	if err != nil || front != from {
		return // hung up, or the shell's
	}
	unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, to)
}

// stopTime is how long guild needs at most to be stopped by a signal it sent itself.
const stopTime = 100 * time.Millisecond

// stopped follows a process that was stopped: by Ctrl-Z, or because it wants the terminal while in the background.
// All of guild's group stops, which is the job that the shell knows. SIGSTOP does not come from a terminal; whoever
// sent it has to continue the process.
func (t *terminal) stopped(sig syscall.Signal) {
	if t == nil || sig == unix.SIGSTOP {
		return
	}
	before := t.resumed.Load()
	front, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	ours := err == nil && (front == t.child || front == t.guild)
	if sig != unix.SIGTSTP && (ours || t.resumed.Load() != before) {
		t.resume() // the shell has put guild into the foreground in the meantime
		return
	}
	t.give(t.child, t.guild)
	unix.Kill(0, unix.SIGTSTP)
	time.Sleep(stopTime)
	// Here guild was stopped and continued, and the watcher resumed the process; or there is no shell that could
	// do that, so the kernel did not stop guild, and Ctrl-Z is without effect.
	if t.resumed.Load() == before && sig == unix.SIGTSTP {
		t.resume()
	}
}
