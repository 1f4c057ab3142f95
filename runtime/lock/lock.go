// Package lock proves that a finished run has not changed: it writes the BLAKE3 digests, modes, link targets
// and directories of a run into two text files under .guild, makes the run read-only, compares, and undoes it.
//
// It decides the format (FORMAT.md), what is covered, and the order of steps that lets a killed command be
// finished by the next. It leaves to others whether a run may be locked (its status, its hooks), what its
// upstream runs are, signatures, and all output.
package lock

import (
	"errors"
	"time"

	"github.com/guild-run/guild/runtime/run"
)

// Files of a lock, relative to the run directory.
const (
	// SumsFile has one b3sum line for each regular file, MetaFile among them: cd RUN && b3sum --check .guild/locked
	SumsFile = ".guild/locked"
	// MetaFile has what b3sum cannot say, and the root digest.
	MetaFile = ".guild/locked.meta"
	// SigFile is a signature of the bytes of SumsFile. What it says is for callers to make and to check.
	SigFile = ".guild/locked.sig"
	// LogFile has the root of each lock that was undone, oldest first; it is an ordinary file of the next lock.
	LogFile = ".guild/locked.log"
)

var (
	// ErrLocked says that the run is locked already.
	ErrLocked = errors.New("run is locked")
	// ErrNotLocked says that the run has no lock.
	ErrNotLocked = errors.New("run is not locked")
	// ErrDamaged says that a lock cannot be read: Force is the way out.
	ErrDamaged = errors.New("lock is damaged")
	// ErrChanged says that the run changed while it was being locked; the lock was rolled back.
	ErrChanged = errors.New("run changed while it was being locked")
	// ErrBusy says that a file of the run is still open for writing; the lock was rolled back.
	ErrBusy = errors.New("file is still open for writing")
)

// Options says what a new lock records besides the files.
type Options struct {
	Run      run.ID
	Op       string     // the operation as people write it
	Upstream []Upstream // in any order
	Created  time.Time  // zero is now; kept in microseconds
	// Sign returns the signature of what SumsFile is going to be. The lock and its signature appear together: if it
	// fails, the run is not locked. Nil makes a lock without one.
	Sign func(sums []byte) (signature []byte, err error)
	// Progress is told how far the hashing is, a few times a second and once at the end, from one goroutine at a
	// time. May be nil.
	Progress func(Progress)
}

// Progress is how far a command is.
type Progress struct {
	Files, TotalFiles int
	Bytes, TotalBytes int64
}

// Upstream is a run that this one read, as it was when this one began.
type Upstream struct {
	Run  run.ID
	Path string     // where it is linked in this run; may be empty
	Root run.Digest // root of its lock; zero: it was not locked
}

// Lock is the content of a run's lock files.
type Lock struct {
	Root     run.Digest // over everything below but Warnings
	Prev     run.Digest // root of the lock before this one; zero: there was none
	Hooks    run.Digest // over the files under .guild/hooks; zero: there are none
	Run      run.ID
	Op       string
	Created  time.Time // UTC
	Upstream []Upstream
	Files    int     // regular files, MetaFile not counted
	Bytes    int64   // their sizes
	Entries  []Entry // sorted by path bytes; "." is the run directory

	// Warnings are what Create noticed: hard links out of the run, files it could not make read-only, special
	// files. They are not part of the lock.
	Warnings []Warning
}

// Type is the type of a file, as one letter of the format.
type Type byte

// Types of files.
const (
	File    Type = 'f'
	Dir     Type = 'd'
	Symlink Type = 'l'
	Pipe    Type = 'p'
	Socket  Type = 's'
	Char    Type = 'c'
	Block   Type = 'b'
	Unknown Type = '?' // never in a lock
)

// String returns the type in words.
func (t Type) String() string {
	switch t {
	case File:
		return "file"
	case Dir:
		return "directory"
	case Symlink:
		return "symlink"
	case Pipe:
		return "fifo"
	case Socket:
		return "socket"
	case Char:
		return "character device"
	case Block:
		return "block device"
	}
	return "unknown type"
}

// Entry is one file, directory or link of a locked run.
type Entry struct {
	Path   string
	Type   Type
	Mode   uint32     // permission bits (07777) before the lock; 0 for symlinks
	Kept   bool       // the lock left the mode as it was
	Size   int64      // of regular files
	Digest run.Digest // of regular files
	Target string     // of symlinks
}

const writeBits = 0o222

// LockedMode returns the permission bits the entry has while the run is locked.
func (e *Entry) LockedMode() uint32 {
	if e.Kept {
		return e.Mode
	}
	return e.Mode &^ writeBits
}

// Kinds of differences.
const (
	Modified   = "modified"   // content of a regular file
	Missing    = "missing"    //
	Added      = "added"      //
	Mode       = "mode"       // permission bits
	TypeOf     = "type"       // a file became a directory, a link …
	Link       = "link"       // target of a symlink
	LockFile   = "lock"       // the lock files themselves were altered
	Signature  = "signature"  // the signature is not what the caller demands
	Unreadable = "unreadable" // could not be compared
	UpstreamOf = "upstream"   // an upstream run is not what it was; for callers, Verify does not look at other runs
)

// Difference is one way in which a run is not what its lock says.
type Difference struct {
	Path string // relative to the run directory; any bytes but NUL
	Kind string
	Want string // for people; empty where it says nothing
	Got  string
}

// Kinds of warnings.
const (
	HardLink    = "hard link" // the content can be changed through a name outside the run
	NotReadOnly = "writable"  // the mode could not be changed
	Special     = "special"   // neither file, directory nor link: its content is not covered
)

// Warning is something a lock or a verification cannot vouch for.
type Warning struct {
	Path string
	Kind string
	Text string
}

// VerifyOptions says how to verify.
type VerifyOptions struct {
	// Root is the root digest the lock must have, from a place that the run's owner cannot write. Zero: any.
	Root run.Digest
	// Quick does not read files whose size, times and inode are as they were when they were last hashed. It finds
	// every accident, and nobody who sets out to deceive it: what it compares with is not part of the lock.
	Quick bool
	// Signature is given SumsFile and SigFile (nil: there is none); its error is a difference. May be nil.
	Signature func(sums, signature []byte) error
	// Progress as in Options.
	Progress func(Progress)
}

// Report is the result of a verification.
type Report struct {
	Root        run.Digest // of the lock, as it stands in the lock
	Run         run.ID
	Created     time.Time
	Upstream    []Upstream
	Files       int // compared
	Bytes       int64
	Unread      int          // of these files, those that Quick did not read
	Differences []Difference // by path, then kind
	Warnings    []Warning    // by path
}

// Intact reports whether the run is what its lock says.
func (r *Report) Intact() bool { return len(r.Differences) == 0 }
