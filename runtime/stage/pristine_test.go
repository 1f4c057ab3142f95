package stage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/stage"
)

func change(t *testing.T, s *stage.Stage, writes map[string]string, remove ...string) {
	t.Helper()
	tx := s.Begin(stage.TxOptions{Write: []string{"**"}, Remove: true, KeepPristine: true})
	defer tx.Discard()
	for _, path := range remove {
		must(t, tx.Remove(path))
	}
	for path, text := range writes {
		must(t, tx.Write(path, abi.WriteReplace, []byte(text)))
	}
	_, err := tx.Commit()
	must(t, err)
}

func TestRestore(t *testing.T) {
	dir := tree(t, map[string]string{"a.py": "a", "sub/b.py": "b", "c.py": "c", "d.py": "d"})
	must(t, os.Chmod(filepath.Join(dir, "a.py"), 0o755))
	s := open(t, dir)
	must(t, s.Restore()) // nothing to do
	before := snapshot(t, dir)
	for range 3 { // three stagings of one run
		change(t, s, map[string]string{"a.py": "a1", "new": "n1", "sub/deep/new": "n"}, "sub/b.py")
		change(t, s, map[string]string{"a.py": "a2", "new": "n2", "sub/b.py": "b again", "c.py": "c2"}, "sub/deep/new")
		if got := content(t, dir, ".guild/pristine/a.py"); got != "a" {
			t.Errorf("pristine copy is %q", got)
		}
		for range 2 {
			must(t, s.Restore())
			got := snapshot(t, dir)
			delete(got, "sub/deep") // directories stay
			if !equalMaps(got, before) {
				t.Errorf("got  %q\nwant %q", got, before)
			}
		}
	}
	// What no hook made is not restored away.
	fill(t, dir, map[string]string{"new": "the process's own", "d.py": "changed by the process"})
	must(t, s.Restore())
	if content(t, dir, "new") != "the process's own" || content(t, dir, "d.py") != "changed by the process" {
		t.Error("Restore touched what no hook had changed")
	}
	// The originals are for ever.
	fill(t, dir, map[string]string{"a.py": "changed by the process"})
	must(t, s.Restore())
	if got := content(t, dir, "a.py"); got != "a" {
		t.Errorf("got %q", got)
	}
}

func TestRestoreAfterAKill(t *testing.T) {
	dir := tree(t, map[string]string{"a": "a", "b": "b"})
	s := open(t, dir)
	change(t, s, map[string]string{"a": "a1", "b": "b1", "new": "n", "new2": "n"})
	// As if killed half way through a Restore, and a commit before it.
	fill(t, dir, map[string]string{"a": "a", ".guild/.tmp-stage-0123/0.old": "x", ".guild/.tmp-other": "not ours"})
	must(t, os.Remove(filepath.Join(dir, "new")))
	must(t, s.Restore())
	if content(t, dir, "a") != "a" || content(t, dir, "b") != "b" {
		t.Error("not restored")
	}
	for path, want := range map[string]bool{"new2": false, ".guild/.tmp-stage-0123": false, ".guild/.tmp-other": true, ".guild/pristine.added": false} {
		if _, err := os.Lstat(filepath.Join(dir, path)); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestRestoreIntoHostileStage(t *testing.T) {
	outside := tree(t, map[string]string{"b": "outside", "new": "outside"})
	dir := tree(t, map[string]string{"sub/b": "b", "c": "c", "d": "d"})
	s := open(t, dir)
	change(t, s, map[string]string{"sub/b": "b1", "c": "c1", "sub/new": "n"})
	must(t, os.RemoveAll(filepath.Join(dir, "sub")))
	fill(t, dir, map[string]string{"sub": "-> " + outside})
	err := s.Restore()
	wantError(t, err, abi.Denied, `restore "sub/new": it is a symbolic link`)
	if content(t, outside, "b") != "outside" || content(t, outside, "new") != "outside" {
		t.Error("Restore left the stage")
	}
	must(t, os.Remove(filepath.Join(dir, "sub")))
	must(t, os.Remove(filepath.Join(dir, "c")))
	fill(t, dir, map[string]string{"c": "-> " + outside + "/b"})
	must(t, s.Restore())
	if content(t, outside, "b") != "outside" || content(t, dir, "c") != "c" || content(t, dir, "sub/b") != "b" {
		t.Error("a link was followed, or not replaced")
	}
}

func TestRestoreRefusesABadList(t *testing.T) {
	outside := tree(t, map[string]string{"f": "f"})
	for text, want := range map[string]string{
		`["../` + filepath.Base(outside) + `/f"]`: `restore: read .guild/pristine.added "../` + filepath.Base(outside) + `/f": path has a ".." segment`,
		`["a"`: `restore: .guild/pristine.added: unexpected end of JSON input`,
		``:     `restore: .guild/pristine.added: unexpected end of JSON input`,
	} {
		s := open(t, tree(t, map[string]string{".guild/pristine.added": text}))
		if err := s.Restore(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A file that is copied anew is its own original from then on.
func TestCopyAfterRestore(t *testing.T) {
	project := tree(t, map[string]string{"a": "a", "b": "b"})
	dir := t.TempDir()
	copyAll := func() {
		t.Helper()
		_, err := stage.Copy(t.Context(), project, dir, []string{"a", "b"})
		must(t, err)
	}
	copyAll()
	s := open(t, dir)
	change(t, s, map[string]string{"a": "a1", "c": "c"}, "b")
	fill(t, project, map[string]string{"a": "edited", "c": "now source"})
	must(t, s.Restore())
	copyAll()
	change(t, s, map[string]string{"a": "a2"})
	must(t, s.Restore())
	if got := content(t, dir, "a"); got != "edited" {
		t.Errorf("got %q", got)
	}
	change(t, s, map[string]string{"c": "by a hook"})
	_, err := stage.Copy(t.Context(), project, dir, []string{"a", "b", "c"})
	must(t, err)
	must(t, s.Restore())
	if got := content(t, dir, "c"); got != "now source" {
		t.Errorf("got %q", got)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".guild/pristine/a")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old original of a is still there: %v", err)
	}
}
