package store

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// process says which process a LOCK means: a pid alone is soon another's.
type process struct {
	PID        int    `json:"pid"`
	StartTicks int64  `json:"start_ticks"` // since boot, in the kernel's unit; µs since 1970 where the kernel has no ticks
	BootID     string `json:"boot_id"`
	Host       string `json:"host"`
}

const (
	maxPIDFile  = 64
	maxProcFile = 4 << 10
)

// SetLock says that process pid is the run's: LOCK holds the bare pid, as Guild AI reads it, LOCK.proc beside it when and
// where the process was started.
func (r *Run) SetLock(pid int) error {
	host, _ := os.Hostname()
	ticks, _, _ := processStart(pid)
	text, err := json.Marshal(process{PID: pid, StartTicks: ticks, BootID: bootID(), Host: host})
	if err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	// LOCK.proc comes first: alone it means nothing, while a LOCK alone would count by its pid.
	if err := r.write(r.Path(procFile), append(text, '\n')); err != nil {
		return err
	}
	return r.write(r.Path(lockFile), strconv.AppendInt(nil, int64(pid), 10))
}

// ClearLock removes LOCK and LOCK.proc; they need not be there.
func (r *Run) ClearLock() error {
	if err := r.remove(r.Path(lockFile)); err != nil {
		return err
	}
	return r.remove(r.Path(procFile))
}

// LockPID returns the pid in LOCK, 0 if there is none, and whether that process lives. One that was started at another
// time or before this boot is another process: not alive. A process of another host is not ours to judge: host names it, and alive
// is false. A LOCK with no LOCK.proc for its pid, such as one written by hand or by Guild AI, counts by the pid alone.
func (r *Run) LockPID() (pid int, alive bool, host string) {
	text, err := readSmall(r.Path(lockFile), maxPIDFile)
	if err != nil {
		return 0, false, ""
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return 0, false, ""
	}
	started, running, known := processStart(pid)
	p, ok := r.process()
	if !ok || p.PID != pid {
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

func (r *Run) process() (process, bool) {
	var p process
	text, err := readSmall(r.Path(procFile), maxProcFile)
	if err != nil || json.Unmarshal(text, &p) != nil {
		return process{}, false
	}
	return p, true
}
