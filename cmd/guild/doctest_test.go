package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// doctest interprets a transcript: a text with indented blocks of ">>> CALL" or ">>> NAME = CALL", each followed by
// what must be printed. In what must be printed "..." and "???" stand for any text, and a last line "<exit N>" for the exit
// code, which is 0 where it is not given. Everything else must be equal to the letter.
type doctest struct {
	t    *testing.T
	dir  string // the project
	home string
	env  []string
	vars map[string]string
}

// example is one call of a transcript.
type example struct {
	line int
	code string
	want []string
}

// parseDoctest finds the examples of a transcript.
func parseDoctest(text string) []example {
	const prompt, indent = "    >>> ", "    "
	var examples []example
	open := false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, prompt):
			examples = append(examples, example{line: i + 1, code: strings.TrimPrefix(line, prompt)})
			open = true
		case open && strings.HasPrefix(line, indent):
			last := &examples[len(examples)-1]
			last.want = append(last.want, strings.TrimPrefix(line, indent))
		default:
			open = false
		}
	}
	return examples
}

var exitLine = regexp.MustCompile(`(^|\n)<exit \d+>$`)

var assignment = regexp.MustCompile(`^([a-z_]+) = (.*)$`)

func (d *doctest) run(ex example) {
	d.t.Helper()
	if m := assignment.FindStringSubmatch(ex.code); m != nil {
		d.vars[m[1]] = d.eval(m[2])
		return
	}
	got := d.eval(ex.code)
	if !strings.HasPrefix(ex.code, "run(") {
		return
	}
	want := strings.Join(ex.want, "\n")
	if !exitLine.MatchString(want) {
		want += "\n<exit 0>"
	}
	if !strings.Contains(want, "\n") {
		want = "\n" + want // no output at all
	}
	if !wildcards(want).MatchString(got) {
		d.t.Errorf("line %d: %s\nwant:\n%s\ngot:\n%s", ex.line, ex.code, want, got)
	}
}

// wildcards makes a pattern of what must be printed.
func wildcards(want string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(want)
	for _, any := range []string{"...", "???"} {
		pattern = strings.ReplaceAll(pattern, regexp.QuoteMeta(any), "(?s:.*?)")
	}
	return regexp.MustCompile("^" + pattern + "$")
}

// eval evaluates an expression of the transcript's small language: text, names, and calls of the helpers below.
func (d *doctest) eval(expr string) string {
	d.t.Helper()
	value, rest := d.expression(strings.TrimSpace(expr))
	if rest != "" {
		d.t.Fatalf("cannot read %q in %q", rest, expr)
	}
	return value
}

var name = regexp.MustCompile(`^[A-Za-z_.]+`)

func (d *doctest) expression(s string) (value, rest string) {
	d.t.Helper()
	if strings.HasPrefix(s, `"`) {
		end := strings.Index(s[1:], `"`) + 1
		text, err := strconv.Unquote(s[:end+1])
		if err != nil {
			d.t.Fatalf("cannot read %q: %v", s, err)
		}
		return text, s[end+1:]
	}
	word := name.FindString(s)
	if word == "" {
		d.t.Fatalf("cannot read %q", s)
	}
	s = s[len(word):]
	if !strings.HasPrefix(s, "(") {
		value, ok := d.vars[word]
		if !ok {
			d.t.Fatalf("%q is not defined", word)
		}
		return value, s
	}
	var args []string
	for s = s[1:]; !strings.HasPrefix(s, ")"); s = strings.TrimLeft(s, ", ") {
		var arg string
		arg, s = d.expression(s)
		args = append(args, arg)
	}
	return d.call(word, args), s[1:]
}

func (d *doctest) call(function string, args []string) string {
	d.t.Helper()
	switch function {
	case "use_project":
		d.useProject(args[0])
	case "run":
		out, code := d.command(args[0])
		if out == "" {
			return fmt.Sprintf("\n<exit %d>", code)
		}
		return fmt.Sprintf("%s\n<exit %d>", strings.TrimSuffix(out, "\n"), code)
	case "run_capture":
		out, code := d.command(args[0])
		if code != 0 {
			d.t.Fatalf("%s: exit %d: %s", args[0], code, out)
		}
		return strings.TrimSpace(out)
	case "path":
		return filepath.Join(args...)
	case "os.getpid":
		return strconv.Itoa(os.Getpid())
	case "str":
		return args[0]
	case "write":
		d.check(os.WriteFile(args[0], []byte(args[1]), 0o644))
	case "touch":
		d.check(os.WriteFile(args[0], nil, 0o644))
	case "rm":
		d.check(os.Remove(args[0]))
	default:
		d.t.Fatalf("unknown helper %q", function)
	}
	return ""
}

func (d *doctest) check(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// useProject starts over with a fresh copy of a sample project and an empty home.
func (d *doctest) useProject(project string) {
	d.t.Helper()
	d.dir, d.home = filepath.Join(d.t.TempDir(), project), d.t.TempDir()
	d.check(os.CopyFS(d.dir, os.DirFS(testdata(d.t, "projects", project))))
}

// command runs a command line, with both output streams in one as on a terminal.
func (d *doctest) command(line string) (string, int) {
	d.t.Helper()
	words := strings.Fields(line)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), append(d.env, "GUILD_HOME="+d.home, "XDG_CACHE_HOME="+sharedCache(d.t))...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		d.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestNeeded interprets the acceptance transcript of --needed: with no hooks but the built-in one, and with hooks that only
// watch, which must not change a letter.
func TestNeeded(t *testing.T) {
	text, err := os.ReadFile(testdata(t, "acceptance", "needed.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := parseDoctest(string(text))
	if len(examples) < 50 {
		t.Fatalf("the transcript has %d examples: it was not read well", len(examples))
	}
	d := &doctest{t: t, vars: map[string]string{}}
	for _, ex := range examples {
		d.run(ex)
		if t.Failed() {
			return
		}
	}
}
