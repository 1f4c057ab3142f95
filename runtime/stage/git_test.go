package stage_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/stage"
)

func git(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b.c", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b.c")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func needGit(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
}

func repo(t *testing.T, files map[string]string) string {
	t.Helper()
	needGit(t)
	dir := tree(t, files)
	git(t, dir, "init", "-q")
	return dir
}

func TestSelectInGit(t *testing.T) {
	outside := tree(t, map[string]string{"f.py": "x"})
	many := map[string]string{
		".gitignore": "*.log\n/out/\nforced.txt\n", ".gitattributes": "", ".github/workflow.yml": "", ".guildignore": "data\n*.tmp\n", ".dvc/config": "x",
		"train.py": "x", "bin": "\x00", "big": strings.Repeat("x", 2<<20), "untracked.py": "x", "x.log": "x", "out/x": "x", "forced.txt": "x",
		"data/x.csv": "x", "sub/data/x.csv": "x", "tracked.tmp": "x", "deleted.py": "x", "sub/.gitkeep": "",
		"skip/.guild-nocopy": "", "skip/deep/x.py": "x", "old/.guild/opref": "x", "old/train.py": "x", ".guild/runs/x": "x",
		"in.py": "-> sub/a.py", "sub/a.py": "x", "out.py": "-> " + outside + "/f.py", "cfg": "-> .git/config", "dirlink": "-> sub", "gone": "-> nowhere",
		"new\nline": "x", "bad\xff": "x", `q"uote`: "x",
	}
	for i := range 120 {
		many[fmt.Sprintf("many/%03d", i)] = "x"
	}
	dir := repo(t, many)
	git(t, dir, "add", "train.py", "bin", "deleted.py", "tracked.tmp", "data")
	git(t, dir, "add", "-f", "forced.txt")
	must(t, os.Remove(filepath.Join(dir, "deleted.py")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644))

	var files, warnings []string
	within(t, "Select", func() { files, warnings = selected(t, dir, "x.log", stage.Rules{Exclude: []string{"/many"}}) })
	wantFiles(t, files, ".dvc/config", "bad\xff", "big", "bin", "forced.txt", "in.py", "new\nline", `q"uote`, "sub/a.py", "train.py", "untracked.py", "x.log")
	wantFiles(t, warnings,
		`"cfg" is not copied: it leads out of the project`,
		`"dirlink" is not copied: it leads to a directory`,
		`"gone" is not copied: it leads nowhere`,
		`"out.py" is not copied: it leads out of the project`,
	)
	files, _ = selected(t, dir, "", stage.Rules{Include: []string{"out/", "data", "*.yml"}, Exclude: []string{"sub"}})
	want := []string{".dvc/config", ".github/workflow.yml", "bad\xff", "big", "bin", "data/x.csv", "forced.txt", "in.py"}
	for i := range 120 {
		want = append(want, fmt.Sprintf("many/%03d", i))
	}
	wantFiles(t, files, append(want, "new\nline", "out/x", `q"uote`, "train.py", "untracked.py")...)

	// A project in a directory of the repository, named by a link.
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(filepath.Join(dir, "sub"), link))
	files, warnings = selected(t, link, "a.py", stage.Rules{})
	wantFiles(t, files, "a.py", "data/x.csv")
	wantFiles(t, warnings)

	// A project that the repository around it ignores is no part of it.
	files, _ = selected(t, filepath.Join(dir, "out"), "", stage.Rules{})
	wantFiles(t, files, "x")
}

func TestSelectNestedRepositories(t *testing.T) {
	dir := repo(t, map[string]string{"a.py": "x", "inner/.gitignore": "*.log\n", "inner/b.py": "x", "inner/x.log": "x", "inner/deep/c.py": "x", "no/.guild-nocopy": "", "no/d.py": "x", "plain/e.py": "x"})
	for _, inner := range []string{"inner", "inner/deep", "no"} {
		git(t, filepath.Join(dir, inner), "init", "-q")
	}
	git(t, filepath.Join(dir, "inner"), "add", "b.py")
	git(t, filepath.Join(dir, "inner"), "commit", "-qm", "x")
	files, warnings := selected(t, dir, "", stage.Rules{})
	wantFiles(t, files, "a.py", "inner/b.py", "inner/deep/c.py", "plain/e.py")
	wantFiles(t, warnings)

	git(t, dir, "add", "inner") // as a submodule is: an entry of its own kind
	files, _ = selected(t, dir, "", stage.Rules{Exclude: []string{"deep"}})
	wantFiles(t, files, "a.py", "inner/b.py", "plain/e.py")

	must(t, os.WriteFile(filepath.Join(dir, "inner/.git/index"), []byte("broken"), 0o644))
	files, warnings = selected(t, dir, "", stage.Rules{})
	wantFiles(t, files, "a.py", "plain/e.py")
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], `"inner" is not copied: it is a repository that git cannot list: "`) {
		t.Errorf("got %q", warnings)
	}
	// A submodule that is not checked out is an empty directory.
	must(t, os.RemoveAll(filepath.Join(dir, "inner")))
	must(t, os.Mkdir(filepath.Join(dir, "inner"), 0o755))
	files, warnings = selected(t, dir, "", stage.Rules{})
	wantFiles(t, files, "a.py", "plain/e.py")
	wantFiles(t, warnings)
}

