package store

import (
	"bytes"
	"strconv"
	"strings"
)

// processStart reads when a process was started, in clock ticks since boot. A zombie has ended: it does not run. known is false
// if there is no telling.
func processStart(pid int) (ticks int64, running, known bool) {
	path := "/proc/" + strconv.Itoa(pid) + "/stat"
	fd, err := open(path, 0, 0)
	if err != nil {
		return 0, false, true
	}
	defer closeFD(fd)
	buf := make([]byte, 1024)
	n, err := readFull(fd, buf)
	if err != nil {
		return 0, false, true // it ended while we looked
	}
	// The name, field 2, is in parentheses and may hold any byte, so count from the last one.
	end := bytes.LastIndexByte(buf[:n], ')')
	if end < 0 {
		return 0, true, false
	}
	fields := bytes.Fields(buf[end+1 : n])
	const state, startTime = 0, 19 // fields 3 and 22 of proc(5)
	if len(fields) <= startTime {
		return 0, true, false
	}
	if c := fields[state][0]; c == 'Z' || c == 'X' {
		return 0, false, true
	}
	ticks, err = strconv.ParseInt(string(fields[startTime]), 10, 64)
	return ticks, true, err == nil
}

// bootID is the same until the machine is started anew.
func bootID() string {
	fd, err := open("/proc/sys/kernel/random/boot_id", 0, 0)
	if err != nil {
		return ""
	}
	defer closeFD(fd)
	buf := make([]byte, 64)
	n, _ := readFull(fd, buf)
	return strings.TrimSpace(string(buf[:n]))
}
