package archive

import "golang.org/x/sys/unix"

func mkfifoat(dir int, _, name string) error { return unix.Mkfifoat(dir, name, 0o600) }
