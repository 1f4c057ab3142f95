package engine

import (
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// noBraces makes braces stand for themselves: the ABI's globs have none.
var noBraces = strings.NewReplacer("{", `\{`, "}", `\}`)

// validGlob reports whether a glob is one of SPEC.md section 2.
func validGlob(glob string) bool {
	return glob != "" && !strings.ContainsAny(glob, "{}\x00") && doublestar.ValidatePattern(glob)
}

// matchGlob reports whether a grant's glob covers the whole path.
func matchGlob(glob, path string) bool {
	ok, err := doublestar.Match(noBraces.Replace(glob), path)
	return ok && err == nil
}
