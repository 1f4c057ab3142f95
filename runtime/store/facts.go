package store

import (
	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// facts is what the index keeps of a run. Status, label and tags are not among them: people edit those.
type facts struct {
	kind       byte
	bare       bool
	key        [16]byte // the first half of its canon.RunKey; zero if the run cannot be read
	when       int64    // µs since 1970: started, else initialized; 0 if neither
	whenStamp  int64
	flagsStamp int64
}

// readFacts reads a run. Stamps are taken first, so that a change while reading is seen as one later.
func readFacts(r *Run) facts {
	if !isRun(r.Dir) {
		var st unix.Stat_t
		if unix.Lstat(r.Dir, &st) == nil && isDir(&st) {
			return facts{kind: kindHalf}
		}
		return facts{kind: kindGone}
	}
	f := facts{kind: kindRun, whenStamp: stamp(r.attrPath(AttrStarted)), flagsStamp: stamp(r.attrPath(AttrFlags))}
	f.bare = f.flagsStamp == 0
	if f.when = r.micros(AttrStarted); f.when == 0 {
		f.when = r.micros(AttrInitialized)
	}
	if key, err := r.key(); err == nil {
		copy(f.key[:], key[:])
	}
	return f
}

// key is what the run would be found by.
func (r *Run) key() (run.Digest, error) {
	ref, err := r.OpRef()
	if err != nil {
		return run.Digest{}, err
	}
	flags, err := r.Flags()
	if err != nil {
		return run.Digest{}, err
	}
	return canon.RunKey(ref, flags), nil
}

// micros reads a time attribute; 0 if there is none that can be read.
func (r *Run) micros(attr string) int64 {
	v, _, _ := r.Attr(attr)
	t, _ := v.(int64)
	return max(t, 0)
}

// stamp is the ctime of a file in ns, 0 if it is not there. Unlike the mtime it cannot be set by those who copy files.
func stamp(path string) int64 {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return 0
	}
	return st.Ctim.Nano()
}

// reordered reports whether the run may no longer belong where the record puts it in the order of runs, or be no run.
func (s *Store) reordered(rec record) bool {
	r := s.at(rec.id())
	return !exists(r.Path(opRefFile)) || stamp(r.attrPath(AttrStarted)) != rec.whenStamp()
}

// rekeyed reports whether the flags were written since the record was.
func (s *Store) rekeyed(rec record) bool {
	return stamp(s.at(rec.id()).attrPath(AttrFlags)) != rec.flagsStamp()
}

// grown reports whether what was half a run, or a run without flags, may be more by now.
func (s *Store) grown(rec record) bool {
	if rec.kind() == kindHalf {
		r := s.at(rec.id())
		return exists(r.Path(opRefFile)) || !exists(r.Dir)
	}
	return s.rekeyed(rec)
}
