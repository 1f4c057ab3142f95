//go:build unix

package lock

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// compare holds a run against the entries of its lock.
type compare struct {
	entries []Entry
	index   map[string]int
	met     []bool  // per entry; each is set by one worker
	known   []stamp // per entry, as it was when last hashed; nil: not known
	stamps  []stamp // per entry, as it is now; each is set by one worker
	clock   clock
	quick   bool
	ajar    bool // a command was killed that had opened .guild
	unread  atomic.Int64

	mu     sync.Mutex
	report *Report
	closed []string // directories that could not be read: what is in them is not missing
}

func (t *tree) compare(ctx context.Context, l *Lock, r *Report, m *meter, quick bool) error {
	c := &compare{
		entries: l.Entries, met: make([]bool, len(l.Entries)), report: r,
		stamps: make([]stamp, len(l.Entries)), clock: clockOf(t.root), quick: quick, ajar: t.ajar(),
	}
	var wg sync.WaitGroup
	wg.Go(func() { c.known = t.loadStamps(l) })
	c.index = indexOf(l.Entries)
	wg.Wait()
	workers, err := walk(ctx, t.root, c, m)
	if err != nil {
		return err
	}
	for i, ok := range c.met {
		if !ok && !c.inClosed(l.Entries[i].Path) {
			c.differ(l.Entries[i].Path, Missing, l.Entries[i].Type.String(), "")
		}
	}
	r.Warnings = append(r.Warnings, hardLinks(workers)...)
	for i := range l.Entries {
		if w, ok := specialWarning(&l.Entries[i]); ok && c.met[i] {
			r.Warnings = append(r.Warnings, w)
		}
	}
	r.Unread = int(c.unread.Load())
	if r.Intact() && !slices.Equal(c.stamps, c.known) {
		t.saveStamps(l, c.stamps, false)
	}
	return nil
}

func (c *compare) inClosed(path string) bool {
	for _, dir := range c.closed {
		if dir == "." || strings.HasPrefix(path, dir+"/") {
			return true
		}
	}
	return false
}

func (c *compare) differ(path, kind, want, got string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Differences = append(c.report.Differences, Difference{path, kind, want, got})
}

// find returns the entry of the lock, or nil after reporting that there is none of that type.
func (c *compare) find(path string, typ Type) *Entry {
	i, ok := c.index[path]
	if !ok {
		c.differ(path, Added, "", typ.String())
		return nil
	}
	c.met[i] = true
	if e := &c.entries[i]; e.Type == typ {
		return e
	}
	c.differ(path, TypeOf, c.entries[i].Type.String(), typ.String())
	return nil
}

func (c *compare) mode(e *Entry, mode uint32) {
	if mode &= permBits; mode != e.LockedMode() {
		if e.Path == guildDir && (mode == e.Mode || mode == e.Mode|0o700) && c.ajar {
			c.unfinished(e)
			return
		}
		c.differ(e.Path, Mode, modeText(e.LockedMode()), modeText(mode))
	}
}

// unfinished is of a .guild that is open, as it is between the commit of a lock and its end, and before that of an unlock: what
// is in it is compared all the same.
func (c *compare) unfinished(e *Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Warnings = append(c.report.Warnings, Warning{e.Path, NotReadOnly, "it is writable, as a killed command leaves it: lock the run again"})
}

func (c *compare) enter(_ *worker, d *dirRef, st *unix.Stat_t) (bool, error) {
	if e := c.find(d.name(), Dir); e != nil {
		c.mode(e, uint32(st.Mode))
	}
	return true, nil
}

func (c *compare) lost(_ *worker, parent *dirRef, l lostDir) (bool, error) {
	if gone(l.err) {
		return false, nil
	}
	c.mu.Lock()
	c.closed = append(c.closed, l.path)
	c.mu.Unlock()
	if parent != nil {
		var st unix.Stat_t
		if err := lstatat(parent.fd, l.name, &st); err == nil {
			if e := c.find(l.path, typeOf(uint32(st.Mode))); e != nil {
				c.mode(e, uint32(st.Mode))
			}
		}
	}
	c.differ(l.path, Unreadable, "", l.err.Error())
	return false, nil
}

