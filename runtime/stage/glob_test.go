package stage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/stage"
)

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		glob, path string
		want       bool
	}{
		{"*", "a", true}, {"*", "a/b", false}, {"**", "a", true}, {"**", "a/b/c", true},
		{"*.py", "a.py", true}, {"*.py", "a/b.py", false}, {"**/*.py", "b.py", true}, {"**/*.py", "a/b/c.py", true},
		{"src/**", "src/a", true}, {"src/**", "src/a/b", true}, {"src/**", "src", false}, {"src/**", "srcs/a", false},
		{"a/**/b", "a/b", true}, {"a/**/b", "a/x/y/b", true}, {"a/**/b", "a/x/y/c", false},
		{"?", "a", true}, {"?", "é", true}, {"?", "ab", false}, {"?", "/", false},
		{"[a-c]x", "bx", true}, {"[a-c]x", "dx", false}, {"[!a-c]x", "dx", true}, {"[^a-c]x", "ax", false}, {"a[.]b", "a.b", true},
		{".*", ".env", true}, {"*", ".env", true},
		{"{a,b}", "a", false}, {"{a,b}", "{a,b}", false}, {`\*`, "*", false}, {"/a", "a", false}, {"a/../b", "a/../b", false}, {"", "", false}, {"[a", "[a", false},
	} {
		if got := stage.Match(tc.glob, tc.path); got != tc.want {
			t.Errorf("Match(%q, %q) = %v", tc.glob, tc.path, got)
		}
	}
}

func TestValidGlob(t *testing.T) {
	for glob, want := range map[string]string{
		"src/**/*.py": "",
		"":            `glob "": it is empty`,
		"/a":          `glob "/a": it is absolute`,
		"a//b":        `glob "a//b": it has an empty segment`,
		"a/":          `glob "a/": it has an empty segment`,
		"../a":        `glob "../a": it has a ".." segment`,
		"./a":         `glob "./a": it has a "." segment`,
		"a**":         `glob "a**": ** must be a whole segment`,
		"***":         `glob "***": ** must be a whole segment`,
		"{a,b}":       `glob "{a,b}": braces are not supported`,
		`a\*`:         `glob "a\\*": backslashes are not supported`,
		"a[b":         `glob "a[b": "a[b" is malformed`,
		"[a/b]":       `glob "[a/b]": "[a" is malformed`,
		"a\x00":       `glob "a\x00": it has a NUL byte`,
		"a\xff":       `glob "a\xff": it is not UTF-8`,
	} {
		got := ""
		if err := stage.ValidGlob(glob); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
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
		if stage.Match(tc[0], tc[1]) {
			t.Errorf("%.20q matches", tc[0])
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("%.20q took %v", tc[0], took)
		}
	}
}
