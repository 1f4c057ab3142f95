package lock

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Layout of struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
const (
	direntLen  = 16
	direntType = 18
	direntName = 19
)

// readdir returns the names in an open directory with their types (Unknown where the file system does not
// say). buf is scratch space.
func readdir(fd int, buf []byte, list []dirent) ([]dirent, error) {
	for {
		n, err := unix.Getdents(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return list, err
		}
		for rest := buf[:n]; len(rest) > direntName; {
			size := int(binary.NativeEndian.Uint16(rest[direntLen:]))
			if size <= direntName || size > len(rest) {
				return list, unix.EIO
			}
			name := rest[direntName:size]
			if end := bytes.IndexByte(name, 0); end >= 0 {
				name = name[:end]
			}
			if s := string(name); s != "." && s != ".." {
				list = append(list, dirent{s, typeOf(uint32(rest[direntType]) << 12)})
			}
			rest = rest[size:]
		}
	}
}
