package lock_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/guild-run/guild/runtime/lock"
)

// expect compares the differences of a report, each as "kind path".
func expect(t testing.TB, r *lock.Report, want ...string) {
	t.Helper()
	var got []string
	for _, d := range r.Differences {
		got = append(got, d.Kind+" "+d.Path)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, slices.Compact(want)) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// in does something to a path whose directory, and which itself, may be read-only, and gives both their modes back.
func in(t testing.TB, path string, do func()) {
	t.Helper()
	parent := filepath.Dir(path)
	for _, p := range []string{parent, path} {
		if info, err := os.Lstat(p); err == nil && (info.IsDir() || info.Mode().IsRegular()) {
			must(t, os.Chmod(p, info.Mode().Perm()|0o200))
			defer func() {
				if now, err := os.Lstat(p); err == nil && now.Mode().Type() == info.Mode().Type() && os.SameFile(now, info) {
					must(t, os.Chmod(p, info.Mode().Perm()))
				}
			}()
		}
	}
	do()
}

type tampering struct {
	name string
	do   func(t testing.TB, dir string)
	want []string
}

func rewrite(name, content string) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		path := filepath.Join(dir, name)
		in(t, path, func() { must(t, os.WriteFile(path, []byte(content), 0o644)) })
	}
}

func remove(name string) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		path := filepath.Join(dir, name)
		in(t, path, func() { must(t, os.RemoveAll(path)) })
	}
}

func chmod(name string, mode os.FileMode) func(testing.TB, string) {
	return func(t testing.TB, dir string) { must(t, os.Chmod(filepath.Join(dir, name), mode)) }
}

// instead replaces a path by what make puts there.
func instead(name string, mk func(path string) error) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		path := filepath.Join(dir, name)
		in(t, path, func() {
			if info, err := os.Lstat(path); err == nil && info.IsDir() {
				must(t, os.Chmod(path, 0o755))
			}
			must(t, os.RemoveAll(path))
			must(t, mk(path))
		})
	}
}

func symlink(target string) func(string) error {
	return func(path string) error { return os.Symlink(target, path) }
}

func mkdir(path string) error { return os.Mkdir(path, 0o755) }

func mkfifo(path string) error { return syscall.Mkfifo(path, 0o644) }

// replace changes text in a lock file.
func replace(name, old, text string) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		changed := strings.Replace(string(b), old, text, 1)
		if changed == string(b) {
			t.Fatalf("%s has no %q", name, old)
		}
		rewrite(name, changed)(t, dir)
	}
}

// No two of them touch the same path.
var tamperings = []tampering{
	{"content", rewrite("train.py", "print(2)\n"), []string{"modified train.py"}},
	{"longer", rewrite("out/log.txt", "a\nb\nc\n"), []string{"modified out/log.txt"}},
	{"emptied", rewrite(".guild/output", ""), []string{"modified .guild/output"}},
	{"filled", rewrite("zero", "x"), []string{"modified zero"}},
	{"flags", rewrite(".guild/attrs/flags", "lr: 9.1\n"), []string{"modified .guild/attrs/flags"}},
	{"hook", rewrite(".guild/hooks/lr-guard.wasm", "\x00asn"), []string{"modified .guild/hooks/lr-guard.wasm"}},
	{"removed", remove(".guild/attrs/id"), []string{"missing .guild/attrs/id"}},
	{"tree removed", func(t testing.TB, dir string) {
		in(t, filepath.Join(dir, "out/deep/er/x"), func() { remove("out/deep/er")(t, dir) })
	}, []string{"missing out/deep/er", "missing out/deep/er/x"}},
	{"added", rewrite("new.txt", "x"), []string{"added new.txt"}},
	{"added attribute", rewrite(".guild/attrs/new", "x"), []string{"added .guild/attrs/new"}},
	{"added in empty", rewrite("empty/file", "x"), []string{"added empty/file"}},
	{"added directory", instead("out/dir", mkdir), []string{"added out/dir"}},
	{"added fifo", instead("out/fifo", mkfifo), []string{"added out/fifo"}},
	{"added dangling link", instead("out/lost", symlink("nowhere")), []string{"added out/lost"}},
	{"executable", chmod("read-only", 0o555), []string{"mode read-only"}},
	{"writable", chmod("out/model.bin", 0o664), []string{"mode out/model.bin"}},
	{"directory mode", chmod("out/deep", 0o777), []string{"mode out/deep"}},
	{"pipe mode", chmod("pipe", 0o600), []string{"mode pipe"}},
	{"mode of .guild", chmod(".guild", 0o755), []string{"mode .guild"}},
	{"attrs mode", chmod(".guild/attrs", 0o700), []string{"mode .guild/attrs"}},
	{"retargeted", instead("link", symlink("run.sh")), []string{"link link"}},
	{"link to file", instead("dangling", func(p string) error { return os.WriteFile(p, nil, 0o444) }), []string{"type dangling"}},
	{"file to link", instead("run.sh", symlink("train.py")), []string{"type run.sh"}},
	{"file to fifo", instead(".guild/opref", mkfifo), []string{"type .guild/opref"}},
	{"directory to file", instead("shared", func(p string) error { return os.WriteFile(p, nil, 0o444) }), []string{"type shared"}},
	{"lock file mode", chmod(".guild/locked", 0o644), []string{"mode .guild/locked"}},
	{"lock file, time", replace(".guild/locked.meta", "created\t2", "created\t3"), []string{"lock .guild/locked"}},
}