func (c *compare) entry(w *worker, d *dirRef, ent dirent, late bool) error {
	if i, ok := c.index[string(w.join(d, ent.name))]; ok && ent.typ == File && c.entries[i].Type == File {
		if c.quick && !late && c.unchanged(w, d, i, ent.name) {
			return nil
		}
		return c.file(w, d, i, ent.name, late)
	}
	var st unix.Stat_t
	path := d.join(ent.name)
	if err := lstatat(d.fd, ent.name, &st); err != nil {
		if !gone(err) {
			c.differ(path, Unreadable, "", err.Error())
		}
		return nil
	}
	e := c.find(path, typeOf(uint32(st.Mode)))
	if e == nil {
		return nil
	}
	if e.Type != Symlink {
		c.mode(e, uint32(st.Mode))
		return nil
	}
	target, err := readlinkat(d.fd, ent.name)
	if err != nil {
		c.differ(path, Unreadable, "", err.Error())
	} else if target != e.Target {
		c.differ(path, Link, e.Target, target)
	}
	return nil
}

// unchanged reports whether a regular file is as it was when it was last found to be entry i. It does not open it.
func (c *compare) unchanged(w *worker, d *dirRef, i int, name string) bool {
	e := &c.entries[i]
	var st unix.Stat_t
	if c.known == nil || c.known[i].unknown() || lstatat(d.fd, name, &st) != nil || typeOf(uint32(st.Mode)) != File ||
		st.Size != e.Size || c.known[i] != stampOf(&st) {
		return false
	}
	c.met[i] = true
	c.mode(e, uint32(st.Mode))
	w.noteLinks(e.Path, &st)
	c.stamps[i] = c.known[i]
	c.unread.Add(1)
	w.meter.files.Add(1)
	w.meter.bytes.Add(st.Size)
	return true
}

// file compares a regular file with entry i.
func (c *compare) file(w *worker, d *dirRef, i int, name string, late bool) error {
	e := &c.entries[i]
	path := e.Path
	if e.Size >= bigFile && !late {
		w.postpone(d, name, e.Size)
		return nil
	}
	var st unix.Stat_t
	fd, err := w.openFile(d.fd, name)
	if err != nil {
		return c.closedFile(d, path, name, err)
	}
	defer unix.Close(fd)
	if err := unix.Fstat(fd, &st); err != nil {
		c.differ(path, Unreadable, "", err.Error())
		return nil
	}
	if typ := typeOf(uint32(st.Mode)); typ != File { // just exchanged
		c.find(path, typ)
		return nil
	}
	c.met[i] = true
	c.mode(e, uint32(st.Mode))
	w.noteLinks(path, &st)
	if st.Size != e.Size {
		c.differ(path, Modified, bytesText(e.Size), bytesText(st.Size))
		return nil
	}
	start := time.Now()
	var sum run.Digest
	var n int64
	shares := w.shares(st.Size)
	if shares {
		n, err = w.readShared(fd, st.Size)
	} else {
		sum, n, err = w.digest(fd, st.Size)
	}
	switch {
	case w.stop.Load():
		return err
	case err != nil:
		c.differ(path, Unreadable, "", err.Error())
	case n != st.Size:
		c.differ(path, Modified, bytesText(e.Size), "it shrank while it was read")
	case shares:
		c.stamps[i] = c.clock.stamp(&st, start)
		w.share(st.Size, i)
	default:
		c.stamps[i] = c.clock.stamp(&st, start)
		c.hashed(i, sum)
	}
	w.meter.files.Add(1)
	return nil
}

// hashed compares the digest of a regular file with that of entry i.
func (c *compare) hashed(i int, sum [32]byte) {
	if e := &c.entries[i]; sum != e.Digest {
		c.stamps[i] = stamp{}
		c.differ(e.Path, Modified, e.Digest.String(), run.Digest(sum).String())
	}
}

// closedFile reports a file that cannot be opened; its mode may be the reason.
func (c *compare) closedFile(d *dirRef, path, name string, err error) error {
	var st unix.Stat_t
	if gone(err) || lstatat(d.fd, name, &st) != nil {
		return nil
	}
	if e := c.find(path, typeOf(uint32(st.Mode))); e != nil {
		c.mode(e, uint32(st.Mode))
		c.differ(path, Unreadable, "", err.Error())
	}
	return nil
}

func bytesText(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
