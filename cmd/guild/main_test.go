package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets tests start guild as a process of its own: the test binary under another name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"guild": main,
		// On a machine whose system has hooks. This name is in the test binary only.
		"guild-with-system": func() {
			systemHooks = os.Getenv("SYSTEM_HOOKS")
			main()
		},
	})
}

// sharedCache is where the tests keep compiled hooks, so that each is compiled once. Its key covers all that matters.
func sharedCache(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), "guild-test-cache")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// testdata is the path of a file below the repository's testdata.
func testdata(t testing.TB, elem ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"..", "..", "testdata"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
