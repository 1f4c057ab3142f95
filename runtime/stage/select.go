package stage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Rules are what guild.toml says about an operation's source code. Patterns are those of a .gitignore file: without a
// slash they match names at any depth, with one they match paths from the project directory, and a directory stands for
// all in it.
type Rules struct {
	// Include adds files to the default selection: ignored, large or binary ones, for example.
	Include []string
	// Exclude takes files out, last. A pattern with a leading "!" puts files back: {"**", "!*.py"} leaves Python files.
	Exclude []string
	// Off copies nothing but the main file.
	Off bool
}

// Select returns the source files of a project in byte order, relative to projectDir, and warnings for people.
//
// In a git repository these are all files that git does not ignore, but for those named .git… or .guildignore and those
// that match a line of .guildignore. Elsewhere they are text files of at most 1 MiB, at most 100 of them, shallow ones
// first, outside of hidden directories, virtual environments and build directories. Directories with a file
// .guild-nocopy and earlier run directories are left out in both. A link stands for the file it leads to, if that is
// within the project. main (may be "") is always included; that it cannot be is an error.
//
// Git is asked once, and once more for each repository within the repository.
func Select(ctx context.Context, projectDir, main string, rules Rules) (files, warnings []string, err error) {
	st, err := Open(projectDir)
	if err != nil {
		return nil, nil, err
	}
	defer st.Close()
	s := &selection{ctx: ctx, stage: st, tree: st.tree(), chosen: map[string]bool{}, skipped: map[string]bool{}}
	defer s.tree.close()
	if s.exclude, err = parsePatterns(rules.Exclude); err != nil {
		return nil, nil, fmt.Errorf("sourcecode exclude: %w", err)
	}
	include, err := parsePatterns(rules.Include)
	if err != nil {
		return nil, nil, fmt.Errorf("sourcecode include: %w", err)
	}
	if !rules.Off {
		s.readIgnore()
		if err := s.defaults(); err != nil {
			return nil, nil, fmt.Errorf("select source code: %w", err)
		}
		if err := s.included(include); err != nil {
			return nil, nil, fmt.Errorf("select source code: %w", err)
		}
	}
	if err := s.main(projectDir, main); err != nil {
		return nil, nil, err
	}
	return slices.Sorted(maps.Keys(s.chosen)), s.warnings.list(s.chosen), nil
}

type selection struct {
	ctx      context.Context
	stage    *Stage
	tree     *tree
	ignore   patterns // .guildignore
	exclude  patterns
	chosen   map[string]bool
	skipped  map[string]bool // directories: whether they are left out
	repos    int             // repositories within the repository
	warnings warnings
}

func (s *selection) defaults() error {
	listed, err := s.askGit()
	if err != nil {
		return err
	}
	if listed != nil {
		return s.takeListed("", listed)
	}
	return s.takeText()
}

// take chooses a file if it can be copied, and tells why not.
func (s *selection) take(path string) {
	if info, err := s.tree.lstat(path); err == nil && info.Mode().IsRegular() {
		s.chosen[path] = true
		return
	}
	err := s.copyable(path)
	switch {
	case err == nil:
		s.chosen[path] = true
	case errors.Is(err, fs.ErrNotExist) && !s.isLink(path):
		// deleted, and git was not told
	default:
		s.warnings.left(path, err)
	}
}

func (s *selection) isLink(path string) bool {
	info, err := s.tree.lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// copyable says why a path, links followed, does not lead to a regular file of the project.
func (s *selection) copyable(path string) error {
	real, err := resolve(s.stage.root, path, true)
	if err != nil {
		return err
	}
	if real == "" || slices.Contains(strings.Split(real, "/"), ".git") {
		return errOutside
	}
	info, err := s.tree.lstat(real)
	if err != nil {
		return err
	}
	return regular(info)
}

func reason(err error) string {
	switch err := bare(err); {
	case errors.Is(err, fs.ErrNotExist):
		return "it leads nowhere"
	case errors.Is(err, errOutside), errors.Is(err, errGuild):
		return "it leads out of the project"
	case errors.Is(err, errIsDir):
		return "it leads to a directory"
	default:
		return err.Error()
	}
}

// included adds what the rules ask for beyond the defaults.
func (s *selection) included(include patterns) error {
	if len(include) == 0 {
		return nil
	}
	err := walk(s.ctx, s.stage.root, maxWalked, nil, func(path string, mode fs.FileMode) (bool, error) {
		if mode.IsDir() {
			return baseName(path) != ".git" && !s.exclude.prunes(path), nil
		}
		if include.match(path) && !s.exclude.match(path) && !s.chosen[path] {
			s.take(path)
		}
		return false, nil
	})
	if errors.Is(err, errManyEntries) {
		s.warnings.add("the project has more than %d files: the rest is not looked at for include", maxWalked)
		return nil
	}
	return err
}

// main includes the main file, whatever the rules are.
func (s *selection) main(projectDir, main string) error {
	if main == "" {
		return nil
	}
	name := filepath.ToSlash(main)
	if filepath.IsAbs(main) {
		if rel, err := filepath.Rel(projectDir, main); err == nil {
			name = filepath.ToSlash(rel)
		}
	}
	name = path.Clean(name)
	if name == ".." || strings.HasPrefix(name, "../") || path.IsAbs(name) {
		return fmt.Errorf("main file %q is outside the project", main)
	}
	if err := checkForm(name); err != nil {
		return fmt.Errorf("main file %q: %w", main, err)
	}
	if err := s.copyable(name); err != nil {
		if errors.Is(err, fs.ErrNotExist) && !s.isLink(name) {
			return fmt.Errorf("main file %q: no such file", main)
		}
		if errors.Is(err, errIsDir) && !s.isLink(name) {
			return fmt.Errorf("main file %q is a directory", main)
		}
		return fmt.Errorf("main file %q cannot be copied: %s", main, reason(err))
	}
	s.chosen[name] = true
	return nil
}

// maxWarnings bounds how many of them a person is given to read.
const maxWarnings = 20

type warnings struct {
	texts []warning
	more  int
}

// warning is about a path, or about none.
type warning struct{ path, text string }

func (w *warnings) add(format string, args ...any) {
	w.put(warning{text: fmt.Sprintf(format, args...)})
}

// left says that a path is not copied, and why.
func (w *warnings) left(path string, err error) {
	w.put(warning{path, fmt.Sprintf("%q is not copied: %s", path, reason(err))})
}

func (w *warnings) put(one warning) {
	if len(w.texts) == maxWarnings {
		w.more++
		return
	}
	w.texts = append(w.texts, one)
}

// list leaves out what was chosen after all: what a default leaves out may be included by name.
func (w *warnings) list(chosen map[string]bool) []string {
	var texts []string
	for _, one := range w.texts {
		if !chosen[one.path] {
			texts = append(texts, one.text)
		}
	}
	if w.more > 0 {
		texts = append(texts, fmt.Sprintf("%d more files are not copied, for such reasons", w.more))
	}
	return texts
}

func baseName(path string) string {
	_, name := split(path)
	return name
}
