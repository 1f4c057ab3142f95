package main

import (
	"fmt"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// verified is the answer for one run, as JSON.
type verified struct {
	ID          run.ID        `json:"id"`
	Result      string        `json:"result"` // intact, different, not_locked
	Digest      string        `json:"digest,omitempty"`
	Files       int           `json:"files,omitempty"`
	Bytes       int64         `json:"bytes,omitempty"`
	Quick       bool          `json:"quick,omitempty"`
	FilesRead   *int          `json:"files_read,omitempty"` // with quick
	Signature   *signatureDoc `json:"signature,omitempty"`
	Hooks       []string      `json:"hooks,omitempty"` // demanded and passed
	Differences []difference  `json:"differences,omitempty"`
	Warnings    []warning     `json:"warnings,omitempty"`
	Upstream    []usedRun     `json:"upstream,omitempty"` // with recursive
}

// usedRun is a run whose files another one used.
type usedRun struct {
	*verified
	// NotLockedThen: what it is now is proven, and not that it was the same when it was used.
	NotLockedThen bool `json:"not_locked_when_used,omitempty"`
}

// difference is one way in which a run is not what its lock says, as JSON.
type difference struct {
	Path  string `json:"path"`
	Bytes []byte `json:"path_base64,omitempty"` // of a path that is not UTF-8
	Kind  string `json:"kind"`
	Want  string `json:"want,omitempty"`
	Got   string `json:"got,omitempty"`
}

// Results of a verification, and resultNotLocked.
const (
	resultIntact    = "intact"
	resultDifferent = "different"
)

// verdicts is "3 runs: 2 intact, 1 different".
func verdicts(results []*verified) string {
	text, counts := count(len(results), "run"), map[string]int{}
	for _, r := range results {
		counts[r.Result]++
	}
	between := ": "
	for _, result := range []string{resultIntact, resultDifferent, resultNotLocked} {
		if n := counts[result]; n > 0 {
			text += fmt.Sprintf("%s%d %s", between, n, strings.ReplaceAll(result, "_", " "))
			between = ", "
		}
	}
	return text
}

// code is the exit code for a run and those it used.
func (v *verified) code() int {
	code := map[string]int{resultDifferent: exitFailure, resultNotLocked: exitNotLocked}[v.Result]
	for _, up := range v.Upstream {
		if code = worse(code, up.code()); up.NotLockedThen {
			code = worse(code, exitNotLocked)
		}
	}
	return code
}

// worse is the code that matters more: different, then not locked.
func worse(a, b int) int {
	if a == exitFailure || b == exitFailure {
		return exitFailure
	}
	return max(a, b)
}
