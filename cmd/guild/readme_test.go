package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme does what README.md tells its reader to do, in a copy of the tree.
func TestReadme(t *testing.T) {
	r := newReader(t)
	copySources(t, r.root)
	r.follow("README.md", 25)
}

// copySources copies what building guild and its SDKs needs, and the example project.
func copySources(t *testing.T, to string) {
	t.Helper()
	root := filepath.Join("..", "..")
	for _, dir := range []string{"abi", "cmd", "guest-sdk", "hooks", "runtime", "testdata/projects/tour"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			switch {
			case d.IsDir() && (d.Name() == ".guild" || d.Name() == "target" || d.Name() == "testdata"):
				return filepath.SkipDir
			case d.IsDir():
				return os.MkdirAll(filepath.Join(to, rel), 0o755)
			case !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			return copyFile(path, filepath.Join(to, rel))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		if err := copyFile(filepath.Join(root, file), filepath.Join(to, file)); err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm())
}

// TestTour: the hooks of the example project are the examples of the Rust SDK.
func TestTour(t *testing.T) {
	for _, name := range []string{"lr-guard", "stamp", "summary"} {
		want, err := os.ReadFile(filepath.Join("..", "..", "guest-sdk", "rust", "examples", name+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(testdata(t, "projects", "tour", "hooks", name+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Error(fmt.Errorf("testdata/projects/tour/hooks/%s.wasm is not the one in guest-sdk/rust/examples; run `just hooks`", name))
		}
	}
}
