package run

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A glob of grants and of hooks (abi/SPEC.md section 2) matches whole paths: "*" and "?" within a segment, classes "[a-z]" and "[!a-z]",
// "**" as a whole segment for any number of them. Braces and backslashes have no meaning and are refused outside of classes, since who
// writes them expects one. Inside a class they stand for themselves, so that "[{]" matches a brace.

// ValidGlob says what is wrong with a glob, or nil.
func ValidGlob(pattern string) error {
	if err := validGlob(pattern); err != nil {
		return fmt.Errorf("glob %q: %w", pattern, err)
	}
	return nil
}

func validGlob(pattern string) error {
	switch {
	case pattern == "":
		return errors.New("it is empty")
	case !utf8.ValidString(pattern):
		return errors.New("it is not UTF-8")
	case strings.ContainsRune(pattern, 0):
		return errors.New("it has a NUL byte")
	case pattern[0] == '/':
		return errors.New("it is absolute")
	}
	for segment := range strings.SplitSeq(pattern, "/") {
		switch {
		case segment == "":
			return errors.New("it has an empty segment")
		case segment == "." || segment == "..":
			return fmt.Errorf("it has a %q segment", segment)
		case segment != "**" && strings.Contains(segment, "**"):
			return errors.New("** must be a whole segment")
		}
		if err := validSegment(segment); err != nil {
			return err
		}
	}
	return nil
}

func validSegment(segment string) error {
	for segment != "" {
		r, size := utf8.DecodeRuneInString(segment)
		switch r {
		case '[':
			_, rest, ok := class(segment, 0)
			if !ok {
				return errors.New("it has a [ without its ]")
			}
			segment = rest
			continue
		case '{', '}':
			return errors.New("braces are not supported")
		case '\\':
			return errors.New("backslashes are not supported")
		}
		segment = segment[size:]
	}
	return nil
}

// MatchGlob reports whether a glob matches all of a path. An invalid glob matches nothing. "src/**" is everything below src, not src
// itself. It takes time proportional to the product of both lengths at most.
func MatchGlob(pattern, path string) bool {
	return validGlob(pattern) == nil && path != "" && matchSegments(strings.Split(pattern, "/"), strings.Split(path, "/"))
}

// matchSegments goes back to the last "**" only: what an earlier one could take, the last can too.
func matchSegments(pattern, path []string) bool {
	p, s := 0, 0
	back, backPath := -1, 0
	for s < len(path) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			if p == len(pattern)-1 {
				return true // at least the segment at s is below
			}
			back, backPath = p, s
			p++
		case p < len(pattern) && matchSegment(pattern[p], path[s]):
			p++
			s++
		case back >= 0:
			backPath++
			p, s = back+1, backPath
		default:
			return false
		}
	}
	return p == len(pattern)
}

func matchSegment(pattern, name string) bool {
	back, backName := "", ""
	star := false
	for name != "" {
		r, size := utf8.DecodeRuneInString(name)
		if strings.HasPrefix(pattern, "*") {
			pattern = pattern[1:]
			back, backName, star = pattern, name, true
			continue
		}
		if rest, ok := matchOne(pattern, r, size); ok {
			pattern, name = rest, name[size:]
			continue
		}
		if !star {
			return false
		}
		_, skip := utf8.DecodeRuneInString(backName)
		backName = backName[skip:]
		pattern, name = back, backName
	}
	return strings.Trim(pattern, "*") == ""
}

// matchOne matches one character (with the size it has in the name: an invalid byte is no character) and returns what is left of the
// pattern.
func matchOne(pattern string, r rune, size int) (rest string, ok bool) {
	if pattern == "" {
		return "", false
	}
	c, n := utf8.DecodeRuneInString(pattern)
	switch c {
	case '?':
		return pattern[n:], true
	case '[':
		in, rest, _ := class(pattern, r)
		return rest, in && (r != utf8.RuneError || size > 1)
	}
	return pattern[n:], c == r && (r != utf8.RuneError || size > 1)
}

// class reads a class at the start of a pattern, and says whether it has r in it and what follows. A "]" that is first stands for
// itself.
func class(pattern string, r rune) (in bool, rest string, ok bool) {
	s := pattern[1:]
	negated := strings.HasPrefix(s, "!") || strings.HasPrefix(s, "^")
	if negated {
		s = s[1:]
	}
	for first := true; ; first = false {
		low, size := utf8.DecodeRuneInString(s)
		if size == 0 {
			return false, "", false
		}
		s = s[size:]
		if low == ']' && !first {
			return in != negated, s, true
		}
		high := low
		if strings.HasPrefix(s, "-") && len(s) > 1 && s[1] != ']' {
			high, size = utf8.DecodeRuneInString(s[1:])
			s = s[1+size:]
		}
		in = in || low <= r && r <= high
	}
}
