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

// TestPages does what each page of hooks/docs tells its reader to do, in a new directory below a module that has the Go SDK.
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

// placeSDK makes the reader's root the module that a Go hook is built in.
func (r *reader) placeSDK() {
	r.t.Helper()
	tree := filepath.Join("..", "..")
	r.must(os.CopyFS(filepath.Join(r.root, "guest-sdk", "go"), os.DirFS(filepath.Join(tree, "guest-sdk", "go"))))
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
