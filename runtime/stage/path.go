package stage

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
)

// guildDir is where guild keeps what is its own, in a run directory and in a project.
const guildDir = ".guild"

// maxDepth bounds the directories on the way to a file, and so the descriptors open at a time.
const maxDepth = 200

// checkPath tells whether a path from a hook has the form of SPEC.md section 2 and leaves .guild alone.
func checkPath(op, path string) error {
	switch {
	case len(path) > abi.MaxName:
		return refuse(abi.TooBig, op, path[:32]+"…", "path has %d bytes, the limit is %d", len(path), abi.MaxName)
	case !utf8.ValidString(path):
		return refuse(abi.Invalid, op, path, "path is not UTF-8")
	}
	if err := checkForm(path); err != nil {
		return refuse(abi.Invalid, op, path, "%w", err)
	}
	if insideGuild(path) {
		return fail(op, path, errGuild)
	}
	return nil
}

// checkForm accepts relative paths without empty, "." or ".." segments, of any bytes but NUL.
func checkForm(path string) error {
	switch {
	case path == "":
		return errors.New("path is empty")
	case strings.IndexByte(path, 0) >= 0:
		return errors.New("path has a NUL byte")
	case path[0] == '/':
		return errors.New("path is absolute")
	}
	depth := 0
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "":
			return errors.New("path has an empty segment")
		case ".", "..":
			return fmt.Errorf("path has a %q segment", segment)
		}
		if depth++; depth > maxDepth {
			return errDeep
		}
	}
	return nil
}

// insideGuild reports whether any segment of path is .guild, in any spelling that some file system takes for it.
func insideGuild(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if isGuild(segment) {
			return true
		}
	}
	return false
}

func isGuild(name string) bool {
	if strings.EqualFold(name, guildDir) {
		return true
	}
	if len(name) <= len(guildDir) {
		return false
	}
	return strings.EqualFold(strings.Map(dropIgnorable, name), guildDir)
}

// dropIgnorable drops the characters that HFS+ leaves out when it compares names.
func dropIgnorable(r rune) rune {
	switch {
	case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x206a && r <= 0x206f, r == 0xfeff:
		return -1
	}
	return r
}

// split returns the directory ("" for the root) and the last segment of a path.
func split(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}
