package runner

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/guild-run/guild/abi"
)

const (
	// wantsVCS is what a hook writes into its description to be told of version control: for others git is not asked.
	wantsVCS = "vcs"
	// vcsTimeout bounds the wait for git, vcsMost what is told of its answer.
	vcsTimeout = 30 * time.Second
	vcsMost    = 1000
)

// vcsFacts keeps what git said of projects: a command asks once, so that all trials of a batch are told the same.
type vcsFacts struct {
	mu    sync.Mutex
	known map[string]*abi.VCSDoc
}

// addFacts puts into an event document what the hook's description asks for.
func (s *session) addFacts(ctx context.Context, h *hook, doc *abi.Document) {
	if h.info.Section == nil || !slices.Contains(h.info.Section.Wants, wantsVCS) || doc.Event.Name == abi.OnInit {
		return
	}
	doc.Project.VCS = s.r.vcs.of(ctx, s.plan.ProjectDir, s.r.Store.Home())
}

func (f *vcsFacts) of(ctx context.Context, dir, home string) *abi.VCSDoc {
	f.mu.Lock()
	defer f.mu.Unlock()
	doc, ok := f.known[dir]
	if !ok {
		doc = askVCS(ctx, dir, home)
		if f.known == nil {
			f.known = map[string]*abi.VCSDoc{}
		}
		f.known[dir] = doc
	}
	return doc
}

// askVCS asks git for the commit of a directory and for what differs from it. What is kept in home is guild's, and no change.
func askVCS(ctx context.Context, dir, home string) *abi.VCSDoc {
	root, ok := repositoryOf(dir)
	if !ok {
		return &abi.VCSDoc{Error: "not a git repository"}
	}
	ctx, cancel := context.WithTimeout(ctx, vcsTimeout)
	defer cancel()
	args := []string{"--no-optional-locks", "-c", "core.fsmonitor=false", "-C", dir, "status", "--porcelain=v2", "--branch", "-z", "."}
	status, err := exec.CommandContext(ctx, "git", args...).Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return &abi.VCSDoc{Error: "git is not installed"}
	case err != nil:
		return &abi.VCSDoc{Error: "git cannot tell: " + gitWords(err)}
	}
	return readStatus(string(status), func(path string) bool {
		rel, err := filepath.Rel(home, filepath.Join(root, path))
		return err == nil && (rel == "." || filepath.IsLocal(rel))
	})
}

// gitWords is the first line of what git complained of.
func gitWords(err error) string {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		if line, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n"); line != "" {
			return line
		}
	}
	return err.Error()
}

// readStatus reads what `git status --porcelain=v2 --branch -z` says. Untracked files that are ours are left out.
func readStatus(status string, ours func(path string) bool) *abi.VCSDoc {
	doc := &abi.VCSDoc{Changed: []string{}}
	skip := false // the name that a renamed file had before
	for entry := range strings.SplitSeq(status, "\x00") {
		if skip {
			skip = false
			continue
		}
		word, path := "", ""
		kind, rest, _ := strings.Cut(entry, " ")
		switch kind {
		case "#":
			if oid, ok := strings.CutPrefix(rest, "branch.oid "); ok && oid != "(initial)" {
				doc.Commit = oid
			}
		case "1":
			word, path = changeWord(rest), field(rest, 7)
		case "2":
			word, path, skip = "renamed", field(rest, 8), true
		case "u":
			word, path = "conflict", field(rest, 9)
		case "?":
			if !ours(rest) {
				word, path = "untracked", rest
			}
		}
		if word == "" {
			continue
		}
		doc.Dirty = true
		if len(doc.Changed) < vcsMost {
			doc.Changed = append(doc.Changed, word+" "+strings.ToValidUTF8(path, "\uFFFD"))
		}
	}
	return doc
}

// changeWord says what a pair of letters, of the index and of the work tree, means.
func changeWord(rest string) string {
	letters, _, _ := strings.Cut(rest, " ")
	switch {
	case strings.Contains(letters, "D"):
		return "deleted"
	case strings.Contains(letters, "A"):
		return "added"
	}
	return "modified"
}

// field is what follows n fields.
func field(text string, n int) string {
	for range n {
		_, text, _ = strings.Cut(text, " ")
	}
	return text
}

// repositoryOf looks upward for .git, so that projects without one cost no process.
func repositoryOf(dir string) (root string, ok bool) {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}
