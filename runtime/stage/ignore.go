package stage

import (
	"fmt"
	"io"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	ignoreFile = ".guildignore"
	nocopyFile = ".guild-nocopy"
	// maxIgnore bounds what is read of .guildignore, in bytes.
	maxIgnore = 1 << 20
)

// patterns are lines of a .gitignore file: the last one that matches decides.
type patterns []pattern

type pattern struct {
	glob     string
	negate   bool
	anchored bool // matches paths from the top, else names at any depth
	dirOnly  bool
}

func parsePatterns(lines []string) (patterns, error) {
	var ps patterns
	for _, line := range lines {
		p, err := parsePattern(line)
		if err != nil {
			return nil, err
		}
		ps = append(ps, p)
	}
	return ps, nil
}

func parsePattern(line string) (pattern, error) {
	var p pattern
	glob := line
	if rest, ok := strings.CutPrefix(glob, "!"); ok {
		p.negate, glob = true, rest
	}
	if rest, ok := strings.CutSuffix(glob, "/"); ok {
		p.dirOnly, glob = true, rest
	}
	if strings.Contains(glob, "/") {
		p.anchored, glob = true, strings.TrimPrefix(glob, "/")
	}
	// Git knows no braces.
	p.glob = strings.NewReplacer("{", `\{`, "}", `\}`).Replace(strings.ReplaceAll(strings.ReplaceAll(glob, `\{`, "{"), `\}`, "}"))
	if p.glob == "" || !doublestar.ValidatePattern(p.glob) {
		return pattern{}, fmt.Errorf("malformed pattern %q", line)
	}
	return p, nil
}

// match reports whether the last pattern that matches path, or a directory it is in, takes it.
func (ps patterns) match(path string) bool {
	for i := len(ps) - 1; i >= 0; i-- {
		if ps[i].matches(path, false) {
			return !ps[i].negate
		}
	}
	return false
}

// prunes reports whether nothing below a directory can fail to match.
func (ps patterns) prunes(dir string) bool {
	for i := len(ps) - 1; i >= 0; i-- {
		if ps[i].negate {
			return false // it may put something back
		}
		if ps[i].matches(dir, true) {
			return true
		}
	}
	return false
}

func (p pattern) matches(path string, isDir bool) bool {
	start := 0
	for end := 0; end <= len(path); end++ {
		if end < len(path) && path[end] != '/' {
			continue
		}
		if p.dirOnly && end == len(path) && !isDir {
			return false
		}
		part := path[:end]
		if !p.anchored {
			part = path[start:end]
		}
		if matchPattern(p.glob, part) {
			return true
		}
		start = end + 1
	}
	return false
}

// matchPattern: "x/**" is everything below x, not x itself.
func matchPattern(glob, path string) bool {
	if strings.HasSuffix(glob, "/**") {
		glob += "/*"
	}
	return doublestar.MatchUnvalidated(glob, path)
}

// readIgnore reads .guildignore. A line that makes no sense is told and passed over.
func (s *selection) readIgnore() {
	f, _, err := s.tree.open(ignoreFile)
	if err != nil {
		return
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxIgnore))
	if err != nil {
		s.warnings.add("%s cannot be read: %s", ignoreFile, bare(err))
		return
	}
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		p, err := parsePattern(line)
		if err != nil {
			s.warnings.add("%s:%d: %s", ignoreFile, i+1, err)
			continue
		}
		s.ignore = append(s.ignore, p)
	}
}
