package archive_test

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/archive"
	"github.com/guild-run/guild/runtime/store"
)

// file is an entry of a zip file that somebody made.
type file struct {
	name, content string
	mode          fs.FileMode
}

// makeZip writes a zip file with a run "aaa" and other entries.
func makeZip(t testing.TB, entries ...file) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runs.zip")
	f, err := os.Create(path)
	must(t, err)
	w := zip.NewWriter(f)
	for _, e := range append([]file{{"aaa/.guild/opref", "script:/p '' '' a.py", 0o644}}, entries...) {
		h := &zip.FileHeader{Name: e.name}
		h.SetMode(e.mode)
		entry, err := w.CreateHeader(h)
		must(t, err)
		_, err = entry.Write([]byte(e.content))
		must(t, err)
	}
	must(t, w.Close())
	must(t, f.Close())
	return path
}

// What a stranger's zip file could do is refused, and leaves nothing.
func TestImportRefuses(t *testing.T) {
	link := fs.ModeSymlink | 0o777
	for _, c := range []struct {
		name    string
		entries []file
		want    string
		trusted bool // Options.Trust lets it in
	}{
		{"up", []file{{"aaa/../../evil", "x", 0o644}}, `"aaa/../../evil" is not a path below a run`, false},
		{"up at the top", []file{{"../evil", "x", 0o644}}, `"../evil" is not a path below a run`, false},
		{"absolute", []file{{"/etc/evil", "x", 0o644}}, `"/etc/evil" is not a path below a run`, false},
		{"empty part", []file{{"aaa//x", "x", 0o644}}, `"aaa//x" is not a path below a run`, false},
		{"dot", []file{{"aaa/./x", "x", 0o644}}, `"aaa/./x" is not a path below a run`, false},
		{"NUL", []file{{"aaa/x\x00y", "x", 0o644}}, `"aaa/x\x00y" is not a path below a run`, false},
		{"through a link", []file{{"aaa/l", "../bbb", link}, {"aaa/l/x", "x", 0o644}}, `run aaa: "l": it is there twice`, false},
		{"through a link that comes later", []file{{"aaa/l/x", "x", 0o644}, {"aaa/l", "../bbb", link}}, `run aaa: "l": it is there twice`, false},
		{"through a file", []file{{"aaa/f", "", 0o644}, {"aaa/f/x", "x", 0o644}}, `run aaa: "f/x": it is there twice`, false},
		{"through a FIFO", []file{{"aaa/f", "", fs.ModeNamedPipe | 0o644}, {"aaa/f/x", "x", 0o644}}, `run aaa: "f/x": it is there twice`, false},
		{"file twice", []file{{"aaa/f", "1", 0o644}, {"aaa/f", "2", 0o644}}, `run aaa: "f": it is there twice`, false},
		{"directory twice", []file{{"aaa/d/", "", fs.ModeDir | 0o755}, {"aaa/d/", "", fs.ModeDir | 0o777}}, `run aaa: "d": it is there twice`, false},
		{"absolute link", []file{{"aaa/l", "/etc/passwd", link}}, `run aaa: "l": it is a link that leads out of the runs, to "/etc/passwd"`, true},
		{"link up", []file{{"aaa/l", "../../config", link}}, `run aaa: "l": it is a link that leads out of the runs, to "../../config"`, true},
		{"deep link up", []file{{"aaa/d/l", "../../../x", link}}, `run aaa: "d/l": it is a link that leads out of the runs, to "../../../x"`, true},
		{"link down and up", []file{{"aaa/l", "d/../../../x", link}}, `run aaa: "l": it is a link that leads out of the runs, to "d/../../../x"`, true},
		{"link through a link", []file{{"aaa/d", "../bbb", link}, {"aaa/l", "d/../../x", link}},
			`run aaa: "l": it is a link that leads out of the runs, to "d/../../x"`, true},
		{"empty link", []file{{"aaa/l", "", link}}, `run aaa: "aaa/l": not the target of a link`, false},
		{"long link", []file{{"aaa/l", strings.Repeat("x", 5000), link}}, `run aaa: "aaa/l": not the target of a link`, false},
		{"metadata as a link", []file{{"aaa/.guild/attrs", "../../bbb/.guild/attrs", link}}, `run aaa: not found in`, false},
		{"set uid", []file{{"aaa/su", "x", fs.ModeSetuid | 0o755}}, `run aaa: "su": it would run with the rights of its owner`, true},
		{"set gid", []file{{"aaa/sg", "x", fs.ModeSetgid | 0o755}}, `run aaa: "sg": it would run with the rights of its owner`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStore(t)
			path := makeZip(t, c.entries...)
			_, err := archive.Import(t.Context(), path, st, archive.Options{})
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) && c.name != "metadata as a link" {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			empty(t, st)
			_, err = archive.Import(t.Context(), path, st, archive.Options{Trust: true})
			if (err == nil) != c.trusted {
				t.Errorf("trusted: %v", err)
			}
			if _, err := os.Lstat(filepath.Join(st.Home(), "evil")); err == nil {
				t.Error("escaped")
			}
		})
	}
}

