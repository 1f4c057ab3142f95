// Command stamp is a hook that writes where a run came from into its staged main file: a comment with the run's id,
// operation and flags.
//
// Needs the grant stage.write for the main file.
package main

import (
	"bytes"
	"path"
	"strings"

	guild "github.com/guild-run/guild/guest-sdk/go"
)

func main() {}

// OnRunStaged receives the event.
//
//go:wasmexport on_run_staged
func OnRunStaged() int32 { return guild.Handle(stamp) }

func stamp() error {
	main, ok, err := guild.Run("main").String()
	if err != nil || !ok { // or an operation without a script
		return err
	}
	open, end := comment(main)
	if open == "" {
		guild.Info("no comment syntax known for " + main)
		return nil
	}
	source, err := guild.ReadFile(main)
	if err != nil {
		return err
	}
	lines, err := provenance()
	if err != nil {
		return err
	}
	newline := "\n"
	if bytes.Contains(source, []byte("\r\n")) {
		newline = "\r\n"
	}
	at := headerEnd(source)
	out := bytes.Clone(source[:at])
	for _, line := range lines {
		out = append(out, open+"guild: "+harmless(line)+end+newline...)
	}
	return guild.WriteFile(main, append(out, source[at:]...))
}

// provenance returns what is written, one line each.
func provenance() ([]string, error) {
	id, err := guild.Run("id").StringOr("")
	if err != nil {
		return nil, err
	}
	op, err := guild.Run("op").StringOr("")
	if err != nil {
		return nil, err
	}
	flags, err := guild.Flags()
	if err != nil {
		return nil, err
	}
	lines := []string{"run " + id + " of " + op}
	for _, f := range flags {
		lines = append(lines, "flag "+f.Name+" = "+string(f.JSON))
	}
	return lines, nil
}

// comment returns what begins and ends a comment of one line in a file of this name.
func comment(name string) (open, end string) {
	switch path.Ext(name) {
	case ".py", ".R", ".r", ".sh", ".bash", ".jl", ".rb", ".pl", ".yaml", ".yml", ".toml":
		return "# ", ""
	case ".js", ".mjs", ".ts", ".go", ".rs", ".c", ".cc", ".cpp", ".h", ".java", ".scala", ".kt", ".swift":
		return "// ", ""
	case ".lua", ".sql", ".hs":
		return "-- ", ""
	case ".m", ".tex", ".erl":
		return "% ", ""
	case ".css":
		return "/* ", " */"
	case ".html", ".xml", ".md":
		return "<!-- ", " -->"
	}
	return "", ""
}

// harmless returns text that does not end the comment it stands in: no line breaks, no "*/", no "-->".
func harmless(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, text)
	return strings.NewReplacer("*/", "* /", "->", "- >").Replace(text)
}

// headerEnd is where the first line is over that need not stay first: after a byte order mark, a shebang line, and a line that
// says the coding.
func headerEnd(source []byte) int {
	at := 0
	if bytes.HasPrefix(source, []byte("\xef\xbb\xbf")) {
		at = 3
	}
	for _, shebang := range []bool{true, false} {
		end := bytes.IndexByte(source[at:], '\n')
		if end < 0 {
			return at
		}
		line := source[at : at+end]
		coding := bytes.HasPrefix(line, []byte("#")) && (bytes.Contains(line, []byte("coding:")) || bytes.Contains(line, []byte("coding=")))
		if coding || shebang && bytes.HasPrefix(line, []byte("#!")) {
			at += end + 1
		}
	}
	return at
}
