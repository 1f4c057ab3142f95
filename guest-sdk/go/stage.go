package guild

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/guild-run/guild/guest-sdk/go/internal/sys"
)

// FileInfo is what is known of a path. Links are not followed.
type FileInfo struct {
	Size uint64 // bytes
	Kind Kind
	Mode uint32 // permission bits
}

// List returns the regular files of the stage that match a glob, in order.
func List(glob string) ([]string, error) {
	names, err := pull(func(buf []byte) int32 { return sys.StageList(glob, buf) })
	if err != nil {
		return nil, explain(err, "list", glob)
	}
	if len(names) == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(names), "\x00"), "\x00"), nil
}

// Stat returns what is known of a path; errors.Is(err, NotFound) if there is nothing.
func Stat(path string) (FileInfo, error) {
	out := make([]byte, statSize)
	if err := check(sys.StageStat(path, out), "stat", path); err != nil {
		return FileInfo{}, err
	}
	return FileInfo{
		Size: binary.LittleEndian.Uint64(out),
		Kind: Kind(binary.LittleEndian.Uint32(out[8:])),
		Mode: binary.LittleEndian.Uint32(out[12:]),
	}, nil
}

// ReadAt reads from offset into buf. It returns the number of bytes read, 0 at the end of the file.
func ReadAt(path string, offset int64, buf []byte) (int, error) {
	n := sys.StageRead(path, offset, buf)
	if err := check(n, "read", path); err != nil {
		return 0, err
	}
	return int(n), nil
}

// ReadFile returns the whole content of a file.
func ReadFile(path string) ([]byte, error) {
	var data []byte
	chunk := make([]byte, 64<<10)
	for {
		n, err := ReadAt(path, int64(len(data)), chunk)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return data, nil
		}
		data = append(data, chunk[:n]...)
	}
}

// WriteFile replaces a file or makes it.
func WriteFile(path string, data []byte) error { return write(path, writeReplace, data) }

// AppendFile adds to the end of a file, making it if absent.
func AppendFile(path string, data []byte) error { return write(path, writeAppend, data) }

// write appends what is over the limit of one write by further ones: the event is one transaction.
func write(path string, mode int32, data []byte) error {
	for {
		n := min(len(data), maxData)
		if err := check(sys.StageWrite(path, mode, data[:n]), "write", path); err != nil {
			return err
		}
		if data = data[n:]; len(data) == 0 {
			return nil
		}
		mode = writeAppend
	}
}

// RemoveFile removes a file.
func RemoveFile(path string) error { return check(sys.StageRemove(path), "remove", path) }

// explain makes an error with the host's words of a bare errno.
func explain(err error, what, subject string) error {
	var errno Errno
	if errors.As(err, &errno) {
		return failed(int32(errno), what, subject)
	}
	return err
}
