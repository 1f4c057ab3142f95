package lock_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/lock"
)

func b3sum(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("b3sum")
	if err != nil {
		t.Skip("the program b3sum is not installed: nothing to compare with")
	}
	return path
}

// check runs `b3sum --check .guild/locked` and returns the names that it says are not as listed.
func check(t testing.TB, dir string) []string {
	t.Helper()
	cmd := exec.Command(b3sum(t), "--check", "--quiet", lock.SumsFile)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	var failed []string
	for line := range strings.Lines(string(out)) {
		if name, _, ok := strings.Cut(line, ": FAILED"); ok {
			failed = append(failed, name)
		}
	}
	if (err != nil) != (len(failed) > 0) {
		t.Fatalf("b3sum: %v: %s", err, out)
	}
	return failed
}

func TestB3sumAgrees(t *testing.T) {
	dir := newRun(t)
	create(t, dir)
	if bad := check(t, dir); bad != nil {
		t.Errorf("b3sum: %q", bad)
	}
	rewrite("train.py", "print(2)\n")(t, dir)
	chmod(".guild/locked.meta", 0o644)(t, dir)
	replace(".guild/locked.meta", "f\t0755", "f\t0777")(t, dir)
	if bad, want := check(t, dir), []string{".guild/locked.meta", "train.py"}; !slices.Equal(bad, want) {
		t.Errorf("b3sum: got %q, want %q", bad, want)
	}
}

// Sizes around the borders of BLAKE3's chunks, of the groups that are hashed at once, and of our reads.
func borders() []int {
	sizes := []int{0, 1, 2, 63, 64, 65, 127, 128, 129}
	for _, n := range []int{1 << 10, 2 << 10, 3 << 10, 4 << 10, 7 << 10, 8 << 10, 16 << 10, 17 << 10, 31 << 10, 64 << 10, 100 << 10,
		256 << 10, 512 << 10, 1 << 20, 1<<20 + 256<<10, 8 << 20, 8<<20 + 1<<20, 11<<20 + 3<<10} {
		sizes = append(sizes, n-1, n, n+1)
	}
	return sizes
}

func TestB3sumSizes(t *testing.T) {
	program := b3sum(t)
	dir := filepath.Join(tempDir(t), "run")
	put(t, dir, ".guild/attrs/id", "x\n", 0o644)
	var names []string
	for _, n := range borders() {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i % 251)
		}
		name := fmt.Sprintf("f%d", n)
		put(t, dir, name, string(b), 0o644)
		names = append(names, name)
	}
	sparse, err := os.Create(filepath.Join(dir, "sparse"))
	must(t, err)
	must(t, sparse.Truncate(40<<20))
	_, err = sparse.WriteAt([]byte("x"), 20<<20)
	must(t, err)
	must(t, sparse.Close())
	names = append(names, "sparse")

	cmd := exec.Command(program, names...)
	cmd.Dir = dir
	out, err := cmd.Output()
	must(t, err)
	l := create(t, dir)
	got := map[string]string{}
	for _, e := range l.Entries {
		got[e.Path] = e.Digest.Hex()
	}
	for line := range strings.Lines(string(out)) {
		want, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if got[name] != want {
			t.Errorf("%s: got %s, want %s", name, got[name], want)
		}
	}
	intact(t, dir)
	if bad := check(t, dir); bad != nil {
		t.Errorf("b3sum: %q", bad)
	}
}

// Names that b3sum can check, and names that it cannot.
var (
	plainNames = []string{" lead", "trail ", "-dash", "#hash", "a\nb", `back\slash`, `both\` + "\n", "tab\tname", "ctl\x01\x1b[31m",
		"del\x7f", "ünï", "u\u0308", "日本語", "a:b", `c:\x`, `\`, "  two", "*", "\u2028", "\u202eright", strings.Repeat("n", 255)}
	oddNames = []string{"cr\rname", "\xff", "half\xc3", "surrogate\xed\xa0\x80", "lossy\uFFFD", "\xff\n\\", "trail\r"}
)

func TestNames(t *testing.T) {
	dir := filepath.Join(tempDir(t), "run")
	put(t, dir, ".guild/attrs/id", "x\n", 0o644)
	for _, name := range slices.Concat(plainNames, oddNames) {
		put(t, dir, name, name, 0o644)
		put(t, dir, "d"+name[:min(len(name), 250)]+"/"+name, "", 0o644)
		must(t, os.Symlink(name, filepath.Join(dir, "l"+name[:min(len(name), 250)])))
	}
	before := snapshot(t, dir)
	create(t, dir)
	intact(t, dir)
	if bad := check(t, dir); bad != nil {
		t.Errorf("b3sum: %q", bad)
	}
	sums, err := os.ReadFile(filepath.Join(dir, lock.SumsFile))
	must(t, err)
	if got, want := bytes.Count(sums, []byte("\n")), 2+2*len(plainNames); got != want {
		t.Errorf("b3sum checks %d files, want %d", got, want)
	}
	var want []string
	for _, name := range slices.Concat(plainNames, oddNames) {
		rewrite(name, "other")(t, dir)
		want = append(want, "modified "+name)
	}
	expect(t, verify(t, dir), want...)
	for _, name := range slices.Concat(plainNames, oddNames) {
		rewrite(name, name)(t, dir)
	}
	intact(t, dir)
	must(t, lock.Unlock(t.Context(), dir))
	differ(t, snapshot(t, dir), before)
}
