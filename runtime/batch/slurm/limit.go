package slurm

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

const maxLimit = 3660 * 24 * time.Hour

// slurmTime has Slurm's forms: minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes, days-hours:minutes:seconds.
var slurmTime = regexp.MustCompile(`^(?:([0-9]{1,6})-)?([0-9]{1,9})(?::([0-9]{1,9}))?(?::([0-9]{1,9}))?$`)

// limit reads a time limit, as Go and the rest of guild.toml write it (2h, 90m) or as Slurm does (2:00:00, 90), and rounds up to
// whole minutes, which is what Slurm counts in.
func limit(v any) (time.Duration, error) {
	if n, ok := v.(int64); ok {
		v = strconv.FormatInt(n, 10)
	}
	s, _ := v.(string)
	if s == "unlimited" || s == "infinite" {
		return Unlimited, nil
	}
	d, err := time.ParseDuration(s)
	if m := slurmTime.FindStringSubmatch(s); m != nil {
		d, err = slurmDuration(m[1], m[2], m[3], m[4]), nil
	}
	if err != nil || d <= 0 || d > maxLimit {
		return 0, fmt.Errorf(`want a time, such as "2h", "1-12:00:00" or "unlimited"`)
	}
	return (d + time.Minute - 1).Truncate(time.Minute), nil
}

// slurmDuration adds up the parts of a time; empty ones are zero. What the first number means depends on what else is there.
func slurmDuration(days, a, b, c string) time.Duration {
	n := func(s string) time.Duration {
		v, _ := strconv.Atoi(s)
		return time.Duration(v)
	}
	hours, minutes, seconds := n(a), n(b), n(c)
	switch {
	case days != "" || c != "":
	default:
		hours, minutes, seconds = 0, n(a), n(b)
	}
	return n(days)*24*time.Hour + hours*time.Hour + minutes*time.Minute + seconds*time.Second
}

// slurmLimit writes a limit as sbatch takes it.
func slurmLimit(d time.Duration) string {
	if d == Unlimited {
		return "UNLIMITED"
	}
	return strconv.FormatInt(int64((d+time.Minute-1)/time.Minute), 10)
}
