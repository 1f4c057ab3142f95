package engine

import "github.com/guild-run/guild/runtime/run"

// validGlob reports whether a glob is one of SPEC.md section 2.
func validGlob(glob string) bool { return run.ValidGlob(glob) == nil }

// matchGlob reports whether a grant's glob covers the whole path.
func matchGlob(glob, path string) bool { return run.MatchGlob(glob, path) }
