//go:build !linux

package store

func fineTimes(int) bool { return false }
