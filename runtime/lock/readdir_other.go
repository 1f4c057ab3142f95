//go:build unix && !linux

package lock

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// readdir returns the names in an open directory with their types.
func readdir(fd int, _ []byte, list []dirent) ([]dirent, error) {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return list, err
	}
	f := os.NewFile(uintptr(own), "")
	defer f.Close()
	entries, err := f.ReadDir(-1)
	for _, e := range entries {
		typ := Unknown
		switch {
		case e.Type().IsRegular():
			typ = File
		case e.IsDir():
			typ = Dir
		case e.Type() == fs.ModeSymlink:
			typ = Symlink
		}
		list = append(list, dirent{e.Name(), typ})
	}
	return list, err
}
