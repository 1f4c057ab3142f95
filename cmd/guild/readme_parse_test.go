package main

import (
	"regexp"
	"strings"
)

// readme is README.md as a list of blocks, with the lines between them.
type readme struct{ blocks []block }

// block is one fenced block, or (kind "") the text between two of them.
type block struct {
	kind    string // console, toml, ...
	comment string // of the line before: "file PATH", "needs TOOL"
	lines   []string
	line    int // of lines[0], counted from 1
	steps   []step
}

// step is one command of a console block.
type step struct {
	line    int
	command []string // as written, prompts included
	output  []string
}

const fence = "```"

var blockComment = regexp.MustCompile(`^<!-- ((?:file|needs) .*) -->$`)

func parseReadme(text string) *readme {
	doc := &readme{blocks: []block{{line: 1}}}
	inside, comment := false, ""
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		last := &doc.blocks[len(doc.blocks)-1]
		switch {
		case !inside && strings.HasPrefix(line, fence):
			last.lines = append(last.lines, line)
			doc.blocks = append(doc.blocks, block{kind: strings.TrimPrefix(line, fence), comment: comment, line: i + 2})
			inside = true
		case inside && line == fence:
			doc.blocks = append(doc.blocks, block{line: i + 1, lines: []string{line}})
			inside = false
		default:
			last.lines = append(last.lines, line)
		}
		comment = ""
		if m := blockComment.FindStringSubmatch(line); m != nil {
			comment = m[1]
		}
	}
	for i := range doc.blocks {
		doc.blocks[i].parse()
	}
	return doc
}

func (b *block) parse() {
	if b.kind != "console" {
		return
	}
	for i, line := range b.lines {
		switch {
		case strings.HasPrefix(line, "$ "):
			b.steps = append(b.steps, step{line: b.line + i, command: []string{line}})
		case len(b.steps) == 0:
			b.steps = append(b.steps, step{line: b.line + i, output: []string{line}}) // found by reader.block
		default:
			s := &b.steps[len(b.steps)-1]
			if strings.HasPrefix(line, "> ") && len(s.output) == 0 {
				s.command = append(s.command, line)
			} else {
				s.output = append(s.output, line)
			}
		}
	}
}

func (d *readme) commands() (n int) {
	for _, b := range d.blocks {
		n += len(b.steps)
	}
	return n
}

func (d *readme) text() string {
	var lines []string
	for _, b := range d.blocks {
		if b.kind != "console" {
			lines = append(lines, b.lines...)
			continue
		}
		for _, s := range b.steps {
			lines = append(append(lines, s.command...), s.output...)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

var forms = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "<digest>"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "<id>"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "<short digest>"},
	{regexp.MustCompile(`\b[0-9a-f]{8}\b`), "<short id>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?`), "<time>"},
	{regexp.MustCompile(`\b\d+ (files|bytes)\b`), "<count> $1"},
	{regexp.MustCompile(`"duration": [0-9.e-]+`), `"duration": <duration>`},
}

// form puts names in the place of what differs from one time to the next.
func form(text string) string {
	for _, f := range forms {
		text = f.pattern.ReplaceAllString(text, f.name)
	}
	return text
}
