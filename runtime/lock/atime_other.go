//go:build unix && !linux

package lock

const noAccessTime = 0
