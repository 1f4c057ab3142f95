//go:build unix

package lock

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/guild-run/guild/runtime/lock/lanes"
	"github.com/guild-run/guild/runtime/run"
	"github.com/zeebo/blake3"
)

// A file that is hashed in pieces has the digest it has in one.
func TestSplit(t *testing.T) {
	var sizes []int
	for _, n := range []int{segment, segment + 1<<10, segment + group, 2 * segment, 3 * segment, 3*segment + 5<<10, 4 * segment, 7*segment + 300<<10, 8 * segment, 9 * segment} {
		for d := -2; d <= 2; d++ {
			sizes = append(sizes, n+d)
		}
	}
	data := make([]byte, 9*segment+2)
	for i := range data {
		data[i] = byte(i % 251)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	for _, wide := range []bool{false, lanes.Available()} {
		w := &worker{pool: &pool{meter: &meter{}, wide: wide}, buf: make([]byte, bufferSize)}
		for _, n := range sizes {
			want := run.Digest(blake3.Sum256(data[:n]))
			for _, most := range []int64{maxPieces, 4, 2} {
				piece := pieceLen(int64(n), most)
				if int64(n) <= piece { // never cut
					continue
				}
				for cores := 1; cores < 4; cores++ {
					if got, err := w.digestTree(int(f.Fd()), int64(n), piece, cores); err != nil || got != want {
						t.Errorf("%d bytes, pieces of %d, wide %v: got %v, %v, want %v", n, piece, wide, got, err, want)
					}
				}
			}
		}
	}
}

// Whatever the processor is best at, the digest is the same.
func TestDigest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	data := make([]byte, splitFile+3*segment+5)
	for i := range data {
		data[i] = byte(i % 251)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, n := range []int{0, 1, 1023, 1024, 1025, 4096, 5000, 70_000, segment - 1, segment, segment + 1, bigFile, bigFile + 1, splitFile - 1, len(data)} {
		want := run.Digest(blake3.Sum256(data[:n]))
		for _, wide := range []bool{false, lanes.Available()} {
			for _, pieces := range []bool{false, true} {
				p := &pool{meter: &meter{}, wide: wide, piecesFaster: func() bool { return pieces }}
				w := &worker{pool: p, buf: make([]byte, bufferSize)}
				if _, err := f.Seek(0, 0); err != nil {
					t.Fatal(err)
				}
				if got, m, err := w.digest(int(f.Fd()), int64(n)); err != nil || int(m) != n || got != want {
					t.Errorf("%d bytes, wide %v, pieces %v: got %v, %d, %v, want %v", n, wide, pieces, got, m, err, want)
				}
			}
		}
	}
}

// Of a file that was cut short while it was read there is less than there was to be, however it is read.
func TestCutWhileReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for _, size := range []int64{1, 100, 5000, segment, segment + 1, bigFile, 3 * bigFile, splitFile, splitFile + 5} {
		for _, left := range []int64{0, size / 2, size - 1} {
			if err := os.WriteFile(path, make([]byte, left), 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, wide := range []bool{false, lanes.Available()} {
				for _, pieces := range []bool{false, true} {
					p := &pool{meter: &meter{}, wide: wide, piecesFaster: func() bool { return pieces }}
					w := &worker{pool: p, buf: make([]byte, bufferSize)}
					if _, err := f.Seek(0, 0); err != nil {
						t.Fatal(err)
					}
					if _, n, err := w.digest(int(f.Fd()), size); err != nil || n >= size {
						t.Errorf("%d of %d bytes: got %d, %v", left, size, n, err)
					}
				}
			}
			f.Close()
		}
	}
}

// Memory is bounded whatever the size.
func TestPieceLen(t *testing.T) {
	for _, c := range []struct{ size, want int64 }{
		{1 << 20, segment}, {segment * maxPieces, segment}, {segment*maxPieces + 1, 2 * segment}, {1 << 60, 1 << 44},
	} {
		if got := pieceLen(c.size, maxPieces); got != c.want {
			t.Errorf("%d bytes: got %d, want %d", c.size, got, c.want)
		}
	}
}
