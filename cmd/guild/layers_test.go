package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/guild-run/guild"

// layers says which of our packages each of our packages may import. Arrows point down only; a package that is not here
// fails the test, so that a new one gets its place on purpose.
var layers = map[string][]string{
	"abi":                         nil,
	"hooks":                       nil,
	"guest-sdk/go":                {"guest-sdk/go/internal/sys"},
	"guest-sdk/go/hooktest":       {"guest-sdk/go", "guest-sdk/go/internal/sys"},
	"guest-sdk/go/internal/sys":   nil,
	"runtime/run":                 nil,
	"runtime/internal/atomicfile": nil,
	"runtime/internal/canon":      {"runtime/run"},
	"runtime/internal/sparse":     nil,
	"runtime/project":             {"runtime/run", "runtime/internal/canon"},
	"runtime/store":               {"abi", "runtime/run", "runtime/internal/atomicfile", "runtime/internal/canon"},
	"runtime/stage":               {"abi", "runtime/run", "runtime/internal/atomicfile", "runtime/internal/canon", "runtime/internal/sparse"},
	"runtime/lock":                {"runtime/run", "runtime/internal/atomicfile", "runtime/internal/canon", "runtime/lock/lanes"},
	"runtime/lock/lanes":          nil,
	"runtime/lock/sshsig":         nil,
	"runtime/archive":             {"runtime/run", "runtime/internal/atomicfile", "runtime/internal/sparse", "runtime/store", "runtime/lock"},
	"runtime/needed":              {"runtime/run"},
	"runtime/proc":                {"runtime/run"},
	"runtime/wasm":                nil,
	"runtime/engine":              {"abi", "runtime/run", "runtime/wasm"},
	"runtime/runner": {
		"abi", "hooks", "runtime/run", "runtime/internal/atomicfile", "runtime/internal/canon", "runtime/project", "runtime/store", "runtime/stage",
		"runtime/lock", "runtime/needed", "runtime/proc", "runtime/engine",
	},
	"runtime/batch": {
		"abi", "runtime/run", "runtime/project", "runtime/store", "runtime/runner", "runtime/batch/trials", "runtime/batch/slurm",
	},
	"runtime/batch/trials":          {"runtime/run"},
	"runtime/batch/slurm":           {"runtime/run", "runtime/internal/atomicfile"},
	"runtime/batch/slurm/slurmtest": nil, // for tests of others
	"cmd/guild/internal/ui":         nil,
	"cmd/guild": {
		"abi", "cmd/guild/internal/ui", "runtime/run", "runtime/project", "runtime/store", "runtime/lock", "runtime/lock/sshsig",
		"runtime/archive", "runtime/engine", "runtime/runner",
		"runtime/batch", "runtime/batch/trials",
	},
}

// owners are packages from outside that few of ours may import.
var owners = map[string][]string{
	"github.com/tetratelabs/wazero": {"runtime/engine"},
	"github.com/spf13/cobra":        {"cmd/guild"},
	"golang.org/x/crypto":           {"runtime/lock/sshsig"},
	// runtime/stage and runtime/runner only ask git; runtime/batch/slurm runs the commands of Slurm, and slurmtest its daemons;
	// runtime/lock/sshsig has ssh-keygen talk to security tokens; cmd/guild lets diff compare lines.
	"os/exec": {"cmd/guild", "runtime/proc", "runtime/stage", "runtime/runner", "runtime/batch/slurm", "runtime/batch/slurm/slurmtest", "runtime/lock/sshsig"},
}

func TestLayers(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() && rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "examples" || d.Name() == "target" || rel == "bin") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(rel))
		seen[pkg] = true
		allowed, known := layers[pkg]
		if !known {
			t.Errorf("%s: package %s has no place in the layers", rel, pkg)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if ours, ok := strings.CutPrefix(imported, modulePath+"/"); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s: %s may not import %s", rel, pkg, ours)
			}
			for owned, by := range owners {
				if (imported == owned || strings.HasPrefix(imported, owned+"/")) && !slices.Contains(by, pkg) {
					t.Errorf("%s: %s may not import %s", rel, pkg, imported)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range slices.Sorted(maps.Keys(layers)) {
		if !seen[pkg] {
			t.Errorf("package %s is in the layers and not in the tree", pkg)
		}
	}
}

// TestLayersInReadme: the list in README.md has every package once, with a word about it, above all that it may import. What else is in it
// is a folder.
func TestLayersInReadme(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(text), "\n## The code\n")
	_, list, _ := strings.Cut(code, "```\n")
	list, _, found := strings.Cut(list, "```\n")
	if !found {
		t.Fatal("README.md has no list of packages")
	}
	place := map[string]int{}
	for line := range strings.Lines(list) {
		name, about, _ := strings.Cut(line, " ")
		if _, twice := place[name]; twice || strings.TrimSpace(about) == "" {
			t.Errorf("%s: twice, or nothing is said of it", name)
		}
		place[name] = len(place) + 1
		if info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil || !info.IsDir() {
			t.Errorf("%s: there is no such folder", name)
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(layers)) {
		if place[pkg] == 0 {
			t.Errorf("%s is missing", pkg)
		}
		for _, imported := range layers[pkg] {
			if place[imported] < place[pkg] {
				t.Errorf("%s is above %s, which imports it", imported, pkg)
			}
		}
	}
}
