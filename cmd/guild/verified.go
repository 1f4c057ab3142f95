package main

import (
	"fmt"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
)

// printVerified writes the answer for a run, and below it, indented, those for the runs it used.
func (a *app) printVerified(v *verified, indent string) {
	line := func(format string, args ...any) {
		fmt.Fprintf(a.ui.Out, "%s%s\n", indent, fmt.Sprintf(format, args...))
	}
	quick := ""
	if v.Quick {
		quick = fmt.Sprintf(" (quick: %d of %s read)", *v.FilesRead, count(v.Files, "file"))
	}
	switch v.Result {
	case resultIntact:
		line("%s intact%s: %s, %s", v.ID, quick, count(v.Files, "file"), v.Digest)
	case resultNotLocked:
		line("%s not locked", v.ID)
	default:
		line("%s different%s: %s", v.ID, quick, count(len(v.Differences), "difference"))
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
		a.printVerified(up, indent+"  ")
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
	text := d.Kind + " " + ui.SafeLine(d.Path)
	got, want := ui.SafeLine(d.Got), ui.SafeLine(d.Want)
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
