//go:build unix

package lock

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/guild-run/guild/runtime/internal/canon"
	"golang.org/x/sys/unix"
)

// Stamps are what a quick verification compares files with. They lie in .guild/state, which the lock leaves out, because
// they change with every copy of the run. They are a cache: whatever is wrong with them costs the time to read
// the files, and nothing else.

const (
	stateDir   = "state"
	nameStamps = ".locked.stat"

	firstStampLine = "guild lock stat 1"
)

// stamp is what tells whether a file may have changed since it was hashed. The zero stamp is not known.
type stamp struct {
	mtime, ctime int64 // ns since 1970
	inode        uint64
}

func (s stamp) unknown() bool { return s == stamp{} }

func stampOf(st *unix.Stat_t) stamp {
	return stamp{st.Mtim.Nano(), st.Ctim.Nano(), st.Ino}
}

// clock knows how far the times of a file system can be trusted.
type clock struct {
	fine bool // every change that comes after a stat gets a later time
}

// coarse is how long two changes can have the same time, on the file systems with the widest grain.
const coarse = 2 * time.Second

func clockOf(fd int) clock { return clock{fine: fineTimes(fd)} }

// stamp returns the stamp of a file whose content was read from start on. It is unknown if the file changed so shortly before that
// another change could have the same time.
func (c clock) stamp(st *unix.Stat_t, start time.Time) stamp {
	s := stampOf(st)
	if !c.fine && s.ctime >= start.Add(-coarse).UnixNano() {
		return stamp{}
	}
	return s
}

// saveStamps keeps the stamps of the entries of a lock. It makes no promise.
func (t *tree) saveStamps(l *Lock, stamps []stamp, mkdir bool) {
	if mkdir {
		unix.Mkdirat(t.guild, stateDir, 0o755) // if it is there already, good
	}
	dir, err := openat(t.guild, stateDir, openDirFlags, 0)
	if err != nil {
		return
	}
	defer unix.Close(dir)
	temp := tempName(nameStamps)
	unix.Unlinkat(dir, temp, 0) // what a killed one left, or something else of that name
	fd, err := openat(dir, temp, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, lockFileMode)
	if err != nil {
		return
	}
	f := os.NewFile(uintptr(fd), temp)
	_, err = f.Write(encodeStamps(l, stamps))
	if errors.Join(err, f.Close()) != nil || unix.Renameat(dir, temp, dir, nameStamps) != nil {
		unix.Unlinkat(dir, temp, 0)
	}
}

// loadStamps returns a stamp for each entry of the lock, or nil if they are not there or not of this lock.
func (t *tree) loadStamps(l *Lock) []stamp {
	dir, err := openat(t.guild, stateDir, openDirFlags, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(dir)
	data, _, err := readFile(dir, nameStamps)
	if err != nil {
		return nil
	}
	stamps, err := decodeStamps(l, data)
	if err != nil {
		return nil
	}
	return stamps
}

// removeStamps also removes the directory that was made for them.
func (t *tree) removeStamps() {
	dir, err := openat(t.guild, stateDir, openDirFlags, 0)
	if err != nil {
		return
	}
	defer unix.Close(dir)
	unix.Unlinkat(dir, nameStamps, 0)
	unix.Unlinkat(dir, tempName(nameStamps), 0)
	unix.Unlinkat(dir, nameDoor, 0)
	unix.Unlinkat(t.guild, stateDir, unix.AT_REMOVEDIR) // not if hooks left something in it
}

// encodeStamps writes a line for each regular file of the lock, in its order, and a digest of it all.
func encodeStamps(l *Lock, stamps []stamp) []byte {
	b := fmt.Appendf(nil, "%s\n%s\n", firstStampLine, l.Root.Hex())
	for i := range l.Entries {
		if l.Entries[i].Type != File {
			continue
		}
		if s := stamps[i]; s.unknown() {
			b = append(b, none...)
		} else {
			b = append(strconv.AppendInt(b, s.mtime, 10), ' ')
			b = append(strconv.AppendInt(b, s.ctime, 10), ' ')
			b = strconv.AppendUint(b, s.inode, 10)
		}
		b = append(b, '\n')
	}
	return append(b, "end "+canon.Bytes(b).Hex()+"\n"...)
}

var errStamps = errors.New("not the stamps of this lock")

func decodeStamps(l *Lock, data []byte) ([]stamp, error) {
	at := bytes.LastIndex(data, []byte("\nend ")) + 1
	if at == 0 || string(data[at:]) != "end "+canon.Bytes(data[:at]).Hex()+"\n" {
		return nil, errStamps
	}
	text, ok := strings.CutPrefix(string(data[:at]), firstStampLine+"\n"+l.Root.Hex()+"\n")
	if !ok {
		return nil, errStamps
	}
	stamps := make([]stamp, len(l.Entries))
	for i := range l.Entries {
		if l.Entries[i].Type != File {
			continue
		}
		var line string
		if line, text, ok = strings.Cut(text, "\n"); !ok {
			return nil, errStamps
		}
		if line == none {
			continue
		}
		var err error
		if stamps[i], err = parseStamp(line); err != nil {
			return nil, err
		}
	}
	if text != "" {
		return nil, errStamps
	}
	return stamps, nil
}

func parseStamp(line string) (s stamp, err error) {
	f := strings.Split(line, " ")
	if len(f) != 3 {
		return s, errStamps
	}
	var errs [3]error
	s.mtime, errs[0] = strconv.ParseInt(f[0], 10, 64)
	s.ctime, errs[1] = strconv.ParseInt(f[1], 10, 64)
	s.inode, errs[2] = strconv.ParseUint(f[2], 10, 64)
	return s, errors.Join(errs[:]...)
}
