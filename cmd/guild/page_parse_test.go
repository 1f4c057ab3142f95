package main

import (
	"regexp"
	"strings"
)

// page is a text of the documentation as a list of blocks, with the lines between them.
type page struct {
	name   string // its path in the tree
	blocks []block
}

// block is one fenced block, or (kind "") the text between two of them.
type block struct {
	kind  string // console, toml, ...
	file  string // what the reader writes it to
	needs string // tools, without which it is left out
	lines []string
	line  int // of lines[0], counted from 1
	steps []step
}

// step is one command of a console block.
type step struct {
	line    int
	command []string // as written, prompts included
	output  []string
}

const fence = "```"

// What the line before a block says of it.
var (
	blockComment = regexp.MustCompile(`^<!-- (file|needs) (.*) -->$`)
	blockFile    = regexp.MustCompile("^`([^`]+)`(, [^`]*)?:$")
)

func parsePage(name, text string) *page {
	doc := &page{name: name, blocks: []block{{line: 1}}}
	inside, before := false, ""
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		last := &doc.blocks[len(doc.blocks)-1]
		switch {
		case !inside && strings.HasPrefix(line, fence):
			last.lines = append(last.lines, line)
			b := block{kind: strings.TrimPrefix(line, fence), line: i + 2}
			b.told(before)
			doc.blocks = append(doc.blocks, b)
			inside = true
		case inside && line == fence:
			doc.blocks = append(doc.blocks, block{line: i + 1, lines: []string{line}})
			inside = false
		default:
			last.lines = append(last.lines, line)
		}
		if line != "" {
			before = line
		}
	}
	for i := range doc.blocks {
		doc.blocks[i].parse()
	}
	return doc
}

// told takes what the line before a block says.
func (b *block) told(line string) {
	if m := blockFile.FindStringSubmatch(line); m != nil {
		b.file = m[1]
	}
	switch m := blockComment.FindStringSubmatch(line); {
	case m == nil:
	case m[1] == "file":
		b.file = m[2]
	default:
		b.needs = m[2]
	}
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
			b.steps = append(b.steps, step{line: b.line + i, output: []string{line}}) // found by reader.step
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

func (d *page) commands() (n int) {
	for _, b := range d.blocks {
		n += len(b.steps)
	}
	return n
}

func (d *page) text() string {
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
	{regexp.MustCompile(`"(duration|seconds)":( ?)[0-9.e-]+`), `"$1":$2<seconds>`},
	{regexp.MustCompile(`\b\d+\.\ds\b`), "<seconds>"},
}

// form puts names in the place of what differs from one time to the next.
func form(text string) string {
	for _, f := range forms {
		text = f.pattern.ReplaceAllString(text, f.name)
	}
	return text
}

// agrees reports whether a command printed what a page says, but for what differs from one time to the next.
func agrees(want, got string) bool { return wildcards(form(want)).MatchString(form(got)) }
