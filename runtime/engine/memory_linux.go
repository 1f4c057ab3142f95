package engine

import "syscall"

// reserve returns an area of n zero bytes that take no memory before they are written, or nil if the system does not want to.
func reserve(n uint64) []byte {
	const flags = syscall.MAP_ANON | syscall.MAP_PRIVATE | syscall.MAP_NORESERVE
	area, err := syscall.Mmap(-1, 0, int(n), syscall.PROT_READ|syscall.PROT_WRITE, flags)
	if err != nil {
		return nil
	}
	syscall.Madvise(area, syscall.MADV_NOHUGEPAGE) // or each write would be one to two megabytes
	return area
}

// release gives whole pages of an area back: they are zero again. It reports whether they are.
func release(pages []byte) bool { return syscall.Madvise(pages, syscall.MADV_DONTNEED) == nil }

// unreserve ends an area.
func unreserve(area []byte) { syscall.Munmap(area) }
