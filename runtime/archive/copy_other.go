//go:build !linux

package archive

import "os"

func copyRange(*os.File, *os.File, int64, *meter) (done bool, err error) { return false, nil }
