package main

import (
	"fmt"
	"io"
)

// table is what a section found.
type table struct {
	note string
	rows []row
}

// row is one measurement. Times are in nanoseconds.
type row struct {
	name         string
	median, best float64
	base         string
	ratio        float64 // to base
	more         float64 // than base
	aim          aim
	// Of attacks: CPU time, the highest resident memory in bytes, and how it ended.
	cpu     float64
	memory  float64
	outcome string
}

// aim is a bound on a row: nothing, if it has no text.
type aim struct {
	text string
	met  func(r row) bool
}

func atMost(ns float64) aim {
	return aim{"at most " + duration(ns), func(r row) bool { return r.median <= ns }}
}

func ratioAtMost(most float64) aim {
	return aim{fmt.Sprintf("at most %gx", most), func(r row) bool { return r.ratio <= most }}
}

func timesFaster(least float64) aim {
	return aim{fmt.Sprintf("%gx faster", least), func(r row) bool { return 1/r.ratio >= least }}
}

// print writes the table and returns how many aims are missed.
func (t *table) print(w io.Writer) (missed int) {
	attacks := len(t.rows) > 0 && t.rows[0].outcome != ""
	if attacks {
		fmt.Fprintln(w, "| | time | CPU | memory | aim | | it ended with |\n| --- | ---: | ---: | ---: | --- | --- | --- |")
	} else {
		fmt.Fprintln(w, "| | median | best | ratio | to | aim | |\n| --- | ---: | ---: | ---: | --- | --- | --- |")
	}
	for _, r := range t.rows {
		verdict := ""
		if r.aim.text != "" {
			verdict = "met"
			if !r.aim.met(r) {
				verdict = "**missed**"
				missed++
			}
		}
		if attacks {
			fmt.Fprintf(w, "| %s | %s | %s | %.0f MiB | %s | %s | %s |\n", r.name, duration(r.median), duration(r.cpu), r.memory/(1<<20), r.aim.text, verdict, r.outcome)
			continue
		}
		ratio := ""
		if r.base != "" {
			ratio = factor(r.ratio)
		}
		if r.more != 0 {
			ratio += ", " + duration(r.more) + " more"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s |\n", r.name, duration(r.median), duration(r.best), ratio, r.base, r.aim.text, verdict)
	}
	return missed
}

// duration writes nanoseconds with three digits.
func duration(ns float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if ns >= unit.size || ns <= -unit.size {
			return fmt.Sprintf("%.3g %s", ns/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%.3g ns", ns)
}

// factor writes a ratio so that it can be read: 1.07x, 310x less.
func factor(ratio float64) string {
	if ratio < 0.5 {
		return fmt.Sprintf("%.3gx less", 1/ratio)
	}
	return fmt.Sprintf("%.3gx", ratio)
}
