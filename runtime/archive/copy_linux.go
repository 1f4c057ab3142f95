package archive

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxStep bounds what is copied between two looks at the context.
const maxStep = 64 << 20

// copyRange has the kernel copy the parts of a file that are not holes, which shares blocks where the file system can. done is false
// if it did nothing.
func copyRange(dst, src *os.File, size int64, m *meter) (done bool, err error) {
	for at := int64(0); at < size; {
		from, err := unix.Seek(int(src.Fd()), at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) { // a hole to the end
			m.bytes.Add(size - at)
			break
		}
		if err != nil {
			if at > 0 {
				return false, err
			}
			_, err = src.Seek(0, io.SeekStart)
			return false, err // a file system that does not say
		}
		to, err := unix.Seek(int(src.Fd()), from, unix.SEEK_HOLE)
		if err != nil {
			return false, err
		}
		if err := copyPart(dst, src, from, min(to, size), m); err != nil {
			return false, err
		}
		m.bytes.Add(min(from, size) - at)
		at = to
	}
	return true, dst.Truncate(size)
}

func copyPart(dst, src *os.File, from, to int64, m *meter) error {
	for at := from; at < to; {
		if _, err := src.Seek(at, io.SeekStart); err != nil {
			return err
		}
		if _, err := dst.Seek(at, io.SeekStart); err != nil {
			return err
		}
		n, err := io.CopyN(dst, src, min(maxStep, to-at)) // copy_file_range, or what there is instead
		if err != nil {
			return err
		}
		at += n
		m.bytes.Add(n)
		if _, err := m.Write(nil); err != nil {
			return err
		}
	}
	return nil
}
