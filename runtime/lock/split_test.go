//go:build unix

package lock

import (
	"os"
	"path/filepath"
	"testing"

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
	w := &worker{pool: &pool{meter: &meter{}}, buf: make([]byte, bufferSize)}
	for _, n := range sizes {
		if n <= segment { // never cut
			continue
		}
		want := run.Digest(blake3.Sum256(data[:n]))
		for cores := 1; cores < 4; cores++ {
			if got, err := w.digestTree(int(f.Fd()), int64(n), cores); err != nil || got != want {
				t.Errorf("%d bytes: got %v, %v, want %v", n, got, err, want)
			}
		}
	}
}
