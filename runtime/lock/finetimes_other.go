//go:build unix && !linux

package lock

func fineTimes(int) bool { return false }
