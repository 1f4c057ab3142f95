package stage_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/stage"
)

func TestCopy(t *testing.T) {
	huge := strings.Repeat("0123456789abcdef", 1<<17) + "end" // 2 MiB and a bit
	files := map[string]string{
		"train.py": "print(1)\n", "sub/util.py": "x = 1\n", "empty": "", "bin": "\x00\xff\x01", "huge": huge, "edge": huge[:1<<20],
		"new\nline": "n", `q"'uote $x`: "q", "bad\xff": "b", "link.py": "-> sub/util.py", "sub/a/b/c/deep": "deep", "sub-x": "order",
	}
	project := tree(t, files)
	must(t, os.Chmod(filepath.Join(project, "train.py"), 0o755))
	must(t, os.Chmod(filepath.Join(project, "bin"), 0o640))
	must(t, os.Chmod(filepath.Join(project, "empty"), os.ModeSetuid|0o777))
	files["link.py"] = files["sub/util.py"]
	var names []string
	for name := range files {
		names = append(names, name, name) // twice is once
	}
	dir := t.TempDir()
	src, err := stage.Copy(t.Context(), project, dir, names)
	must(t, err)

	all := md5.New()
	var parts [][]byte
	var manifest strings.Builder
	slices.Sort(names)
	names = slices.Compact(names)
	if len(src.Files) != len(names) {
		t.Fatalf("%d files, want %d", len(src.Files), len(names))
	}
	for i, name := range names {
		f, text := src.Files[i], files[name]
		if content(t, dir, name) != text {
			t.Errorf("%q: wrong content", name)
		}
		fmt.Fprintf(all, "%s\x00%s\x00", name, text)
		b3 := canon.Bytes([]byte(text))
		parts = append(parts, []byte(name), b3[:])
		if sha := fmt.Sprintf("%x", sha1.Sum([]byte(text))); f.Path != name || f.Size != int64(len(text)) || f.SHA1 != sha || f.Digest != b3 {
			t.Errorf("%q: got %+v", name, f)
		}
		if name != "new\nline" && name != "bad\xff" {
			quoted := name
			if strings.Contains(name, " ") {
				quoted = `'q"'"'"'uote $x'`
			}
			fmt.Fprintf(&manifest, "s %s %s %s\n", quoted, f.SHA1, quoted)
		}
	}
	if want := fmt.Sprintf("%x", all.Sum(nil)); src.MD5 != want {
		t.Errorf("got MD5 %s, want %s", src.MD5, want)
	}
	if want := canon.Sum(canon.ContextSource, parts...); src.Digest != want {
		t.Errorf("got %s, want %s", src.Digest, want)
	}
	if got := string(src.Manifest()); got != manifest.String() {
		t.Errorf("got  %s\nwant %s", got, manifest.String())
	}
	for name, want := range map[string]os.FileMode{"train.py": 0o755, "bin": 0o640, "empty": 0o777, "link.py": 0o644} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: got %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	only, err := stage.Digest(t.Context(), project, names)
	must(t, err)
	if only.MD5 != src.MD5 || only.Digest != src.Digest || !slices.Equal(only.Files, src.Files) {
		t.Error("Digest and Copy differ")
	}
}

func TestCopyNothing(t *testing.T) {
	src, err := stage.Copy(t.Context(), t.TempDir(), t.TempDir(), nil)
	must(t, err)
	if src.MD5 != "" || len(src.Files) != 0 || src.Digest != canon.Sum(canon.ContextSource) || len(src.Manifest()) != 0 {
		t.Errorf("got %+v", src)
	}
}

