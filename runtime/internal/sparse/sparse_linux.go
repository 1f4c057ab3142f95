package sparse

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Copy has the kernel copy the first size bytes of a file into an empty one, but for holes, sharing blocks where the file system can.
// step is told how far it came since the last time, and its error ends the copy. done is false if nothing was done, because the file
// system does not say where holes are.
func Copy(dst, src *os.File, size int64, step func(n int64) error) (done bool, err error) {
	for at := int64(0); at < size; {
		from, err := unix.Seek(int(src.Fd()), at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) { // a hole to the end
			from, err = size, nil
		}
		if err != nil && at == 0 {
			_, err = src.Seek(0, io.SeekStart)
			return false, err
		}
		if err != nil {
			return false, err
		}
		from = min(from, size)
		if err := step(from - at); err != nil {
			return false, err
		}
		if at = from; at == size {
			break
		}
		to, err := unix.Seek(int(src.Fd()), from, unix.SEEK_HOLE)
		if err != nil {
			return false, err
		}
		if err := copyPart(dst, src, from, min(to, size), step); err != nil {
			return false, err
		}
		at = min(to, size)
	}
	return true, dst.Truncate(size)
}

func copyPart(dst, src *os.File, from, to int64, step func(n int64) error) error {
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
		if err := step(n); err != nil {
			return err
		}
	}
	return nil
}
