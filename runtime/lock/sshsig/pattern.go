package sshsig

import "strings"

// matchList matches a name against patterns separated by commas, as ssh_config(5) has them: one must match, and none of those with an
// exclamation mark before it.
func matchList(name, patterns string) bool {
	matched := false
	for pattern := range strings.SplitSeq(patterns, ",") {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if !match(name, pattern) {
			continue
		}
		if negated {
			return false
		}
		matched = true
	}
	return matched
}

// match matches all of a name: * stands for any characters, ? for one. The time is at most the product of the lengths.
func match(name, pattern string) bool {
	star, retry := -1, 0 // the last star, and where in the name what comes after it is tried next
	n, p := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			n++
			p++
		case star >= 0:
			retry++
			n, p = retry, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
