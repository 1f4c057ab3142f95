//go:build unix && !linux

package archive

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

func mkfifoat(_ int, dir, name string) error { return unix.Mkfifo(filepath.Join(dir, name), 0o600) }
