package stage

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// ValidGlob checks a glob of grants and stage_list (SPEC.md section 2): * and ? within a segment, classes, ** as a whole
// segment. Braces and backslashes are refused, not taken literally: who writes them expects something of them.
func ValidGlob(pattern string) error {
	if err := validGlob(pattern); err != nil {
		return fmt.Errorf("glob %q: %w", pattern, err)
	}
	return nil
}

func validGlob(pattern string) error {
	switch {
	case !utf8.ValidString(pattern):
		return errors.New("it is not UTF-8")
	case strings.ContainsAny(pattern, "{}"):
		return errors.New("braces are not supported")
	case strings.ContainsRune(pattern, '\\'):
		return errors.New("backslashes are not supported")
	}
	if err := checkForm(pattern); err != nil {
		return errors.New(strings.Replace(err.Error(), "path", "it", 1))
	}
	for segment := range strings.SplitSeq(pattern, "/") {
		if segment != "**" && strings.Contains(segment, "**") {
			return errors.New("** must be a whole segment")
		}
		if !doublestar.ValidatePattern(segment) {
			return fmt.Errorf("%q is malformed", segment)
		}
	}
	return nil
}

// Match reports whether all of path matches the glob. An invalid glob matches nothing. "src/**" is everything below
// src, not src itself.
func Match(pattern, path string) bool {
	return validGlob(pattern) == nil && match(pattern, path)
}

func match(pattern, path string) bool {
	if strings.HasSuffix(pattern, "/**") {
		pattern += "/*"
	}
	return doublestar.MatchUnvalidated(pattern, path)
}

// mayHold reports whether a file below the directory dir could match.
func mayHold(pattern, dir string) bool {
	for segment := range strings.SplitSeq(dir, "/") {
		first, rest, more := strings.Cut(pattern, "/")
		if first == "**" {
			return true
		}
		if !more || !doublestar.MatchUnvalidated(first, segment) {
			return false
		}
		pattern = rest
	}
	return true
}
