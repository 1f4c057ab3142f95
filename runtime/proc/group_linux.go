package proc

import (
	"bytes"
	"os"
	"strconv"
)

// members counts the processes of the group that are alive. Zombies are not: in a container without an init they
// stay for ever. An error means that there is no telling.
func members(pgid int) (int, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return 0, err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return 0, err
	}
	alive := 0
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // it has ended
		}
		if state, group := parseStat(stat); group == pgid && state != 'Z' && state != 'X' {
			alive++
		}
	}
	return alive, nil
}

// parseStat returns the state and the process group of a line of /proc/PID/stat. The name of the program comes
// before them, in parentheses, and may have any character.
func parseStat(stat []byte) (state byte, group int) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 3 {
		return 0, 0
	}
	group, _ = strconv.Atoi(string(fields[2])) // state, parent, group
	return fields[0][0], group
}
