package lock_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/guild-run/guild/runtime/lock"
	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system with little room, which takes root.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	dir := tempDir(t)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0755", bytes)); err != nil {
		t.Skipf("a full disk cannot be made here: %v", err)
	}
	t.Cleanup(func() { must(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	return dir
}

// fill takes all room but so many bytes, and returns how to give it back.
func fill(t *testing.T, dir string, but int) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	must(t, err)
	page := make([]byte, 4096)
	for {
		if _, err := f.Write(page); err != nil {
			if !errors.Is(err, unix.ENOSPC) {
				t.Fatal(err)
			}
			break
		}
	}
	info, err := f.Stat()
	must(t, err)
	must(t, f.Truncate(max(0, info.Size()-int64(but))))
	must(t, f.Close())
	return func() { must(t, os.Remove(path)) }
}

// A full disk leaves no half lock: whatever room there is, the run is locked or as it was.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, 2<<20)
	dir := filepath.Join(disk, "run")
	put(t, dir, ".guild/attrs/id", "x\n", 0o644)
	for i := range 200 {
		put(t, dir, fmt.Sprintf("d%d/a rather long name of a file, so that the lock is long %d", i%10, i), "x", []os.FileMode{0o644, 0o755, 0o444}[i%3])
	}
	before := snapshot(t, dir)
	locked, failed := 0, 0
	for room := 0; room < 200<<10; room += 4 << 10 {
		free := fill(t, disk, room)
		_, err := lock.Create(t.Context(), dir, options())
		switch {
		case err == nil:
			locked++
			intact(t, dir)
			// Unlocking needs room for its log, or can be repeated when there is some.
			if err := lock.Unlock(t.Context(), dir); err != nil {
				if !errors.Is(err, unix.ENOSPC) || lock.Locked(dir) {
					t.Errorf("%d bytes left: unlock: %v, locked %v", room, err, lock.Locked(dir))
				}
				free()
				free = func() {}
				must(t, lock.Unlock(t.Context(), dir))
			}
		case errors.Is(err, unix.ENOSPC):
			failed++
			if lock.Locked(dir) {
				t.Errorf("%d bytes left: locked after %v", room, err)
			}
		default:
			t.Errorf("%d bytes left: %v", room, err)
		}
		free()
		os.Remove(filepath.Join(dir, lock.LogFile))
		differ(t, snapshot(t, dir), before)
		if t.Failed() {
			return
		}
	}
	if locked == 0 || failed == 0 {
		t.Errorf("locked %d times, failed %d times", locked, failed)
	}
	t.Logf("locked %d times, failed %d times", locked, failed)
}
