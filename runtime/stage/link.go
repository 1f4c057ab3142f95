package stage

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
)

const maxLinks = 40

// resolve follows the links in a path as long as they stay below the root and out of .guild, and returns a path
// without links. What it returns may be outdated at once: whoever opens it does so with a tree, which follows none.
// With last false, a link that is the last segment is kept.
func resolve(root *os.Root, path string, last bool) (string, error) {
	rest := strings.Split(path, "/")
	var at []string
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		switch {
		case name == "" || name == ".":
			continue
		case name == "..":
			if len(at) == 0 {
				return "", errOutside
			}
			at = at[:len(at)-1]
			continue
		case isGuild(name):
			return "", errGuild
		}
		here := strings.Join(append(at, name), "/")
		info, err := root.Lstat(here)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 || len(rest) == 0 && !last {
			if len(rest) > 0 && !info.IsDir() {
				return "", syscall.ENOTDIR
			}
			at = append(at, name)
			continue
		}
		if links++; links > maxLinks {
			return "", errLoop
		}
		target, err := root.Readlink(here)
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(target, "/") {
			return "", errOutside
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return strings.Join(at, "/"), nil
}
