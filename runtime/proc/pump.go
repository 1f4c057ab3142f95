package proc

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	chunkSize = 128 << 10              // of one read
	drainSize = 1 << 20                // no less than the largest pipe
	flushTime = 100 * time.Millisecond // a writer may be stuck
)

// States of a pump: passing while it is in a Write of the caller's writer, which may take for ever.
const (
	working = iota
	passing
	abandoned
)

// pump moves the output from the pipes to the recorder and on to the writers: one loop for both streams, so that
// all of them get it in the same order.
type pump struct {
	src   [2]int        // read ends, -1 at their end
	wake  int           // a pipe: a byte asks to empty the others, its end to stop after that
	waker int           // its other end
	empty chan struct{} // the answer to a byte
	dst   [2]io.Writer
	rec   *recorder
	state atomic.Int32
	done  chan struct{} // closed at the end
	left  error         // a writer's, other than a broken pipe
	held  bool          // at the end somebody still had a pipe open
}

func newPump(pipes *pipes, spec Spec, rec *recorder) *pump {
	return &pump{
		src:   [2]int{pipes.out[0], pipes.err[0]},
		wake:  pipes.wake[0],
		waker: pipes.wake[1],
		empty: make(chan struct{}, 1),
		dst:   [2]io.Writer{spec.Stdout, spec.Stderr},
		rec:   rec,
		done:  make(chan struct{}),
	}
}

// run ends when both streams have, or after the wake pipe has and the others were emptied.
func (u *pump) run() {
	buf := make([]byte, chunkSize)
	for u.src[Stdout] >= 0 || u.src[Stderr] >= 0 {
		fds := []unix.PollFd{
			{Fd: int32(u.src[Stdout]), Events: unix.POLLIN},
			{Fd: int32(u.src[Stderr]), Events: unix.POLLIN},
			{Fd: int32(u.wake), Events: unix.POLLIN},
		}
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			u.left = fmt.Errorf("wait for output: %w", err)
			break
		}
		for stream := range u.src {
			if fds[stream].Revents == 0 {
				continue
			}
			if _, ok := u.move(stream, buf); !ok {
				return
			}
		}
		if fds[2].Revents == 0 {
			continue
		}
		if !u.drain(buf) {
			return
		}
		if n, err := unix.Read(u.wake, buf[:1]); err == nil && n == 0 {
			u.held = u.src[Stdout] >= 0 || u.src[Stderr] >= 0
			break
		}
		select {
		case u.empty <- struct{}{}:
		default:
		}
	}
	u.rec.finish()
	close(u.done)
}

// flush waits until the pipes were emptied, for a short time.
func (u *pump) flush() {
	unix.Write(u.waker, []byte{0})
	select {
	case <-u.empty:
	case <-u.done:
	case <-time.After(flushTime):
	}
}

// drain moves what is in the pipes, and no more than fits in them: a process that left the group may be writing
// still.
func (u *pump) drain(buf []byte) bool {
	for stream := range u.src {
		for moved := 0; u.src[stream] >= 0 && moved < drainSize; {
			n, ok := u.move(stream, buf)
			if !ok {
				return false
			}
			if n == 0 {
				break
			}
			moved += n
		}
	}
	return true
}

// move moves one chunk; n is 0 if there is none now or ever. It returns false if the pump was abandoned.
func (u *pump) move(stream int, buf []byte) (n int, ok bool) {
	n, err := ignoringEINTR(func() (int, error) { return unix.Read(u.src[stream], buf) })
	if err == unix.EAGAIN {
		return 0, true
	}
	if n <= 0 || err != nil {
		unix.Close(u.src[stream])
		u.src[stream] = -1
		return 0, true
	}
	u.rec.write(stream, buf[:n])
	return n, u.pass(stream, buf[:n])
}

// pass writes b to the stream's writer. Everything else was done with b before, so a pump that is stuck here can
// be replaced without a loss.
func (u *pump) pass(stream int, b []byte) bool {
	if u.dst[stream] == nil {
		return true
	}
	u.state.Store(passing)
	err := writeAll(u.dst[stream], b)
	if !u.state.CompareAndSwap(passing, working) {
		return false
	}
	if err != nil {
		u.dst[stream] = nil
		if !errors.Is(err, syscall.EPIPE) {
			u.left = fmt.Errorf("pass on output: %w", err)
		}
	}
	return true
}

// writeAll writes all of b also to a file that somebody made non-blocking: a process may do that to the terminal
// it shares with guild.
func writeAll(w io.Writer, b []byte) error {
	for {
		n, err := w.Write(b)
		if !errors.Is(err, syscall.EAGAIN) {
			return err
		}
		b = b[n:]
		time.Sleep(5 * time.Millisecond)
	}
}

// replace returns the pump that goes on without passing on if u is stuck in a writer, else nil. The goroutine of u
// stays until the writer lets it go.
func (u *pump) replace() *pump {
	if !u.state.CompareAndSwap(passing, abandoned) {
		return nil
	}
	return &pump{src: u.src, wake: u.wake, waker: u.waker, empty: u.empty, rec: u.rec, done: u.done, left: errors.Join(u.left, errStuck)}
}

var errStuck = errors.New("pass on output: nobody took it; the rest of it is only in the run")

func ignoringEINTR(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}
