package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// process says which process a LOCK means: a pid alone is soon another's.
type process struct {
	PID        int    `json:"pid"`
	StartTicks int64  `json:"start_ticks"` // since boot, in the kernel's unit; µs since 1970 where the kernel has no ticks
	BootID     string `json:"boot_id"`
	Host       string `json:"host"`
}

const (
	pidWidth       = 10  // of what Guild AI reads of a LOCK
	processSize    = 256 // of what is written, so that it can be written in place; a host's name may be too long for it
	maxProcessFile = 4 << 10
)

// SetLock says that process pid is the run's. The file process holds the bare pid, in the ten characters that Guild AI reads of a LOCK,
// and in its second line, as JSON, when and where the process was started. It stays; LOCK is another name for it while the process runs.
func (r *Run) SetLock(pid int) error {
	host, _ := os.Hostname()
	ticks, _, _ := processStart(pid)
	text, err := json.Marshal(process{PID: pid, StartTicks: ticks, BootID: bootID(), Host: host})
	if err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	line := fmt.Sprintf("%-*d\n%s", pidWidth, pid, text)
	line = fmt.Sprintf("%-*s\n", processSize-1, line)
	if err := r.overwrite(processFile, []byte(line)); err != nil {
		return err
	}
	return r.alias(lockFile)
}

// ClearLock removes LOCK; it need not be there.
func (r *Run) ClearLock() error { return r.remove(r.Path(lockFile)) }

// LockPID returns the pid in LOCK, 0 if there is none, and whether that process lives. One that was started at another
// time or before this boot is another process: not alive. A process of another host is not ours to judge: host names it, and alive
// is false. A LOCK with no more in it than a pid, such as one written by hand or by Guild AI, counts by the pid alone.
func (r *Run) LockPID() (pid int, alive bool, host string) {
	text, err := readSmall(r.Path(lockFile), maxProcessFile)
	for err == nil {
		pid, alive, host = judge(text)
		if alive || host != "" {
			break
		}
		last := text // which may have been read in the moment in which it was written
		if text, err = readSmall(r.Path(lockFile), maxProcessFile); bytes.Equal(text, last) {
			break
		}
	}
	if err != nil {
		return 0, false, ""
	}
	return pid, alive, host
}

func judge(text []byte) (pid int, alive bool, host string) {
	first, rest, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 0 {
		return 0, false, ""
	}
	started, running, known := processStart(pid)
	var p process
	if json.Unmarshal([]byte(rest), &p) != nil || p.PID != pid {
		return pid, running, ""
	}
	if here, err := os.Hostname(); err == nil && p.Host != "" && p.Host != here {
		return pid, false, p.Host
	}
	if p.BootID != bootID() {
		return pid, false, ""
	}
	return pid, running && (!known || started == p.StartTicks), ""
}

// overwrite writes a file in place if what it holds has the same size, or nothing, and else replaces it. One write of so
// little is all there or not at all, whoever is killed.
func (r *Run) overwrite(name string, data []byte) error {
	path := r.Path(name)
	if err := r.guard(path); err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return r.write(path, data)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() != 0 && info.Size() != int64(len(data)) {
		return r.write(path, data)
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	r.wrote(path)
	return nil
}

// alias makes name another name of the file process, or a copy of it where files have only one. Every run needs PENDING and LOCK for a
// while. As names they cost nothing; as files they are made and deleted, and ext4, for minutes, looks at each deleted file again
// whenever one is made near it.
func (r *Run) alias(name string) error {
	to, file := r.Path(name), r.Path(processFile)
	if err := r.guard(to); err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	if sameFile(file, to) {
		return nil
	}
	err := os.Link(file, to)
	if errors.Is(err, fs.ErrExist) {
		temp := r.Path(atomicfile.TempPrefix + string(run.NewID()))
		if err = os.Link(file, temp); err == nil {
			err = os.Rename(temp, to)
		}
	}
	if err != nil {
		text, err := readSmall(file, maxProcessFile)
		if err != nil {
			return fmt.Errorf("run %s: %w", r.ID, err)
		}
		return r.write(to, text)
	}
	r.wrote(to)
	return nil
}

func sameFile(a, b string) bool {
	one, err := os.Lstat(a)
	if err != nil {
		return false
	}
	other, err := os.Lstat(b)
	return err == nil && os.SameFile(one, other)
}
