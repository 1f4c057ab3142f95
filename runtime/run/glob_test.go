package run_test

import (
	"path"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/run"
)

func TestMatchGlob(t *testing.T) {
	for _, tc := range []struct {
		glob, path string
		want       bool
	}{
		{"a.py", "a.py", true},
		{"a.py", "b/a.py", false},
		{"*.py", "a.py", true},
		{"*.py", "b/a.py", false},
		{"**", "a", true},
		{"**", "a/b/c", true},
		{"**/*.py", "a.py", true},
		{"**/*.py", "b/c/a.py", true},
		{"src/**", "src/a", true},
		{"src/**", "src/a/b", true},
		{"src/**", "src", false},
		{"src/**", "srcs/a", false},
		{"src/**/x/*.c", "src/a/x/b/x/y.c", true},
		{"a/**/b/**/c", "a/b/c", true},
		{"a/**/b/**/c", "a/1/b/2/3/c", true},
		{"a/**/b/**/c", "a/1/2/3/c", false},
		{"?.py", "é.py", true},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[!a]", "/", false},
		{"a[!x]b", "a/b", false},
		{"a?b", "a/b", false},
		{"[]]", "]", true},
		{"[{]x[}]", "{x}", true},
		{"[*]", "*", true},
		{"[*]", "x", false},
		{`[\]`, `\`, true},
		{"a*b*c", "aXbXbXc", true},
		{"a*b*c", "aXbXcX", false},
		{"*", "", false},
		{"{a}", "{a}", false},
	} {
		if got := run.MatchGlob(tc.glob, tc.path); got != tc.want {
			t.Errorf("MatchGlob(%q, %q) = %v, want %v", tc.glob, tc.path, got, tc.want)
		}
	}
}

func TestValidGlobErrors(t *testing.T) {
	for glob, want := range map[string]string{
		"":      `glob "": it is empty`,
		"/a":    `glob "/a": it is absolute`,
		"a//b":  `glob "a//b": it has an empty segment`,
		"a/":    `glob "a/": it has an empty segment`,
		"../a":  `glob "../a": it has a ".." segment`,
		"./a":   `glob "./a": it has a "." segment`,
		"a**":   `glob "a**": ** must be a whole segment`,
		"***":   `glob "***": ** must be a whole segment`,
		"{a,b}": `glob "{a,b}": braces are not supported`,
		`a\*`:   `glob "a\\*": backslashes are not supported`,
		"a[b":   `glob "a[b": it has a [ without its ]`,
		"[]":    `glob "[]": it has a [ without its ]`,
		"[a/b]": `glob "[a/b]": it has a [ without its ]`,
		"a\x00": `glob "a\x00": it has a NUL byte`,
		"a\xff": `glob "a\xff": it is not UTF-8`,
	} {
		if err := run.ValidGlob(glob); err == nil || err.Error() != want {
			t.Errorf("ValidGlob(%q) = %v, want %s", glob, err, want)
		}
	}
}

// The worst globs that fit must not take noticeable time on the worst path.
func TestMatchIsNotExponential(t *testing.T) {
	for _, tc := range [][2]string{
		{strings.Repeat("*a", 500) + "b", strings.Repeat("a", 1024)},
		{strings.Repeat("**/a/", 200) + "b", strings.Repeat("a/", 511) + "a"},
		{strings.Repeat("**/*a*a/", 120) + "b", strings.Repeat("aaaaaaa/", 127) + "a"},
	} {
		start := time.Now()
		if run.MatchGlob(tc[0], tc[1]) {
			t.Errorf("%.20q matches", tc[0])
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("%.20q took %v", tc[0], took)
		}
	}
}

// A glob without "**" means what path.Match makes of it, and none goes on for ever or across a slash that it does not have.
func FuzzGlob(f *testing.F) {
	for _, tc := range [][2]string{
		{"**", "a/b"}, {"src/**/*.py", "src/x/y.py"}, {"[a-z]?", "b1"}, {"{a}", "a"}, {"[!a]", "b"}, {"[]-a]", "]"}, {"*/", "x/"},
		{"*a*a*a*a*b", strings.Repeat("a", 50)}, {"**/a/**/a/**/b", strings.Repeat("a/", 50)},
	} {
		f.Add(tc[0], tc[1])
	}
	f.Fuzz(func(t *testing.T, glob, name string) {
		if len(glob) > 1<<10 || len(name) > 1<<10 {
			return
		}
		got := run.MatchGlob(glob, name)
		if run.ValidGlob(glob) != nil || name == "" {
			if got {
				t.Errorf("invalid %q matches %q", glob, name)
			}
			return
		}
		if strings.Contains(glob, "**") || strings.ContainsAny(glob, "[") {
			return // path.Match has other classes
		}
		if want, err := path.Match(glob, name); err != nil || got != want {
			t.Errorf("MatchGlob(%q, %q) = %v, path.Match says %v, %v", glob, name, got, want, err)
		}
	})
}
