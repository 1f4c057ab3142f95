package project_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/guild-run/guild/runtime/project"
)

// write makes a project directory with the file.
func write(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, project.FileName), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func BenchmarkLoad(b *testing.B) {
	text, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		b.Fatal(err)
	}
	dir := write(b, string(text))
	for b.Loop() {
		if _, err := project.Load(dir); err != nil {
			b.Fatal(err)
		}
	}
}
