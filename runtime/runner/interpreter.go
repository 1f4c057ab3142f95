package runner

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// interpreters start a main file of a known kind.
var interpreters = map[string][]string{
	".py": {"python3"},
	".R":  {"Rscript"},
	".r":  {"Rscript"},
	".sh": {"sh"},
}

// maxShebang is how much of a file the kernel looks at for a #! line, in bytes.
const maxShebang = 256

// shells are the kinds of files whose first line is believed about what runs them: bash and zsh understand what sh does not. What runs
// Python and R is found in PATH, as an environment that somebody activated wants it, and their flags are found by that.
var shells = []string{".sh"}

// shebang returns the words of a file's #! line as the kernel takes them: a program and at most one argument. nil if there is none.
func shebang(path string) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil // whoever opens it next says why
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, maxShebang))
	if err != nil {
		return nil
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	rest, ok := bytes.CutPrefix(line, []byte("#!"))
	text := strings.TrimSpace(string(rest))
	end := strings.IndexAny(text+" ", " \t")
	program, argument := text[:end], strings.TrimSpace(text[end:])
	switch {
	case !ok || !filepath.IsAbs(program):
		return nil
	case argument == "":
		return []string{program}
	}
	return []string{program, argument}
}

// NotStartable is the error of a main file of which nobody knows how to start it.
type NotStartable struct{ Main string }

func (e *NotStartable) Error() string {
	return fmt.Sprintf("%q is not executable, and guild knows no interpreter for it", e.Main)
}

// Hint says what to do.
func (e *NotStartable) Hint() string {
	return fmt.Sprintf("'chmod +x %s', or an operation with exec = [...] in guild.toml", run.Quote(e.Main))
}

// Outside is the error of a script that is not below the project's directory.
type Outside struct{ Script, Path, Project string }

func (e *Outside) Error() string {
	return fmt.Sprintf("script %q is outside the project %s", e.Script, e.Project)
}

// Hint says from where it can be run.
func (e *Outside) Hint() string {
	return fmt.Sprintf("run it where it is: 'cd %s'", run.Quote(filepath.Dir(e.Path)))
}
