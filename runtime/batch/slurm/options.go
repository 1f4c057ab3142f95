package slurm

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/guild-run/guild/runtime/run"
)

// Options are those of `launcher = { name = "slurm", ... }` in guild.toml. The zero value leaves all to the cluster, but
// ParseOptions sets Requeue.
type Options struct {
	Partition  string
	Account    string
	QOS        string
	Constraint string
	// Time is the limit of each run, in whole minutes; 0 is the partition's default and Unlimited is none.
	Time time.Duration
	// CPUs is how many each run gets; 0 is Slurm's default of one.
	CPUs int
	// GRES are generic resources per node, as Slurm writes them: gpu:1.
	GRES string
	// Mem is memory per node, as Slurm writes it: 8G.
	Mem string
	// ArrayLimit is how many runs may run at a time; 0 is no limit of ours.
	ArrayLimit int
	// Requeue lets Slurm start a run again after preemption or the failure of a node.
	Requeue bool
	// Extra are further options of sbatch, each one word: --exclude=node7.
	Extra []string
}

// Unlimited is the time limit of a run that may take as long as it wants.
const Unlimited time.Duration = -1

const (
	maxCPUs       = 1 << 20
	maxArrayLimit = 1 << 20
	maxExtra      = 64
	maxWord       = 1024
)

// ParseOptions reads and checks the table without its name; values are those of guild.toml: string, int64, float64, bool,
// []any. An error names the option and has one line; the caller adds where the table stands.
func ParseOptions(params map[string]any) (Options, error) {
	o := Options{Requeue: true}
	text := func(to *string) func(any) error {
		return func(v any) (err error) { *to, err = word(v); return err }
	}
	count := func(to *int, most int64) func(any) error {
		return func(v any) (err error) { *to, err = number(v, most); return err }
	}
	fields := map[string]func(any) error{
		"partition": text(&o.Partition), "account": text(&o.Account), "qos": text(&o.QOS), "constraint": text(&o.Constraint), "gres": text(&o.GRES),
		"time":        func(v any) (err error) { o.Time, err = limit(v); return err },
		"mem":         func(v any) (err error) { o.Mem, err = memory(v); return err },
		"cpus":        count(&o.CPUs, maxCPUs),
		"array-limit": count(&o.ArrayLimit, maxArrayLimit),
		"requeue": func(v any) error {
			b, ok := v.(bool)
			if !ok {
				return fmt.Errorf("want true or false")
			}
			o.Requeue = b
			return nil
		},
		"extra": func(v any) (err error) { o.Extra, err = extra(v); return err },
	}
	for _, key := range slices.Sorted(maps.Keys(params)) {
		read, known := fields[key]
		if !known {
			names := slices.Sorted(maps.Keys(fields))
			if nearest := run.Nearest(key, names); nearest != "" {
				return Options{}, fmt.Errorf("unknown option %q of the launcher slurm, did you mean %q?", key, nearest)
			}
			return Options{}, fmt.Errorf("unknown option %q of the launcher slurm, there are %s", key, strings.Join(names, ", "))
		}
		if err := read(params[key]); err != nil {
			return Options{}, fmt.Errorf("option %q of the launcher slurm: %w", key, err)
		}
	}
	return o, nil
}

func word(v any) (string, error) {
	s, ok := v.(string)
	if !ok || s == "" || len(s) > maxWord || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xfffd }) {
		return "", fmt.Errorf("want a word")
	}
	return s, nil
}

func number(v any, most int64) (int, error) {
	var n int64
	switch v := v.(type) {
	case int64:
		n = v
	case float64:
		if v == math.Trunc(v) && v >= 1 && v <= float64(most) {
			n = int64(v)
		}
	}
	if n < 1 || n > most {
		return 0, fmt.Errorf("want a whole number from 1 to %d", most)
	}
	return int(n), nil
}

var memoryForm = regexp.MustCompile(`^([0-9]{1,15})([KMGT]?)(i?B)?$`)

// memory takes 8G, 8GB and 8GiB for the same, as Slurm's units are powers of 1024, and a bare number as megabytes.
func memory(v any) (string, error) {
	if n, ok := v.(int64); ok {
		v = fmt.Sprint(n)
	}
	s, _ := v.(string)
	m := memoryForm.FindStringSubmatch(s)
	if m == nil || m[2] == "" && m[3] != "" {
		return "", fmt.Errorf(`want an amount of memory, such as "8G", or a number of megabytes`)
	}
	return m[1] + m[2], nil
}
