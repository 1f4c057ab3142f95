package sshsig

import (
	"strings"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, pattern string
		want          bool
	}{
		{"", "", true}, {"", "*", true}, {"", "?", false}, {"a", "", false}, {"a", "a", true}, {"a", "b", false},
		{"abc", "a*", true}, {"abc", "*c", true}, {"abc", "a*c", true}, {"abc", "a*b", false}, {"abc", "a?c", true}, {"abc", "??", false},
		{"abcabc", "*abc", true}, {"abcab", "*abc", false}, {"aaa", "a*a*a", true}, {"aa", "a*a*a", false}, {"a*", "a*", true},
		{"abc", "abc***", true}, {"mississippi", "m*iss*ip*", true},
	} {
		if got := match(c.name, c.pattern); got != c.want {
			t.Errorf("%q, %q: %v", c.name, c.pattern, got)
		}
	}
	start := time.Now()
	_ = match(strings.Repeat("a", 2000), strings.Repeat("a*", 1000)+"b") // exponential for who tries everything
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}
