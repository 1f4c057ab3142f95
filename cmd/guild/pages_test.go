package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
)

const pagesDir = "hooks/docs"

// TestPages does what each page of hooks/docs tells its reader to do, in a new directory below a module that has the Go SDK, and
// the Rust examples.
func TestPages(t *testing.T) {
	for _, name := range pageNames(t) {
		t.Run(strings.TrimSuffix(name, ".md"), func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			r.placeSDK()
			dir := filepath.Join(r.root, strings.TrimSuffix(name, ".md"))
			r.must(os.Mkdir(dir, 0o755))
			r.enter(dir)
			r.placeGuild()
			r.follow(pagesDir+"/"+name, 2)
		})
	}
}

// pageNames are the pages, but for the index.
func pageNames(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", pagesDir, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		if name := filepath.Base(path); name != "README.md" {
			names = append(names, name)
		}
	}
	return names
}

// placeSDK makes the reader's root the module that a Go hook is built in, and puts the modules of the Rust examples where they are.
func (r *reader) placeSDK() {
	r.t.Helper()
	tree := filepath.Join("..", "..")
	for _, dir := range []string{filepath.Join("guest-sdk", "go"), filepath.Join("guest-sdk", "rust", "examples")} {
		r.must(os.CopyFS(filepath.Join(r.root, dir), os.DirFS(filepath.Join(tree, dir))))
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		r.must(copyFile(filepath.Join(tree, file), filepath.Join(r.root, file)))
	}
}

// placeGuild puts a guild before all others: this test binary, by that name.
func (r *reader) placeGuild() {
	r.t.Helper()
	self, err := os.Executable()
	r.must(err)
	bin := r.t.TempDir()
	if guild := filepath.Join(bin, "guild"); os.Link(self, guild) != nil {
		r.must(copyFile(self, guild))
	}
	r.env = append(r.env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

var (
	pageLink  = regexp.MustCompile(`\]\(([a-z-]+\.md)\)`)
	pageEvent = regexp.MustCompile("`(on_[a-z_]+|batch_strategy)`")
)

// TestPageIndex: the index has every page, and in the last column of its tables the names of events that there are.
func TestPageIndex(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", pagesDir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var linked []string
	for _, m := range pageLink.FindAllStringSubmatch(string(text), -1) {
		linked = append(linked, m[1])
	}
	slices.Sort(linked)
	if names := pageNames(t); !slices.Equal(slices.Compact(linked), names) {
		t.Errorf("linked: %v\npages:  %v", linked, names)
	}
	events := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "| \n"), "|")
		for _, m := range pageEvent.FindAllStringSubmatch(cells[len(cells)-1], -1) {
			events++
			if _, known := abi.Lookup(abi.Event(m[1])); !known {
				t.Errorf("there is no event %s:\n%s", m[1], line)
			}
		}
	}
	if events < 10 {
		t.Errorf("%d events in the table", events)
	}
}

// TestPageForm: what may differ from one time to the next may, and nothing else.
func TestPageForm(t *testing.T) {
	const run, other = "248146e9cdbd954413853a97a7415ccb", "f61a2b0224b6d2ec3ea96e9f79f8d262"
	for _, c := range []struct {
		want, got string
		agree     bool
	}{
		{"run " + run, "run " + other, true},
		{"run " + run, "run " + other[1:], false},
		{"in 0.1s; 2 errors", "in 12.7s; 2 errors", true},
		{"in 0.1s; 2 errors", "in 0.1s; 3 errors", false},
		{`{"seconds":0.1}`, `{"seconds":7}`, true},
		{`{"size":1}`, `{"size":2}`, false},
		{"a\n...\nc", "a\nb\nc", true},
		{"a\n...\nc", "a\nb\nd", false},
		{"loss: 0.36", "loss: 0.365", false},
		{"", "more", false},
	} {
		if agree := agrees(c.want, c.got); agree != c.agree {
			t.Errorf("agrees(%q, %q) = %t", c.want, c.got, agree)
		}
	}
}

// TestPageParse: which blocks are files, commands and text.
func TestPageParse(t *testing.T) {
	text := strings.Join([]string{
		"# Page", "`a/b.py`:", "", "```python", "x = 1", "```", "", "`c.toml`, for later:", "```toml", "```",
		"<!-- file d.go -->", "```go", "```", "<!-- needs tac rev -->", "```console", "$ one", "> more", "out", "> out", "$ two", "```", "not `e.py` here:", "```python", "```", "",
	}, "\n")
	doc := parsePage("page.md", text)
	var got []string
	for _, b := range doc.blocks {
		if b.kind != "" {
			got = append(got, strings.Join([]string{b.kind, b.file, b.needs}, ","))
		}
	}
	want := []string{"python,a/b.py,", "toml,c.toml,", "go,d.go,", "console,,tac rev", "python,,"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := doc.commands(); n != 2 {
		t.Errorf("%d commands, want 2", n)
	}
	if again := doc.text(); again != text {
		t.Errorf("written as\n%s", again)
	}
}
