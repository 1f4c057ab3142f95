// Package needed decides whether a past run makes a new one unnecessary. It is a pure decision: it reads nothing and
// changes nothing; finding candidates and waiting for those under way is left to the caller.
package needed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// Spec is the run that is asked for.
type Spec struct {
	Ref    run.OpRef
	Flags  run.Flags  // resolved: defaults and what hooks set included
	Source run.Digest // zero when source code is not compared
	// Upstream are the lock digests of the runs it would use, in order; compared with the source code.
	Upstream []string
}

// Past is a run that exists.
type Past struct {
	Ref    run.OpRef
	Flags  run.Flags
	Status run.Status
	Source run.Digest // zero when not recorded
	// Upstream are the lock digests of the runs it used, as they were then.
	Upstream []string
}

// Reject returns why a past run does not stand for the one asked for, or "" if it does. Numbers compare as
// numbers; text never equals a number. Only completed and terminated runs count.
func Reject(want Spec, past Past) string {
	if !SameOperation(want.Ref, past.Ref) {
		return fmt.Sprintf("it is of another operation (%s)", past.Ref.Name())
	}
	if want.Ref != past.Ref {
		return "the operation is defined differently now"
	}
	if diff := flagDiff(want.Flags, past.Flags); diff != "" {
		return "its flags differ: " + diff
	}
	if !past.Status.Available() {
		return fmt.Sprintf("its status is %s", past.Status)
	}
	if !want.Source.IsZero() && want.Source != past.Source {
		return "its source code differs"
	}
	if !want.Source.IsZero() && !slices.Equal(want.Upstream, past.Upstream) {
		return "the runs it used were locked with other content"
	}
	return ""
}

// SameOperation reports whether two references name one operation, whatever its definition was.
func SameOperation(a, b run.OpRef) bool {
	a.Version, b.Version = "", ""
	return a == b
}

const maxDiffs = 3

func flagDiff(want, past run.Flags) string {
	names := slices.Concat(want.Names(), past.Names())
	slices.Sort(names)
	var diffs []string
	for _, name := range slices.Compact(names) {
		w, inWant := want[name]
		p, inPast := past[name]
		switch {
		case !inPast:
			diffs = append(diffs, fmt.Sprintf("it has no %s", name))
		case !inWant:
			diffs = append(diffs, fmt.Sprintf("it has %s=%s", name, run.FormatValue(p)))
		case !run.Equal(w, p):
			diffs = append(diffs, fmt.Sprintf("%s=%s, not %s", name, run.FormatValue(p), run.FormatValue(w)))
		}
	}
	if len(diffs) > maxDiffs {
		diffs = append(diffs[:maxDiffs], fmt.Sprintf("and %d more", len(diffs)-maxDiffs))
	}
	return strings.Join(diffs, ", ")
}
