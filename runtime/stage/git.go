package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// maxListing bounds what is read of git's answer, in bytes.
	maxListing = 256 << 20
	// maxRepos bounds the repositories within the repository that are asked.
	maxRepos = 64
)

// gitLocal are the variables by which the repository of a running git command would be taken for the project's.
var gitLocal = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS",
	"GIT_IMPLICIT_WORK_TREE", "GIT_INTERNAL_SUPER_PREFIX",
}

// askGit lists what git does not ignore; nil if this is not in a repository, or git cannot tell.
func (s *selection) askGit() ([]string, error) {
	dir, err := filepath.EvalSymlinks(s.stage.dir)
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil || !inRepository(dir) {
		return nil, nil
	}
	listed, err := listGit(s.ctx, dir, s.gitExcludes())
	switch {
	case s.ctx.Err() != nil:
		return nil, s.ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		s.warnings.add("the project is in a git repository, but git is not installed: taking text files only")
		return nil, nil
	case err != nil:
		s.warnings.add("git cannot list the project's files, taking text files only: %s", err)
		return nil, nil
	case len(listed) == 0:
		return nil, nil // the project itself is ignored by the repository around it
	}
	return listed, nil
}

func inRepository(dir string) bool {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

// gitExcludes spares git from looking into directories that .guildignore drops anyway. (Git would take a pattern with a
// slash from the top of the repository, which need not be the project's.)
func (s *selection) gitExcludes() []string {
	if slices.ContainsFunc(s.ignore, func(p pattern) bool { return p.negate }) {
		return nil
	}
	var args []string
	for _, p := range s.ignore {
		switch {
		case p.anchored:
		case p.dirOnly:
			args = append(args, "-x", p.glob+"/")
		default:
			args = append(args, "-x", p.glob)
		}
	}
	return args
}

// listGit returns the paths below dir that git knows or does not ignore, a repository within it as one path.
func listGit(ctx context.Context, dir string, more []string) ([]string, error) {
	answer, err := runGit(ctx, dir, more)
	if err != nil {
		return nil, err
	}
	var listed []string
	for name := range bytes.SplitSeq(answer, []byte{0}) {
		if path := strings.TrimSuffix(string(name), "/"); checkForm(path) == nil {
			listed = append(listed, path)
		}
	}
	return listed, nil
}

func runGit(ctx context.Context, dir string, more []string) ([]byte, error) {
	args := append([]string{"-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others", "--exclude-standard"}, more...)
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(gitLocal, name)
	})
	cmd.Env = append(cmd.Env, "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	cmd.WaitDelay = time.Second
	stdout, stderr := &capped{limit: maxListing}, &capped{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	if stdout.over {
		return nil, fmt.Errorf("its answer has more than %d bytes", maxListing)
	}
	if err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(stderr.b.String()), "\n")
		if exit := new(exec.ExitError); errors.As(err, &exit) && line != "" {
			return nil, fmt.Errorf("%q", line)
		}
		return nil, err
	}
	return stdout.b.Bytes(), nil
}

// capped keeps the beginning of what is written to it.
type capped struct {
	b     bytes.Buffer
	limit int
	over  bool
}

func (c *capped) Write(p []byte) (int, error) {
	if room := c.limit - c.b.Len(); len(p) > room {
		c.over = true
		c.b.Write(p[:max(0, room)])
		return len(p), nil
	}
	return c.b.Write(p)
}

// takeListed takes git's list, less what guild never copies. The paths are below prefix.
func (s *selection) takeListed(prefix string, listed []string) error {
	slices.Sort(listed)
	for _, path := range slices.Compact(listed) {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		path = prefix + path
		if hasGitName(path) || insideGuild(path) || baseName(path) == ignoreFile || s.skippedDir(path) ||
			s.ignore.match(path) || s.exclude.match(path) {
			continue
		}
		if info, err := s.tree.lstat(path); err == nil && info.IsDir() {
			if err := s.takeRepository(path); err != nil {
				return err
			}
			continue
		}
		s.take(path)
	}
	return nil
}

// takeRepository takes the files of a repository within the repository: a submodule, or one that git was not told of.
func (s *selection) takeRepository(dir string) error {
	if _, err := s.tree.lstat(dir + "/.git"); err != nil || s.nocopy(dir) {
		return nil // not checked out, or not wanted
	}
	if s.repos++; s.repos > maxRepos {
		s.warnings.add("%q is not copied: there are more than %d repositories within the repository", dir, maxRepos)
		return nil
	}
	listed, err := listGit(s.ctx, filepath.Join(s.stage.dir, filepath.FromSlash(dir)), nil)
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	if err != nil {
		s.warnings.add("%q is not copied: it is a repository that git cannot list: %s", dir, err)
		return nil
	}
	return s.takeListed(dir+"/", listed)
}

// skippedDir reports whether path is in a directory that is not copied, and remembers the answer for each directory.
func (s *selection) skippedDir(path string) bool {
	dir, _ := split(path)
	skip, known := s.skipped[dir]
	if !known {
		skip = dir != "" && s.skippedDir(dir) || s.nocopy(dir)
		s.skipped[dir] = skip
	}
	return skip
}

// nocopy reports whether a directory says that it is not to be copied, or is a run.
func (s *selection) nocopy(dir string) bool {
	if dir != "" {
		dir += "/"
	}
	if _, err := s.tree.lstat(dir + nocopyFile); err == nil {
		return true
	}
	_, err := s.tree.lstat(dir + guildDir + "/opref")
	return err == nil && dir != ""
}

func hasGitName(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(segment, ".git") {
			return true
		}
	}
	return false
}
