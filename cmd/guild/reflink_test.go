//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// restarted makes a file of some MiB with a hole and an odd end, once. When it is started again it changes some bytes of it.
const restarted = `
import os
if os.path.exists("model.bin"):
    with open("model.bin", "r+b") as f:
        f.write(b"changed")
else:
    with open("model.bin", "wb") as f:
        f.write(os.urandom(8 << 20))
        f.seek(8 << 20, os.SEEK_CUR)
        f.write(os.urandom((1 << 20) + 777))
`

// TestReflink: where the file system shares blocks, a new run made of a locked one shares them until it writes, and so does an export.
// GUILD_TEST_REFLINK is a directory on such a file system: XFS, btrfs or another.
func TestReflink(t *testing.T) {
	disk := os.Getenv("GUILD_TEST_REFLINK")
	if disk == "" {
		t.Skip("GUILD_TEST_REFLINK does not say where blocks can be shared")
	}
	dir, err := os.MkdirTemp(disk, "guild")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeLocked(t, dir) })
	write(t, filepath.Join(dir, "op.py"), restarted)
	guild := func(args ...string) {
		t.Helper()
		cmd := exec.Command("guild", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GUILD_HOME="+filepath.Join(dir, "home"), "HOME="+dir, "XDG_CACHE_HOME="+sharedCache(t))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("guild %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	model := func(run string) string { return filepath.Join(dir, "home", "runs", run, "model.bin") }
	guild("run", "op.py", "-y", "--run-id", "a")
	guild("runs", "lock", "a")
	before := content(t, model("a"))
	guild("runs", "export", "out", "a")
	guild("run", "--restart", "a", "-y", "--run-id", "b")

	const size, most = 9 << 20, 64 << 10 // some blocks are written anew: the first, and an odd end
	for name, path := range map[string]string{"a restart": model("b"), "an export": filepath.Join(dir, "out", "a", "model.bin")} {
		common, all := shared(t, model("a"), path)
		if t.Logf("%s shares %d of %d KiB", name, common>>10, all>>10); common < size-most || all > size+most {
			t.Errorf("%s shares %d of %d bytes, want about %d", name, common, all, size)
		}
	}
	// What is written to one is not in the other.
	guild("runs", "verify", "a")
	after := content(t, model("b"))
	if !slices.Equal(content(t, model("a")), before) || slices.Equal(after, before) || string(after[:7]) != "changed" || !slices.Equal(after[7:], before[7:]) {
		t.Error("the copy is not independent")
	}
	guild("runs", "unlock", "a")
	write(t, model("a"), "gone")
	if !slices.Equal(content(t, model("b")), after) {
		t.Error("the copy changed with the original")
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// removeLocked removes a directory with locked runs, which those without the rights of root cannot do at once.
func removeLocked(t *testing.T, dir string) {
	t.Helper()
	err := exec.Command("chmod", "-R", "u+w", dir).Run()
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		t.Error(err)
	}
}

// shared returns how many bytes of b are in the same blocks of the disk as those of a, and how many bytes b has on the disk.
func shared(t *testing.T, a, b string) (common, all uint64) {
	t.Helper()
	in := map[uint64]uint64{} // where on the disk the blocks of a are, by where in the file
	for _, e := range extents(t, a) {
		for at := uint64(0); at < e.length; at += 4096 {
			in[e.logical+at] = e.physical + at
		}
	}
	for _, e := range extents(t, b) {
		all += e.length
		for at := uint64(0); at < e.length; at += 4096 {
			if e.flags&extentShared != 0 && in[e.logical+at] == e.physical+at {
				common += 4096
			}
		}
	}
	return common, all
}

// extent is struct fiemap_extent of linux/fiemap.h, in bytes.
type extent struct {
	logical, physical, length uint64
	flags                     uint32
}

const (
	fiemap       = 0xc020660b // FS_IOC_FIEMAP
	fiemapSync   = 1
	extentShared = 0x2000
	headerSize   = 32
	extentSize   = 56
)

// extents asks the file system where a file is.
func extents(t *testing.T, path string) (list []extent) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const room = 1000
	buf := make([]byte, headerSize+room*extentSize)
	binary.NativeEndian.PutUint64(buf[8:], 1<<63-1)
	binary.NativeEndian.PutUint32(buf[16:], fiemapSync)
	binary.NativeEndian.PutUint32(buf[24:], room)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), fiemap, uintptr(unsafe.Pointer(&buf[0]))); errno != 0 {
		t.Fatalf("where %s is: %v", path, errno)
	}
	n := int(binary.NativeEndian.Uint32(buf[20:]))
	if n == 0 || n == room {
		t.Fatalf("%s has %d extents", path, n)
	}
	for i := range n {
		e := buf[headerSize+i*extentSize:]
		list = append(list, extent{binary.NativeEndian.Uint64(e), binary.NativeEndian.Uint64(e[8:]), binary.NativeEndian.Uint64(e[16:]), binary.NativeEndian.Uint32(e[40:])})
	}
	return list
}