func TestSelectWhenGitFails(t *testing.T) {
	dir := repo(t, map[string]string{"a.py": "x", "b.bin": "\x00", ".gitignore": "c.py", "c.py": "x"})
	must(t, os.WriteFile(filepath.Join(dir, ".git/index"), []byte("broken"), 0o644))
	files, warnings := selected(t, dir, "", stage.Rules{})
	wantFiles(t, files, ".gitignore", "a.py", "c.py")
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], `git cannot list the project's files, taking text files only: "`) {
		t.Errorf("got %q", warnings)
	}
	t.Setenv("PATH", t.TempDir())
	files, warnings = selected(t, dir, "", stage.Rules{})
	wantFiles(t, files, ".gitignore", "a.py", "c.py")
	wantFiles(t, warnings, "the project is in a git repository, but git is not installed: taking text files only")
}

// The variables of a git hook, in which guild may be running, name another repository; and what a repository's own
// configuration would start is not started.
func TestGitEnvironment(t *testing.T) {
	other := repo(t, map[string]string{"other.py": "x"})
	dir := repo(t, map[string]string{"a.py": "x"})
	mark := filepath.Join(t.TempDir(), "mark")
	must(t, os.WriteFile(filepath.Join(dir, ".git/monitor"), []byte("#!/bin/sh\ntouch "+mark+"\n"), 0o755))
	git(t, dir, "config", "core.fsmonitor", filepath.Join(dir, ".git/monitor"))
	git(t, dir, "config", "core.untrackedCache", "true")
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	t.Setenv("GIT_WORK_TREE", other)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other, ".git", "index"))
	files, warnings := selected(t, dir, "", stage.Rules{})
	wantFiles(t, files, "a.py")
	wantFiles(t, warnings)
	if _, err := os.Lstat(mark); err == nil {
		t.Error("the repository's own program was started")
	}
}

// Git is started once.
func TestGitIsAskedOnce(t *testing.T) {
	dir := repo(t, map[string]string{"a.py": "x", "sub/b.py": "x"})
	real, err := exec.LookPath("git")
	must(t, err)
	bin := t.TempDir()
	count := filepath.Join(bin, "count")
	must(t, os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\necho >>"+count+"\nexec "+real+" \"$@\"\n"), 0o755))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	files, _ := selected(t, dir, "a.py", stage.Rules{Include: []string{"*.x"}})
	wantFiles(t, files, "a.py", "sub/b.py")
	if got := content(t, bin, "count"); got != "\n" {
		t.Errorf("asked %d times", len(got))
	}
	plain := tree(t, map[string]string{"a.py": "x"})
	must(t, os.Remove(count))
	selected(t, plain, "", stage.Rules{})
	if _, err := os.Lstat(count); err == nil {
		t.Error("asked outside of a repository")
	}
}

func BenchmarkSelectFive(b *testing.B) {
	needGit(b)
	dir := b.TempDir()
	for i := range 5 {
		os.WriteFile(filepath.Join(dir, fmt.Sprintf("file%d.py", i)), []byte("x = 1\n"), 0o644)
	}
	b.Run("plain", func(b *testing.B) { benchSelect(b, dir) })
	git(b, dir, "init", "-q")
	git(b, dir, "add", ".")
	b.Run("git", func(b *testing.B) {
		start, n := time.Now(), 50
		for range n {
			cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
			cmd.Dir = dir
			cmd.Output()
		}
		alone := time.Since(start) / time.Duration(n)
		benchSelect(b, dir)
		b.ReportMetric(float64(alone), "git-alone-ns/op")
	})
}

func benchSelect(b *testing.B, dir string) {
	for b.Loop() {
		if files, _, err := stage.Select(b.Context(), dir, "file0.py", stage.Rules{}); err != nil || len(files) != 5 {
			b.Fatal(files, err)
		}
	}
}
