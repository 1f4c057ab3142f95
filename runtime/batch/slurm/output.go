package slurm

import (
	"bytes"
	"slices"
	"strings"
)

// complaint makes one line of what a command wrote to stderr, without its prefixes.
func complaint(command, said string) string {
	var lines []string
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(strings.ToValidUTF8(line, "?"))
		for _, prefix := range []string{command + ": ", "error: ", "fatal: "} {
			line = strings.TrimPrefix(line, prefix)
		}
		line = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, line)
		if line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[:min(len(lines), 4)], "; ")
}

// capped keeps the first bytes that are written, and takes the rest.
type capped struct {
	kept  bytes.Buffer
	limit int
	full  bool
}

func (w *capped) Write(p []byte) (int, error) {
	room := w.limit - w.kept.Len()
	if len(p) > room {
		w.full = true
		w.kept.Write(p[:room])
		return len(p), nil
	}
	return w.kept.Write(p)
}

func (w *capped) String() string { return w.kept.String() }