func TestTampering(t *testing.T) {
	locked := newRun(t)
	create(t, locked)
	for i, a := range tamperings {
		t.Run(a.name, func(t *testing.T) {
			dir := copyRun(t, locked)
			intact(t, dir)
			a.do(t, dir)
			expect(t, verify(t, dir), a.want...)
		})
		if testing.Short() {
			continue
		}
		for _, b := range tamperings[i+1:] {
			t.Run(a.name+"+"+b.name, func(t *testing.T) {
				t.Parallel()
				dir := copyRun(t, locked)
				a.do(t, dir)
				b.do(t, dir)
				expect(t, verify(t, dir), append(slices.Clone(a.want), b.want...)...)
			})
		}
	}
}

// A lock file that lies about the run.
func TestLockFileTampering(t *testing.T) {
	for _, c := range []tampering{
		{"mode", replace(".guild/locked.meta", "f\t0644\t9\t-\ttrain.py", "f\t0755\t9\t-\ttrain.py"), []string{"lock .guild/locked", "mode train.py"}},
		{"size", replace(".guild/locked.meta", "f\t0644\t9\t-\ttrain.py", "f\t0644\t8\t-\ttrain.py"), []string{"lock .guild/locked", "modified train.py"}},
		{"target", replace(".guild/locked.meta", "l\tlink\ttrain.py", "l\tlink\trun.sh"), []string{"lock .guild/locked", "link link"}},
		{"digest", otherDigest("train.py"), []string{"lock .guild/locked", "modified train.py"}},
		{"entry gone", replace(".guild/locked.meta", "d\t0755\tempty\n", ""), []string{"lock .guild/locked", "added empty"}},
		{"no meta", remove(".guild/locked.meta"), []string{"lock .guild/locked"}},
		{"empty meta", rewrite(".guild/locked.meta", ""), []string{"lock .guild/locked"}},
		{"empty sums", rewrite(".guild/locked", ""), []string{"lock .guild/locked"}},
		{"meta a link", instead(".guild/locked.meta", symlink("output")), []string{"lock .guild/locked"}},
		{"meta a fifo", instead(".guild/locked.meta", mkfifo), []string{"lock .guild/locked"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := newRun(t)
			create(t, dir)
			c.do(t, dir)
			expect(t, verify(t, dir), c.want...)
		})
	}
}

// otherDigest changes a digest in the lock.
func otherDigest(name string) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		l, err := lock.Read(dir)
		must(t, err)
		for _, e := range l.Entries {
			if e.Path == name {
				replace(lock.SumsFile, e.Digest.Hex(), strings.Repeat("1", 64))(t, dir)
			}
		}
	}
}

// Differences say what was and what is.
func TestDifferenceText(t *testing.T) {
	dir := newRun(t)
	create(t, dir)
	for _, name := range []string{"content", "longer", "removed", "added fifo", "executable", "retargeted", "file to link"} {
		for _, c := range tamperings {
			if c.name == name {
				c.do(t, dir)
			}
		}
	}
	const digest = "blake3:…" // of either content
	want := []lock.Difference{
		{".guild/attrs/id", lock.Missing, "file", ""},
		{"link", lock.Link, "train.py", "run.sh"},
		{"out/fifo", lock.Added, "", "fifo"},
		{"out/log.txt", lock.Modified, "4 bytes", "6 bytes"},
		{"read-only", lock.Mode, "0444", "0555"},
		{"run.sh", lock.TypeOf, "file", "symlink"},
		{"train.py", lock.Modified, digest, digest},
	}
	got := verify(t, dir).Differences
	for i, d := range got {
		if strings.HasPrefix(d.Want, "blake3:") && strings.HasPrefix(d.Got, "blake3:") && d.Want != d.Got {
			got[i].Want, got[i].Got = digest, digest
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
