package runner

import (
	"context"
	"os/exec"
	"strings"
)

// vcsCommit asks git, in the background, for the project's commit: "git:" and the hash, with "*" when the work tree
// differs. The channel gives "" where there is no repository, or no git.
func vcsCommit(ctx context.Context, dir string) <-chan string {
	answer := make(chan string, 1)
	if _, ok := repositoryOf(dir); !ok {
		answer <- ""
		return answer
	}
	go func() {
		args := []string{"--no-optional-locks", "-c", "core.fsmonitor=false", "-C", dir, "status", "--porcelain=v2", "--branch", "."}
		status, err := exec.CommandContext(ctx, "git", args...).Output()
		if err != nil {
			status = nil
		}
		answer <- commitOf(string(status))
	}()
	return answer
}

// commitOf reads what `git status --porcelain=v2 --branch` says: one process for both, the commit and whether the work tree differs.
func commitOf(status string) string {
	commit, differs := "", ""
	for line := range strings.Lines(status) {
		if oid, ok := strings.CutPrefix(line, "# branch.oid "); ok && oid != "(initial)\n" {
			commit = "git:" + strings.TrimSpace(oid)
		}
		if !strings.HasPrefix(line, "#") {
			differs = "*"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + differs
}
