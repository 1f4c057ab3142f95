package runner

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// vcsCommit asks git, in the background, for the project's commit: "git:" and the hash, with "*" when the work tree
// differs. The channel gives "" where there is no repository, or no git.
func vcsCommit(ctx context.Context, dir string) <-chan string {
	answer := make(chan string, 1)
	if !inRepository(dir) {
		answer <- ""
		return answer
	}
	go func() {
		head, err := git(ctx, dir, "rev-parse", "HEAD")
		if err != nil {
			answer <- ""
			return
		}
		commit := "git:" + strings.TrimSpace(head)
		if status, err := git(ctx, dir, "status", "--porcelain", "."); err == nil && strings.TrimSpace(status) != "" {
			commit += "*"
		}
		answer <- commit
	}()
	return answer
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-optional-locks", "-c", "core.fsmonitor=false", "-C", dir}, args...)...)
	out, err := cmd.Output()
	return string(out), err
}

// inRepository looks upward for .git, so that projects without one cost no process.
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