// Links to other runs, and within the run, come in.
func TestImportLinks(t *testing.T) {
	link := fs.ModeSymlink | 0o777
	st := newStore(t)
	_, err := archive.Import(t.Context(), makeZip(t,
		file{"aaa/d/sibling", "../../bbb/out", link}, file{"aaa/inside", "d/x", link}, file{"aaa/d/inside", "../x", link},
		file{"aaa/self", ".", link}, file{"aaa/all", "..", link}), st, archive.Options{})
	must(t, err)
	target, err := os.Readlink(filepath.Join(st.Home(), "runs", "aaa", "d", "sibling"))
	if err != nil || target != "../../bbb/out" {
		t.Errorf("got %q, %v", target, err)
	}
}

// Zip files from elsewhere: without modes, without directories, with rubbish.
func TestImportForeign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.zip")
	f, err := os.Create(path)
	must(t, err)
	w := zip.NewWriter(f)
	for _, name := range []string{"__MACOSX/aaa/._x", ".DS_Store", "README", "aaa/.guild/opref", "aaa/out/x", "bbb/no/run", "aaa/empty/"} {
		_, err := w.Create(name)
		must(t, err)
	}
	must(t, w.Close())
	must(t, f.Close())
	st := newStore(t)
	res, err := archive.Import(t.Context(), path, st, archive.Options{})
	must(t, err)
	if len(res.Done) != 1 || res.Done[0] != "aaa" {
		t.Errorf("got %+v", res)
	}
	for name, want := range map[string]fs.FileMode{"out/x": 0o644, "out": fs.ModeDir | 0o755, "empty": fs.ModeDir | 0o755, ".": fs.ModeDir | 0o755} {
		info, err := os.Stat(filepath.Join(st.Home(), "runs", "aaa", name))
		must(t, err)
		if info.Mode() != want {
			t.Errorf("%s: %v, want %v", name, info.Mode(), want)
		}
	}
}

func TestImport_Errors(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile(makeZip(t, file{"aaa/out", strings.Repeat("some content\n", 1000), 0o644}))
	must(t, err)
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, data, 0o644))
		return path
	}
	for _, c := range []struct{ name, path, want string }{
		{"absent", filepath.Join(dir, "nosuch"), "no such file or directory"},
		{"no zip", write("text.zip", []byte("hello")), "zip: not a valid zip file"},
		{"other ending", write("runs.tar", good), `neither a directory nor a file "*.zip"`},
		{"truncated", write("short.zip", good[:len(good)/2]), "zip: not a valid zip file"},
		{"no runs", t.TempDir(), "there are no runs in it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStore(t)
			_, err := archive.Import(t.Context(), c.path, st, archive.Options{})
			if err == nil || !strings.HasPrefix(err.Error(), "import from "+c.path+": ") || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			empty(t, st)
		})
	}
	// Every changed byte of the contents shows.
	for i := range 200 {
		bad := append([]byte(nil), good...)
		bad[60+i] ^= 0x20
		st := newStore(t)
		if res, err := archive.Import(t.Context(), write("bad.zip", bad), st, archive.Options{}); err != nil {
			empty(t, st)
		} else if len(res.Done) != 1 {
			t.Errorf("byte %d: %+v", 60+i, res)
		}
	}
}

// A directory that only looks like a run, by links, is none.
func TestImportDirLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), newStore(t)
	r := newRun(t, elsewhere, "aaa")
	must(t, os.Symlink(r.Dir, filepath.Join(dir, "aaa")))
	must(t, os.Mkdir(filepath.Join(dir, "bbb"), 0o755))
	must(t, os.Symlink(r.Path(), filepath.Join(dir, "bbb", ".guild")))
	st := store.Open(filepath.Join(t.TempDir(), "home"))
	if _, err := archive.Import(t.Context(), dir, st, archive.Options{}); err == nil || !strings.HasSuffix(err.Error(), archive.ErrNoRuns.Error()) {
		t.Errorf("got %v", err)
	}
}

func FuzzImport(f *testing.F) {
	seed := func(entries ...file) {
		data, err := os.ReadFile(makeZip(f, entries...))
		must(f, err)
		f.Add(data)
	}
	seed()
	seed(file{"aaa/", "", fs.ModeDir | 0o700}, file{"aaa/l", "../x", fs.ModeSymlink | 0o777}, file{"aaa/d/f", "hello", 0o4755})
	f.Fuzz(func(t *testing.T, data []byte) {
		base := t.TempDir()
		must(t, os.WriteFile(filepath.Join(base, "runs.zip"), data, 0o644))
		home := filepath.Join(base, "in", "home")
		_, _ = archive.Import(t.Context(), filepath.Join(base, "runs.zip"), store.Open(home), archive.Options{})
		for _, dir := range []string{base, filepath.Join(base, "in"), home} {
			entries, _ := os.ReadDir(dir)
			for _, e := range entries {
				if name := e.Name(); name != "runs.zip" && name != "in" && name != "home" && name != "runs" && name != "locks" && name != "index" {
					t.Errorf("%s has %q", dir, name)
				}
			}
		}
		filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error { // so that it can be removed
			if d != nil && d.IsDir() {
				os.Chmod(path, 0o755)
			}
			return nil
		})
	})
}
