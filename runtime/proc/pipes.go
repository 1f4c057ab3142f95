package proc

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// pipes are the two pipes of the output and the one that wakes the pump; [0] is the read end. They are bare
// descriptors: the pump polls them itself, without a detour through the scheduler's poller for each chunk.
type pipes struct {
	out, err, wake [2]int
}

func newPipes() (*pipes, error) {
	p := &pipes{}
	ends := []*[2]int{&p.out, &p.err, &p.wake}
	for i, end := range ends {
		if err := newPipe(end); err != nil {
			for _, made := range ends[:i] {
				closeAll(made[:]...)
			}
			return nil, fmt.Errorf("start: pipe: %w", err)
		}
	}
	return p, nil
}

// closeWriters closes what the process writes to: guild must see the end of it.
func (p *pipes) closeWriters() { closeAll(p.out[1], p.err[1]) }

// closeReaders closes the rest, when there is no process.
func (p *pipes) closeReaders() { closeAll(p.out[0], p.err[0], p.wake[0], p.wake[1]) }

func closeAll(fds ...int) {
	for _, fd := range fds {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}
