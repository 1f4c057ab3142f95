package stage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/stage"
)

// Whatever the path is, nothing outside the stage and nothing in .guild is read or written; a path that is accepted
// leads where its text says.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"a", "sub/a", "up/secret", "up/stage/a", ".guild/x", "../secret", "g/x", "sub/../a", "A", ".GUILD/x", "/etc/passwd", "\xff", "a\x00", "in/in/a", "./a", "new/x"} {
		f.Add(path)
	}
	top := f.TempDir()
	dir := filepath.Join(top, "stage")
	for path, text := range map[string]string{"secret": "secret", "stage/a": "a", "stage/sub/a": "suba", "stage/.guild/x": "secret"} {
		full := filepath.Join(top, path)
		os.MkdirAll(filepath.Dir(full), 0o755)
		os.WriteFile(full, []byte(text), 0o644)
	}
	for link, target := range map[string]string{"up": "..", "g": ".guild", "in": ".", "abs": top} {
		os.Symlink(target, filepath.Join(dir, link))
	}
	f.Fuzz(func(t *testing.T, path string) {
		s, err := stage.Open(dir)
		must(t, err)
		defer s.Close()
		tx := s.Begin(stage.TxOptions{Write: []string{"**"}, Remove: true})
		defer tx.Discard()
		buf := make([]byte, 16)
		if n, err := tx.ReadAt(path, 0, buf); err == nil {
			if got := string(buf[:n]); got != "a" && got != "suba" {
				t.Errorf("read %q from %q", got, path)
			}
		}
		valid := stage.CheckPath(path) == nil
		if valid && (!utf8.ValidString(path) || filepath.ToSlash(filepath.Clean(path)) != path || !filepath.IsLocal(path)) {
			t.Errorf("%q is accepted", path)
		}
		if _, err := tx.Stat(path); err == nil && !valid {
			t.Errorf("stat of %q", path)
		}
		if err := tx.Write(path, abi.WriteReplace, []byte("w")); err == nil {
			if !valid {
				t.Errorf("wrote %q", path)
			}
			if n, err := tx.ReadAt(path, 0, buf); err != nil || string(buf[:n]) != "w" {
				t.Errorf("%q reads as %q, %v", path, buf[:n], err)
			}
			must(t, tx.Remove(path))
		}
		if data, err := os.ReadFile(filepath.Join(top, "secret")); err != nil || string(data) != "secret" {
			t.Error("the outside changed")
		}
	})
}

// A file that can be read at all is either refused or has, after the edit, the flag and everything it had before.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		"", "a = 1\n[t]\nk = 'v' # c\n", "[[a]]\nb = 1\n", "a.b = {c = [1, {d = \"\"\"x\"\"\"}]}\n", "\"a.b\" = '''\nx'''\n[a]\n", "a=1\r\n",
		`{"a": 1, "t": {"k": [1, "x"]}}`, `{"a":{}}`, "{\n\t\"a\": null\n}\n",
		"a: 1 # c\nt:\n  k: 'v'\n", "a: &x {k: 1}\nb: *x\n", "- 1\n", "a: |\n  x\n---\nb: 1\n", "{a: 1}", "? [a]\n: b\n", "a: !!str 1\n", "%YAML 1.1\n---\na: 1\n...\n",
	} {
		for kind := range byte(3) {
			f.Add(kind, seed, "a", "new")
			f.Add(kind, seed, "t.k", "yes")
			f.Add(kind, seed, "a.b.c", "x\ny")
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, text, name, value string) {
		if !utf8.ValidString(name) || !utf8.ValidString(value) || name == "" || len(text) > 4096 {
			return
		}
		file := []string{"p.toml", "p.json", "p.yaml"}[kind%3]
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644))
		before, err := stage.ReadConfig(dir, file)
		if err != nil {
			return
		}
		if stage.WriteConfig(dir, file, run.Flags{name: value}) != nil {
			if data, _ := os.ReadFile(filepath.Join(dir, file)); string(data) != text {
				t.Errorf("refused, but changed to %q", data)
			}
			return
		}
		after, err := stage.ReadConfig(dir, file)
		must(t, err)
		if name[0] != 0 && !strings.Contains(name, ".\x00") && after[name] != value {
			if old, ok := before[name]; !ok || old != after[name] { // a date keeps its type
				t.Errorf("%s is %#v, want %q", name, after[name], value)
			}
		}
		for key, v := range before {
			if w, ok := after[key]; key != name && (!ok || !run.Equal(v, w)) && !strings.HasPrefix(key, name+".") {
				t.Errorf("%s was %#v, is %#v", key, v, w)
			}
		}
	})
}
