package main

import (
	"strings"

	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
)

// requiredHook is a policy that a run must have passed.
type requiredHook struct {
	name   string
	digest run.Digest // of the module
}

func (h requiredHook) String() string { return h.name + "@" + h.digest.String() }

func parseRequired(args []string) ([]requiredHook, error) {
	var list []requiredHook
	for _, arg := range args {
		name, text, ok := strings.Cut(arg, "@")
		digest, err := run.ParseDigest(text)
		if !ok || name == "" || err != nil {
			return nil, usagef("'guild hooks inspect FILE' shows the digest of a module", "--require-hook %q: want NAME@blake3: and 64 hex digits", arg)
		}
		list = append(list, requiredHook{name, digest})
	}
	return list, nil
}

// kindHook is the kind of a difference: the run did not pass a policy that it should have.
const kindHook = "hook"

// requireHooks returns the demanded policies that the run passed. The others are differences.
func (v *verifier) requireHooks(r *store.Run, report *lock.Report) (passed []string) {
	if len(v.hooks) == 0 {
		return nil
	}
	l, err := lock.Read(r.Dir)
	for _, h := range v.hooks {
		if err == nil && l.Root == report.Root {
			if problem := runner.Passed(r, l, h.name, h.digest); problem != nil {
				report.Differences = append(report.Differences, lock.Difference{Path: h.String(), Kind: kindHook, Got: problem.Error()})
				continue
			}
			passed = append(passed, h.String())
			continue
		}
		report.Differences = append(report.Differences, lock.Difference{Path: h.String(), Kind: kindHook, Got: "the lock cannot be read"})
	}
	return passed
}
