package stage

import (
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// mayHold reports whether a file below the directory dir could match a valid glob.
func mayHold(pattern, dir string) bool {
	for segment := range strings.SplitSeq(dir, "/") {
		first, rest, more := strings.Cut(pattern, "/")
		if first == "**" {
			return true
		}
		if !more || !run.MatchGlob(first, segment) {
			return false
		}
		pattern = rest
	}
	return true
}
