package sparse_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/guild-run/guild/runtime/internal/sparse"
)

// file makes a file of that size with an x at each of the places.
func file(t *testing.T, path string, size int64, at ...int64) *os.File {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	for _, place := range at {
		if _, err := f.WriteAt([]byte("x"), place); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func blocks(t *testing.T, f *os.File) int64 {
	t.Helper()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks
}

func TestCopy(t *testing.T) {
	const size = 8<<20 + 5
	for name, at := range map[string][]int64{
		"empty": nil, "beginning": {0}, "middle": {3 << 20}, "end": {size - 1}, "several": {0, 1 << 20, 5 << 20, size - 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			src, dst := file(t, filepath.Join(dir, "src"), size, at...), file(t, filepath.Join(dir, "dst"), 0)
			var sum int64
			done, err := sparse.Copy(dst, src, size, func(n int64) error { sum += n; return nil })
			if err != nil {
				t.Fatal(err)
			}
			if !done {
				t.Skip("this file system does not say where holes are")
			}
			if sum != size {
				t.Errorf("the steps are of %d bytes, want %d", sum, size)
			}
			want, _ := os.ReadFile(src.Name())
			if got, _ := os.ReadFile(dst.Name()); !bytes.Equal(got, want) {
				t.Error("another content")
			}
			if got, want := blocks(t, dst), blocks(t, src); got > want+16 {
				t.Errorf("%d blocks, the original has %d", got, want)
			}
		})
	}
}

func TestCopyStops(t *testing.T) {
	dir := t.TempDir()
	src, dst := file(t, filepath.Join(dir, "src"), 10, 5), file(t, filepath.Join(dir, "dst"), 0)
	enough := errors.New("enough")
	if done, err := sparse.Copy(dst, src, 10, func(int64) error { return enough }); err != enough && (done || err != nil) {
		t.Errorf("got %v, %v", done, err)
	}
}

// Of a file that is shorter than it was said to be there is no more than there is.
func TestCopyShrunk(t *testing.T) {
	dir := t.TempDir()
	src, dst := file(t, filepath.Join(dir, "src"), 100, 99), file(t, filepath.Join(dir, "dst"), 0)
	if done, err := sparse.Copy(dst, src, 200, func(int64) error { return nil }); err != nil {
		t.Errorf("got %v, %v", done, err)
	}
}
