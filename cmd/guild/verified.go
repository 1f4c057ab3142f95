package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/lock"
)

// printVerified writes the answer for a run, and below it, indented, those for the runs it used.
func (a *app) printVerified(v *verified, indent, later string) {
	line := func(format string, args ...any) {
		fmt.Fprintf(a.ui.Out, "%s%s\n", indent, fmt.Sprintf(format, args...))
	}
	quick := ""
	if v.Quick {
		quick = fmt.Sprintf(" (quick: %d of %s read)", *v.FilesRead, count(v.Files, "file"))
	}
	switch v.Result {
	case resultIntact:
		line("%s intact%s%s: %s, %s", v.ID, later, quick, count(v.Files, "file"), v.Digest)
	case resultNotLocked:
		line("%s not locked", v.ID)
	default:
		line("%s different%s%s: %s", v.ID, later, quick, count(len(v.Differences), "difference"))
		for _, d := range v.Differences {
			line("  %s", d)
		}
	}
	if v.Signature != nil && !v.differs(".guild/locked.sig") {
		line("  %s", v.Signature)
	}
	for _, name := range v.Hooks {
		line("  passed %s", name)
	}
	for _, up := range v.Upstream {
		later := ""
		if up.NotLockedThen {
			later = ", but not locked when it was used"
		}
		a.printVerified(up.verified, indent+"  ", later)
	}
}

func (v *verified) differs(path string) bool {
	for _, d := range v.Differences {
		if d.Path == path {
			return true
		}
	}
	return false
}

// String is a difference in one line: modified out/log.txt (6 bytes, was 4 bytes).
func (d difference) String() string {
	text := d.Kind + " " + nameText(d.Path)
	got, want := ui.SafeLine(d.Got), ui.SafeLine(d.Want)
	if d.Kind == lock.Link {
		got, want = nameText(d.Got), nameText(d.Want)
	}
	switch {
	case got != "" && want != "":
		return fmt.Sprintf("%s (%s, was %s)", text, got, want)
	case want != "":
		return fmt.Sprintf("%s (was %s)", text, want)
	case got != "":
		return fmt.Sprintf("%s (%s)", text, got)
	}
	return text
}

// nameText is the name of a file as it is; or in quotes, if it could be taken for another one then.
func nameText(name string) string {
	quoted := strconv.Quote(name)
	if quoted[1:len(quoted)-1] == name && strings.TrimSpace(name) == name {
		return name
	}
	return quoted
}