// Paths and contents are framed: moving a byte from one to the other gives another digest.
func TestDigestIsFramed(t *testing.T) {
	seen := map[string]string{}
	for _, files := range []map[string]string{
		{"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}, {"a": "", "b": ""}, {"a": ""}, {"a": "b\x00c\x00"}, {"a/b": "c"},
	} {
		dir := tree(t, files)
		var names []string
		for name := range files {
			names = append(names, name)
		}
		src, err := stage.Digest(t.Context(), dir, names)
		must(t, err)
		if other, ok := seen[src.Digest.Hex()]; ok {
			t.Errorf("%q and %s have one digest", files, other)
		}
		seen[src.Digest.Hex()] = fmt.Sprintf("%q", files)
	}
}

func TestCopyErrors(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "secret"})
	project := tree(t, map[string]string{
		"a": "a", "out": "-> " + outside + "/secret", "dir/x": "x", "dirout": "-> " + outside, "g": "-> .guild/x", ".guild/x": "x", "nowhere": "-> absent",
	})
	must(t, syscall.Mkfifo(filepath.Join(project, "fifo"), 0o644))
	l, err := net.Listen("unix", filepath.Join(project, "sock"))
	must(t, err)
	defer l.Close()
	for path, want := range map[string]string{
		"absent":        `copy "absent": no such file`,
		"../x":          `copy "../x": path has a ".." segment`,
		"/etc/passwd":   `copy "/etc/passwd": path is absolute`,
		"out":           `copy "out": it leads out of the stage`,
		"dirout/secret": `copy "dirout/secret": it leads out of the stage`,
		"g":             `copy "g": .guild is guild's own`,
		".guild/x":      `copy ".guild/x": .guild is guild's own`,
		"dir":           `copy "dir": it is a directory`,
		"fifo":          `copy "fifo": it is not a regular file`,
		"sock":          `copy "sock": it is not a regular file`,
		"nowhere":       `copy "nowhere": no such file`,
	} {
		within(t, "copy "+path, func() {
			if _, err := stage.Copy(t.Context(), project, t.TempDir(), []string{path}); err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := stage.Copy(ctx, project, t.TempDir(), []string{"a"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What a former process left in the stage is replaced, never followed.
func TestCopyIntoHostileStage(t *testing.T) {
	outside := tree(t, map[string]string{"a": "outside"})
	project := tree(t, map[string]string{"a": "a", "b": "b", "c": "c", "sub/d": "d"})
	dir := tree(t, map[string]string{"a": "-> " + outside + "/a", "b": "old"})
	must(t, os.Link(filepath.Join(outside, "a"), filepath.Join(dir, "c")))
	_, err := stage.Copy(t.Context(), project, dir, []string{"a", "b", "c", "sub/d"})
	must(t, err)
	want := map[string]string{".": "d---------", "sub": "d---------", "a": "-rw-r--r-- a", "b": "-rw-r--r-- b", "c": "-rw-r--r-- c", "sub/d": "-rw-r--r-- d"}
	if got := snapshot(t, dir); !equalMaps(got, want) {
		t.Errorf("got %q", got)
	}
	if content(t, outside, "a") != "outside" {
		t.Error("the link was written through")
	}
	must(t, os.RemoveAll(filepath.Join(dir, "sub")))
	fill(t, dir, map[string]string{"sub": "-> " + outside})
	if _, err := stage.Copy(t.Context(), project, dir, []string{"sub/d"}); err == nil || err.Error() != `copy "sub/d": it is a symbolic link` {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(filepath.Join(outside, "d")); err == nil {
		t.Error("the directory link was followed")
	}
}

func BenchmarkCopyFive(b *testing.B) {
	project := b.TempDir()
	var names []string
	for i := range 5 {
		name := fmt.Sprintf("src/file%d.py", i)
		os.MkdirAll(filepath.Join(project, "src"), 0o755)
		os.WriteFile(filepath.Join(project, name), bytes.Repeat([]byte("x = 1\n"), 500), 0o644)
		names = append(names, name)
	}
	dirs := b.TempDir()
	for i := 0; b.Loop(); i++ {
		dir := filepath.Join(dirs, fmt.Sprint(i))
		os.Mkdir(dir, 0o755)
		if _, err := stage.Copy(b.Context(), project, dir, names); err != nil {
			b.Fatal(err)
		}
	}
}
