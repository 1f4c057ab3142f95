package store

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const maxRecord = 16 << 20

// AppendOnly adds a line to a file of records under .guild, such as "hooks/records.jsonl": one write, so that records of
// several processes do not mix. In a locked run only files in state can be written. If a crash left half a line at the end, that is closed first and stays alone.
func (r *Run) AppendOnly(name string, line []byte) error {
	if !filepath.IsLocal(name) || filepath.Clean(name) != name {
		return fmt.Errorf("run %s: %q is not a path below %s", r.ID, name, guildDir)
	}
	if bytes.IndexByte(line, '\n') >= 0 || len(line) > maxRecord {
		return fmt.Errorf("run %s: a record of %s is not one line of at most %d bytes", r.ID, name, maxRecord)
	}
	if err := r.guard(r.Path(name)); err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	if err := r.appendLine(name, line); err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	r.wrote(r.Path(name))
	return nil
}

func (r *Run) appendLine(name string, line []byte) error {
	root, err := os.OpenRoot(r.Path()) // no link below .guild may lead the record elsewhere
	if err != nil {
		return err
	}
	defer root.Close()
	const flags = os.O_RDWR | os.O_APPEND | os.O_CREATE | unix.O_NONBLOCK
	f, err := root.OpenFile(name, flags, 0o666)
	if os.IsNotExist(err) {
		if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		f, err = root.OpenFile(name, flags, 0o666)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	// One write stays in one piece without a claim, but while another's is under way the file may seem to end within a line.
	if _, err := flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", name)
	}
	record := make([]byte, 0, len(line)+2)
	if torn(f, info.Size()) {
		record = append(record, '\n')
	}
	if _, err := f.Write(append(append(record, line...), '\n')); err != nil {
		return err
	}
	return f.Close()
}

func torn(f io.ReaderAt, size int64) bool {
	var last [1]byte
	if size == 0 {
		return false
	}
	n, _ := f.ReadAt(last[:], size-1)
	return n == 1 && last[0] != '\n'
}
