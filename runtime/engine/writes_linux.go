//go:build amd64 || arm64

package engine

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// writes knows which pages of an area were written since protect was called: the kernel protects them against
// writing, and lifts that by itself where somebody writes (Linux 6.7 and later; some containers forbid it).
type writes struct {
	base    uintptr
	size    int
	faults  int // a userfaultfd, which the protection belongs to
	pagemap int
	found   []pageRegion
}

// What <linux/userfaultfd.h> and <linux/fs.h> define.
type (
	uffdAPI      struct{ api, features, ioctls uint64 }
	uffdRegister struct{ start, length, mode, ioctls uint64 }
	pageRegion   struct{ start, end, categories uint64 }
	pageScan     struct {
		size, flags, start, end, walkEnd, vec, vecLen, maxPages, inverted, mask, anyOf, result uint64
	}
)

const (
	uffdUserModeOnly    = 1
	uffdVersion         = 0xaa
	uffdWPUnpopulated   = 1 << 13
	uffdWPAsync         = 1 << 15
	uffdModeWP          = 2
	ioctlUffdAPI        = 0xc018aa3f
	ioctlUffdRegister   = 0xc020aa00
	ioctlPagemapScan    = 0xc0606610
	pageIsWritten       = 1 << 1
	scanProtectMatching = 1 << 0
	scanCheckAsync      = 1 << 1
)

// watchWrites begins to watch an area of whole pages. It returns nil where the system cannot do that.
func watchWrites(area []byte) *writes {
	fd, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC|unix.O_NONBLOCK|uffdUserModeOnly, 0, 0)
	if errno != 0 {
		return nil
	}
	w := &writes{base: uintptr(unsafe.Pointer(&area[0])), size: len(area), faults: int(fd), pagemap: -1, found: make([]pageRegion, 128)}
	if !w.open() {
		w.close()
		return nil
	}
	return w
}

func (w *writes) open() bool {
	hello := uffdAPI{api: uffdVersion, features: uffdWPAsync | uffdWPUnpopulated}
	if _, ok := ioctl(w.faults, ioctlUffdAPI, unsafe.Pointer(&hello)); !ok {
		return false
	}
	what := uffdRegister{start: uint64(w.base), length: uint64(w.size), mode: uffdModeWP}
	if _, ok := ioctl(w.faults, ioctlUffdRegister, unsafe.Pointer(&what)); !ok {
		return false
	}
	var err error
	w.pagemap, err = unix.Open("/proc/self/pagemap", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	return err == nil
}

// protect forgets all writes so far, and reports whether it could.
func (w *writes) protect() bool {
	scan := w.scan(0)
	scan.flags |= scanProtectMatching
	_, ok := ioctl(w.pagemap, ioctlPagemapScan, unsafe.Pointer(&scan))
	return ok && scan.walkEnd == scan.end
}

// each calls do with each range that was written since protect, and reports whether these were all.
func (w *writes) each(do func(from, to int)) bool {
	for at := 0; at < w.size; {
		scan := w.scan(at)
		scan.vec, scan.vecLen, scan.result = uint64(uintptr(unsafe.Pointer(&w.found[0]))), uint64(len(w.found)), pageIsWritten
		n, ok := ioctl(w.pagemap, ioctlPagemapScan, unsafe.Pointer(&scan))
		if !ok || scan.walkEnd <= scan.start {
			return false
		}
		for _, r := range w.found[:n] {
			do(int(r.start-uint64(w.base)), int(r.end-uint64(w.base)))
		}
		at = int(scan.walkEnd - uint64(w.base))
	}
	return true
}

// scan asks for what was written from an offset on.
func (w *writes) scan(from int) pageScan {
	base := uint64(w.base)
	return pageScan{
		size: uint64(unsafe.Sizeof(pageScan{})), flags: scanCheckAsync,
		start: base + uint64(from), end: base + uint64(w.size), mask: pageIsWritten,
	}
}

func (w *writes) close() {
	unix.Close(w.faults)
	if w.pagemap >= 0 {
		unix.Close(w.pagemap)
	}
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) (int, bool) {
	for {
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
		if errno != syscall.EINTR {
			return int(n), errno == 0
		}
	}
}
