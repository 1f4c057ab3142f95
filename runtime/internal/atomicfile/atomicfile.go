// Package atomicfile writes files that are absent or complete, whatever kills the writer.
package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
)

// Sync says how much a write promises.
type Sync bool

const (
	// Fast survives the death of the process, not of the machine.
	Fast Sync = false
	// Durable has reached the disk, name included, before the call returns.
	Durable Sync = true
)

// TempPrefix begins the name of every temporary file; whoever walks a directory may skip and remove them.
const TempPrefix = ".tmp-"

// Write replaces the file at path by data: temp file in the same directory, write, (sync,) rename (, sync directory).
func Write(path string, data []byte, mode os.FileMode, sync Sync) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, TempPrefix+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fill(f, data, mode, sync); err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	if sync == Durable {
		return SyncDir(dir)
	}
	return nil
}

func fill(f *os.File, data []byte, mode os.FileMode, sync Sync) error {
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if sync == Durable {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return f.Close()
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
