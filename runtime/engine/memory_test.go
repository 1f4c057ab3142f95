package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// Memory that a guest grew by is zero each time, whether it was given back in between or kept.
func TestGrownMemoryIsClean(t *testing.T) {
	h := load(t, "guests/grow-clean")
	for _, ev := range []abi.Event{
		abi.OnRunBegin, abi.OnRunEnd, abi.OnRunStaged, abi.OnRunEnd, abi.OnRunBegin, abi.OnRunBegin, abi.OnRunStaged, abi.OnRunBegin,
	} {
		succeed(t, h, call(ev))
		if got := len(h.Memory()) >> 16; got != map[abi.Event]int{abi.OnRunBegin: 101, abi.OnRunEnd: 11, abi.OnRunStaged: 9}[ev] {
			t.Errorf("%s: %d pages", ev, got)
		}
	}
}

// A large memory is restored page by page, where the system says which were written: by the guest, by the host, and by the
// system itself that reads a file into it.
func TestLargeMemoryIsRestored(t *testing.T) {
	h := load(t, "guests/large")
	state := newState()
	checksum := func() string {
		c := call(abi.OnRunEnd)
		c.State = func(int32) engine.State { return state }
		succeed(t, h, c)
		return string(state.values["f"])
	}
	stage := newFileStage(t)
	want := checksum()
	watched := 0
	for i := range 100 {
		for n := range i % 3 {
			c := call(abi.OnRunBegin)
			if i%23 == 22 {
				c.Event = abi.OnRunStaged
			}
			c.Seed = [32]byte{byte(i), byte(n)}
			c.Stage = stage
			succeed(t, h, c)
		}
		if got := checksum(); got != want {
			t.Fatalf("after %d events: got %x, want %x", i, got, want)
		}
		if h.Watched() {
			watched++
		}
	}
	if stage.reads == 0 {
		t.Error("no file was read")
	}
	t.Logf("writes were watched in %d of 100 rounds", watched)
}

// fileStage reads one file straight into the guest's memory.
type fileStage struct {
	memStage
	file  *os.File
	reads int
}

func newFileStage(t *testing.T) *fileStage {
	path := filepath.Join(t.TempDir(), "file")
	content := make([]byte, 60_000)
	for i := range content {
		content[i] = byte(i) | 1
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &fileStage{file: f}
}

func (s *fileStage) ReadAt(_ string, off int64, buf []byte) (int, error) {
	s.reads++
	return s.file.ReadAt(buf, off)
}
