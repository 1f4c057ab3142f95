package archive

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/guild-run/guild/runtime/internal/sparse"
)

const blockSize = 128 << 10

// copyContent copies size bytes into an empty file. Holes stay holes, and blocks of zeros become some.
func copyContent(dst *os.File, src io.Reader, size int64, m *meter) error {
	if from, ok := src.(*os.File); ok {
		done, err := sparse.Copy(dst, from, size, func(n int64) error {
			m.bytes.Add(n)
			_, err := m.Write(nil)
			return err
		})
		if done || err != nil {
			return err
		}
	}
	zeros := make([]byte, blockSize)
	buf := make([]byte, blockSize)
	var at int64
	for at < size {
		n, err := io.ReadFull(src, buf[:min(blockSize, size-at)])
		if err != nil {
			return fmt.Errorf("ends after %d of %d bytes: %w", at+int64(n), size, err)
		}
		if !bytes.Equal(buf[:n], zeros[:n]) {
			if _, err := dst.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		if _, err := m.Write(buf[:n]); err != nil {
			return err
		}
	}
	// A zip file proves its content only when it is read to the end.
	if n, err := src.Read(buf[:1]); n > 0 || err != nil && err != io.EOF {
		if n > 0 {
			err = fmt.Errorf("has more than %d bytes", size)
		}
		return err
	}
	return dst.Truncate(size)
}
