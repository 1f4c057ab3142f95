package slurm

import (
	"fmt"
	"strconv"
	"strings"
)

// eachIndex calls f for the indexes in a list as Slurm writes it (3, 0-4, 0-298:2, and several with commas, then %7 for a limit of
// seven at a time), all of which have to be below n.
//
// squeue can write the tasks out itself (--array), but then leaves out the last one of a list with a step (22.05).
func eachIndex(list string, n int, f func(i int)) error {
	list, _, _ = strings.Cut(list, "%")
	for item := range strings.SplitSeq(list, ",") {
		bounds, every, stepped := strings.Cut(item, ":")
		from, to, ranged := strings.Cut(bounds, "-")
		if !ranged {
			to = from
		}
		if !stepped {
			every = "1"
		}
		first, err1 := strconv.ParseUint(from, 10, 31)
		last, err2 := strconv.ParseUint(to, 10, 31)
		step, err3 := strconv.ParseUint(every, 10, 31)
		if err1 != nil || err2 != nil || err3 != nil || first > last || int(last) >= n || step == 0 {
			return fmt.Errorf("%.40q is not a list of tasks", item)
		}
		for i := first; i <= last; i += step {
			f(int(i))
		}
	}
	return nil
}
