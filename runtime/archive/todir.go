package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/guild-run/guild/runtime/run"
	"golang.org/x/sys/unix"
)

// dirSink builds a run in an empty directory. Nothing is written through a link, because links come last; directories stay writable
// until finish.
type dirSink struct {
	root    *os.Root
	dir     string
	guarded bool // refuse what a stranger could do harm with
	dirs    map[string]node
	links   []node
	touched time.Time
}

func newDirSink(dir string, guarded bool) (*dirSink, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &dirSink{root: root, dir: dir, guarded: guarded, dirs: map[string]node{}, touched: time.Now()}, nil
}

var (
	errTwice = errors.New("it is there twice")
	errSetID = errors.New("it would run with the rights of its owner")
)

func (s *dirSink) put(n node, open opener, m *meter) error {
	s.touch()
	if err := s.parents(n.path); err != nil {
		return err
	}
	switch n.mode.Type() {
	case fs.ModeDir:
		return s.mkdir(n)
	case fs.ModeSymlink:
		if s.guarded && leaves(n.path, n.target) {
			return fmt.Errorf("it is a link that leads out of the runs, to %q", n.target)
		}
		s.links = append(s.links, n)
		return nil
	case fs.ModeNamedPipe:
		return s.mkfifo(n)
	case 0:
		if s.guarded && n.mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			return errSetID
		}
		return s.write(n, open, m)
	}
	return nil // sources have none of the others
}

// touch keeps others from taking the directory for one that was given up.
func (s *dirSink) touch() {
	if now := time.Now(); now.Sub(s.touched) > time.Minute {
		s.touched = now
		_ = os.Chtimes(s.dir, now, now)
	}
}

// parents makes the directories above a path; the archive may not list them, or later.
func (s *dirSink) parents(name string) error {
	dir := path.Dir(name)
	if _, ok := s.dirs[dir]; ok || dir == "." {
		return nil
	}
	if err := s.parents(dir); err != nil {
		return err
	}
	if err := s.root.Mkdir(dir, 0o700); err != nil {
		return exists(err)
	}
	s.dirs[dir] = node{path: dir, mode: fs.ModeDir | plainDir}
	return nil
}

func (s *dirSink) mkdir(n node) error {
	if old, ok := s.dirs[n.path]; ok {
		if !old.time.IsZero() {
			return errTwice
		}
	} else if n.path != "." {
		if err := s.root.Mkdir(n.path, 0o700); err != nil {
			return exists(err)
		}
	}
	if n.time.IsZero() {
		n.time = time.Now()
	}
	s.dirs[n.path] = n
	return nil
}

func exists(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return errTwice
	}
	return err
}

func (s *dirSink) mkfifo(n node) error {
	parent, err := s.root.Open(path.Dir(n.path))
	if err != nil {
		return err
	}
	defer parent.Close()
	if err := mkfifoat(int(parent.Fd()), parent.Name(), path.Base(n.path)); err != nil {
		return exists(err)
	}
	return s.root.Chmod(n.path, permission(n.mode))
}

func (s *dirSink) write(n node, open opener, m *meter) error {
	src, err := open()
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := s.root.OpenFile(n.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return exists(err)
	}
	defer dst.Close()
	if err := copyContent(dst, src, n.size, m); err != nil {
		return err
	}
	if err := dst.Chmod(permission(n.mode)); err != nil {
		return err
	}
	if err := dst.Close(); err != nil {
		return err
	}
	return s.setTime(n)
}

func (s *dirSink) setTime(n node) error {
	if n.time.IsZero() {
		return nil
	}
	return s.root.Chtimes(n.path, n.time, n.time)
}

// permission is a mode without its type.
func permission(mode fs.FileMode) fs.FileMode {
	return mode & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
}

// finish makes the links, and gives the directories their modes and times, from the bottom up.
func (s *dirSink) finish(id run.ID) error {
	for _, n := range s.links {
		if err := s.root.Symlink(n.target, n.path); err != nil {
			return fmt.Errorf("run %s: %q: %w", id, n.path, exists(err))
		}
	}
	if _, ok := s.dirs["."]; !ok {
		s.dirs["."] = node{path: ".", mode: fs.ModeDir | plainDir}
	}
	for _, n := range slices.Backward(s.topDown()) {
		if err := errors.Join(s.setTime(n), s.root.Chmod(n.path, permission(n.mode))); err != nil {
			return fmt.Errorf("run %s: %q: %w", id, n.path, err)
		}
	}
	return nil
}

// topDown returns the directories, each before what is in it.
func (s *dirSink) topDown() []node {
	return slices.SortedFunc(maps.Values(s.dirs), func(a, b node) int { return depth(a.path) - depth(b.path) })
}

func depth(path string) int {
	if path == "." {
		return -1
	}
	return strings.Count(path, "/")
}

func (s *dirSink) close() { s.root.Close() }

// discard removes what was built.
func (s *dirSink) discard() {
	for _, n := range s.topDown() {
		_ = s.root.Chmod(n.path, 0o700)
	}
	s.close()
	_ = os.RemoveAll(s.dir)
}

// leaves reports whether a link in a run could lead out of the directory with all runs. Its way must be up and then down: after
// a name, which may be a link itself, ".." goes nobody knows where.
func leaves(at, target string) bool {
	up := strings.Count(at, "/") + 1 // from the directory of the link to that of all runs
	down := false
	if strings.HasPrefix(target, "/") {
		return true
	}
	for part := range strings.SplitSeq(target, "/") {
		switch {
		case part == "" || part == ".":
		case part == "..":
			if up--; up < 0 || down {
				return true
			}
		default:
			down = true
		}
	}
	return false
}
