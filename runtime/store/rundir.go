package store

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// Run is one run directory. What it says is read from disk at each call; nothing is kept. Its methods may be called by
// many goroutines.
type Run struct {
	ID  run.ID
	Dir string

	mu    sync.Mutex
	dirty map[string]bool // paths written since the last Sync; true for directories
}

// Names under .guild.
const (
	guildDir    = ".guild"
	attrsDir    = "attrs"
	opRefFile   = "opref"
	lockFile    = "LOCK"
	processFile = "process"
	remoteFile  = "LOCK.remote"
	deniedFile  = "DENIED"

	// MarkPending and MarkStaged are the sentinels of the statuses of those names.
	MarkPending = "PENDING"
	MarkStaged  = "STAGED"
)

const maxOpRef = 64 << 10

// OpenDir opens any run directory, in a store or not. Its id is what its attribute id says, else the directory's name.
func OpenDir(dir string) (*Run, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if !hasOpRef(abs) {
		return nil, fmt.Errorf("directory %q: %w", dir, ErrNotFound)
	}
	r := &Run{ID: run.ID(filepath.Base(abs)), Dir: abs}
	if v, ok, err := r.Attr(AttrID); err == nil && ok {
		if text, ok := v.(string); ok {
			if id, err := run.ParseID(text); err == nil {
				r.ID = id
				return r, nil
			}
		}
	}
	if r.ID, err = run.ParseID(filepath.Base(abs)); err != nil {
		return nil, fmt.Errorf("directory %q: %w", dir, err)
	}
	return r, nil
}

// Path joins elem to the run's .guild directory.
func (r *Run) Path(elem ...string) string {
	return r.Dir + "/" + guildDir + "/" + strings.Join(elem, "/")
}

// OpRef reads which operation the run is of.
func (r *Run) OpRef() (run.OpRef, error) {
	text, err := readSmall(r.Path(opRefFile), maxOpRef)
	if err != nil {
		return run.OpRef{}, fmt.Errorf("run %s: %w", r.ID, err)
	}
	ref, err := run.ParseOpRef(string(text))
	if err != nil {
		return run.OpRef{}, fmt.Errorf("run %s: %w", r.ID, err)
	}
	return ref, nil
}

// isRun reports whether an entry of runs/ is a run. Links do not count: a run directory copied from elsewhere must not lead
// out of the store, neither by itself nor by its .guild.
func isRun(dir string) bool {
	var st unix.Stat_t
	return unix.Lstat(dir, &st) == nil && isDir(&st) && hasOpRef(dir)
}

func hasOpRef(dir string) bool {
	var st unix.Stat_t
	meta := dir + "/" + guildDir
	if unix.Lstat(meta, &st) != nil || !isDir(&st) {
		return false
	}
	if err := unix.Lstat(meta+"/"+attrsDir, &st); err == nil && !isDir(&st) {
		return false
	}
	return unix.Lstat(meta+"/"+opRefFile, &st) == nil && uint32(st.Mode)&unix.S_IFMT == unix.S_IFREG
}

func isDir(st *unix.Stat_t) bool { return uint32(st.Mode)&unix.S_IFMT == unix.S_IFDIR }

// checkName refuses what cannot be the name of one visible file.
func checkName(kind, name string) error {
	if name == "" || len(name) > 200 || name[0] == '.' || strings.ContainsAny(name, "/\x00") || !fs.ValidPath(name) {
		return fmt.Errorf("%s %q is not a file name", kind, name)
	}
	return nil
}
