package stage_test

import (
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/stage"
)

// hostile is a stage full of ways out of it, beside a secret.
func hostile(t *testing.T) (dir, outside string) {
	t.Helper()
	outside = tree(t, map[string]string{"secret": "secret", "sub/secret": "secret"})
	dir = tree(t, map[string]string{
		".guild/opref":      "opref",
		"plain":             "plain",
		"sub/file":          "file",
		"fileout":           "-> " + outside + "/secret",
		"dirout":            "-> " + outside,
		"relout":            "-> ../../../../../../../../etc/passwd",
		"sneaky":            "-> sub/../../x",
		"sub/up":            "-> ..",
		"in":                "-> sub/file",
		"indir":             "-> sub",
		"guildlink":         "-> .guild",
		"guildfile":         "-> .guild/opref",
		"through":           "-> sub/up/.guild/opref",
		"loop1":             "-> loop2",
		"loop2":             "-> loop1",
		"dangling":          "-> nowhere",
		"self":              "-> .",
		"nested/.guild/key": "key",
	})
	must(t, os.Link(filepath.Join(outside, "secret"), filepath.Join(dir, "hard")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	l, err := net.Listen("unix", filepath.Join(dir, "sock"))
	must(t, err)
	t.Cleanup(func() { l.Close() })
	if err := syscall.Mknod(filepath.Join(dir, "null"), syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Logf("no device to test with: %v", err)
	}
	return dir, outside
}

func device(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, "null"))
	return err == nil
}

// within fails the test if f waits for something.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

func TestReadEscapes(t *testing.T) {
	dir, _ := hostile(t)
	tx := writer(t, dir)
	for _, tc := range []struct {
		path  string
		errno abi.Errno
		text  string
	}{
		{"", abi.Invalid, `read: path is empty`},
		{"/etc/passwd", abi.Invalid, `read "/etc/passwd": path is absolute`},
		{"../x", abi.Invalid, `read "../x": path has a ".." segment`},
		{"sub/../plain", abi.Invalid, `read "sub/../plain": path has a ".." segment`},
		{"sub/..", abi.Invalid, `read "sub/..": path has a ".." segment`},
		{"./plain", abi.Invalid, `read "./plain": path has a "." segment`},
		{"sub//file", abi.Invalid, `read "sub//file": path has an empty segment`},
		{"sub/", abi.Invalid, `read "sub/": path has an empty segment`},
		{"a\x00b", abi.Invalid, `read "a\x00b": path has a NUL byte`},
		{"a\xffb", abi.Invalid, `read "a\xffb": path is not UTF-8`},
		{strings.Repeat("a", 1025), abi.TooBig, `read "` + strings.Repeat("a", 32) + `…": path has 1025 bytes, the limit is 1024`},
		{strings.Repeat("a/", 300) + "a", abi.Invalid, `read "` + strings.Repeat("a/", 300) + `a": it is nested more than 200 directories deep`},
		{strings.Repeat("a", 300), abi.Invalid, `read "` + strings.Repeat("a", 300) + `": file name too long`},
		{"fileout", abi.Denied, `read "fileout": it leads out of the stage`},
		{"dirout/secret", abi.Denied, `read "dirout/secret": it leads out of the stage`},
		{"dirout/sub/secret", abi.Denied, `read "dirout/sub/secret": it leads out of the stage`},
		{"relout", abi.Denied, `read "relout": it leads out of the stage`},
		{"sneaky", abi.Denied, `read "sneaky": it leads out of the stage`},
		{"sub/up/fileout", abi.Denied, `read "sub/up/fileout": it leads out of the stage`},
		{"loop1", abi.Denied, `read "loop1": too many symbolic links`},
		{"dangling", abi.NotFound, `read "dangling": no such file`},
		{"absent", abi.NotFound, `read "absent": no such file`},
		{"plain/x", abi.NotFound, `read "plain/x": no such file`},
		{"in/x", abi.NotFound, `read "in/x": no such file`},
		{"sub", abi.Invalid, `read "sub": it is a directory`},
		{"self", abi.Invalid, `read "self": it is a directory`},
		{"fifo", abi.Invalid, `read "fifo": it is not a regular file`},
		{"sock", abi.Invalid, `read "sock": it is not a regular file`},
		{"null", abi.Invalid, `read "null": it is not a regular file`},
		{".guild", abi.Denied, `read ".guild": .guild is guild's own`},
		{".guild/opref", abi.Denied, `read ".guild/opref": .guild is guild's own`},
		{".GUILD/opref", abi.Denied, `read ".GUILD/opref": .guild is guild's own`},
		{".Guild/opref", abi.Denied, `read ".Guild/opref": .guild is guild's own`},
		{".gu\u200cild/opref", abi.Denied, "read \".gu\\u200cild/opref\": .guild is guild's own"},
		{"nested/.guild/key", abi.Denied, `read "nested/.guild/key": .guild is guild's own`},
		{"guildlink/opref", abi.Denied, `read "guildlink/opref": .guild is guild's own`},
		{"guildfile", abi.Denied, `read "guildfile": .guild is guild's own`},
		{"through", abi.Denied, `read "through": .guild is guild's own`},
		{"sub/up/.guild/opref", abi.Denied, `read "sub/up/.guild/opref": .guild is guild's own`},
	} {
		if tc.path == "null" && !device(dir) {
			continue
		}
		within(t, "read "+tc.path, func() {
			n, err := tx.ReadAt(tc.path, 0, make([]byte, 100))
			if n != 0 {
				t.Errorf("%q: read %d bytes", tc.path, n)
			}
			wantError(t, err, tc.errno, tc.text)
		})
	}
	for path, want := range map[string]string{"in": "file", "indir/file": "file", "sub/up/plain": "plain", "self/self/in": "file", "hard": "secret"} {
		if got := read(t, tx, path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if _, err := tx.ReadAt("plain", -1, nil); err == nil || err.Error() != `read "plain": offset -1 is negative` {
		t.Errorf("got %v", err)
	}
}

func TestWriteEscapes(t *testing.T) {
	dir, outside := hostile(t)
	before, beforeOut := snapshot(t, dir), snapshot(t, outside)
	tx := writer(t, dir)
	cases := []struct {
		path  string
		errno abi.Errno
		why   string
	}{
		{"/etc/passwd", abi.Invalid, `path is absolute`},
		{"../x", abi.Invalid, `path has a ".." segment`},
		{"fileout", abi.Denied, `it is a symbolic link`},
		{"dirout", abi.Denied, `it is a symbolic link`},
		{"dirout/x", abi.Denied, `it is a symbolic link`},
		{"dirout/new/x", abi.Denied, `it is a symbolic link`},
		{"in", abi.Denied, `it is a symbolic link`},
		{"indir/file", abi.Denied, `it is a symbolic link`},
		{"dangling", abi.Denied, `it is a symbolic link`},
		{"loop1", abi.Denied, `it is a symbolic link`},
		{"guildlink/opref", abi.Denied, `it is a symbolic link`},
		{"sub/up/.guild/opref", abi.Denied, `.guild is guild's own`},
		{".guild/opref", abi.Denied, `.guild is guild's own`},
		{".gUILd/new", abi.Denied, `.guild is guild's own`},
		{"nested/.guild/key", abi.Denied, `.guild is guild's own`},
		{"hard", abi.Denied, `it has another name: hard links are not written to`},
		{"fifo", abi.Denied, `it is a device, FIFO or socket`},
		{"sock", abi.Denied, `it is a device, FIFO or socket`},
		{"null", abi.Denied, `it is a device, FIFO or socket`},
		{"sub", abi.Invalid, `it is a directory`},
		{"plain/x", abi.Invalid, `a directory on the way to it is a file`},
		{strings.Repeat("a", 300), abi.Invalid, `file name too long`},
	}
	for _, tc := range cases {
		if tc.path == "null" && !device(dir) {
			continue
		}
		for _, mode := range []int32{abi.WriteReplace, abi.WriteAppend} {
			within(t, "write "+tc.path, func() {
				wantError(t, tx.Write(tc.path, mode, []byte("x")), tc.errno, `write "`+tc.path+`": `+tc.why)
			})
		}
		within(t, "remove "+tc.path, func() {
			wantError(t, tx.Remove(tc.path), tc.errno, `remove "`+tc.path+`": `+tc.why)
		})
	}
	if changes, err := tx.Commit(); err != nil || len(changes) != 0 {
		t.Errorf("got %v, %v", changes, err)
	}
	if got := snapshot(t, dir); !equalMaps(got, before) {
		t.Errorf("the stage changed: %q, was %q", got, before)
	}
	if got := snapshot(t, outside); !equalMaps(got, beforeOut) {
		t.Errorf("the outside changed: %q", got)
	}
}

func equalMaps(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func TestListAndStatHostile(t *testing.T) {
	dir, _ := hostile(t)
	fill(t, dir, map[string]string{"bad\xff": "x", "new\nline": "x", `q"'uote`: "x"})
	tx := writer(t, dir)
	files, err := tx.List("**")
	must(t, err)
	wantFiles(t, files, "hard", "new\nline", "plain", `q"'uote`, "sub/file")

	for path, want := range map[string]stage.Stat{
		"plain":          {Size: 5, Kind: abi.KindFile, Mode: 0o644},
		"sub":            {Kind: abi.KindDir, Mode: 0o755},
		"fileout":        {Kind: abi.KindSymlink, Mode: 0o777},
		"dirout":         {Kind: abi.KindSymlink, Mode: 0o777},
		"in":             {Kind: abi.KindSymlink, Mode: 0o777},
		"indir/file":     {Size: 4, Kind: abi.KindFile, Mode: 0o644},
		"sub/up/fileout": {Kind: abi.KindSymlink, Mode: 0o777},
		"fifo":           {Kind: abi.KindOther, Mode: 0o644},
		"sock":           {Kind: abi.KindOther},
	} {
		got, err := tx.Stat(path)
		must(t, err)
		if want.Kind == abi.KindDir || want.Kind == abi.KindSymlink {
			got.Size = 0
		}
		if path == "sock" {
			got.Mode = 0
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
	}
	for path, text := range map[string]string{
		"dirout/secret":   `stat "dirout/secret": it leads out of the stage`,
		"guildlink/opref": `stat "guildlink/opref": .guild is guild's own`,
		".guild":          `stat ".guild": .guild is guild's own`,
	} {
		_, err := tx.Stat(path)
		wantError(t, err, abi.Denied, text)
	}
	_, err = tx.Stat("absent/x")
	wantError(t, err, abi.NotFound, `stat "absent/x": no such file`)
}

// The caller names the root, by a link or not; after that the stage stays with the directory it found.
func TestStageRootIsALink(t *testing.T) {
	first, second := tree(t, map[string]string{"f": "first"}), tree(t, map[string]string{"f": "second"})
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(first, link))
	tx := writer(t, link)
	must(t, os.Remove(link))
	must(t, os.Symlink(second, link))
	if got := read(t, tx, "f"); got != "first" {
		t.Errorf("got %q", got)
	}
	must(t, tx.Write("f", abi.WriteReplace, []byte("written")))
	_, err := tx.Commit()
	must(t, err)
	if content(t, first, "f") != "written" || content(t, second, "f") != "second" {
		t.Error("the write followed the link")
	}
	if _, err := stage.Open(filepath.Join(link, "f")); err == nil {
		t.Error("opened a file as a stage")
	}
	if _, err := stage.Open(filepath.Join(link, "absent")); err == nil {
		t.Error("opened nothing as a stage")
	}
}

// A directory that becomes a link between the hook's write and the commit takes nothing out of the stage.
func TestDirectorySwappedForALink(t *testing.T) {
	outside := tree(t, map[string]string{"file": "outside"})
	dir := tree(t, map[string]string{"sub/file": "inside"})
	tx := writer(t, dir)
	must(t, tx.Write("sub/file", abi.WriteReplace, []byte("written")))
	must(t, os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, "old")))
	must(t, os.Symlink(outside, filepath.Join(dir, "sub")))
	_, err := tx.Commit()
	wantError(t, err, abi.Denied, `write "sub/file": it is a symbolic link`)
	if content(t, outside, "file") != "outside" || content(t, dir, "old/file") != "inside" {
		t.Error("something was written")
	}
}

// Swapping a directory for a link and back while the stage is read and written, as fast as it goes, must never show a
// byte from outside nor leave one there.
func TestRaceWithLinks(t *testing.T) {
	outside := tree(t, map[string]string{"file": "outside"})
	dir := tree(t, map[string]string{"a/file": "inside", "link": "-> " + outside})
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		a, b, l := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "link")
		for {
			select {
			case <-stop:
				return
			default:
			}
			os.Rename(a, b)
			os.Rename(l, a)
			os.Rename(a, l)
			os.Rename(b, a)
		}
	}()
	s := open(t, dir)
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		tx := s.Begin(stage.TxOptions{Write: []string{"**"}})
		buf := make([]byte, 10)
		if n, _ := tx.ReadAt("a/file", 0, buf); string(buf[:n]) == "outside" {
			t.Error("read from outside")
		}
		if tx.Write("a/file", abi.WriteReplace, []byte("inside")) == nil {
			tx.Commit()
		}
		tx.Discard()
	}
	close(stop)
	<-done
	if got := content(t, outside, "file"); got != "outside" {
		t.Errorf("outside became %q", got)
	}
	if got := snapshot(t, outside); len(got) != 2 {
		t.Errorf("outside has %q", got)
	}
}

// Paths of every kind, put together at random, never lead out, never into .guild, and never wait.
func TestRandomPaths(t *testing.T) {
	dir, outside := hostile(t)
	before := snapshot(t, outside)
	segments := []string{
		"plain", "sub", "file", "fileout", "dirout", "relout", "up", "in", "indir", "guildlink", "guildfile", "loop1", "dangling", "self", "nested",
		".guild", ".GUILD", "opref", "secret", "fifo", "sock", "hard", "..", ".", "", "new", "a\nb", "\xff", "*", "~",
	}
	rng := rand.New(rand.NewPCG(1, 2))
	s := open(t, dir)
	within(t, "a path", func() {
		for range 3000 {
			parts := make([]string, 1+rng.IntN(5))
			for i := range parts {
				parts[i] = segments[rng.IntN(len(segments))]
			}
			path := strings.Join(parts, "/")
			tx := s.Begin(stage.TxOptions{Write: []string{"**"}, Remove: true})
			buf := make([]byte, 16)
			if n, err := tx.ReadAt(path, 0, buf); err == nil {
				if got := string(buf[:n]); got == "opref" || got == "key" || got == "secret" && parts[len(parts)-1] != "hard" {
					t.Errorf("read %q from %q", got, path)
				}
			}
			tx.Stat(path)
			if tx.Write(path, abi.WriteAppend, []byte("w")) == nil {
				if n, err := tx.ReadAt(path, 0, buf); err != nil || !strings.HasSuffix(string(buf[:n]), "w") {
					t.Errorf("%q reads as %q, %v", path, buf[:n], err)
				}
				tx.Remove(path)
			}
			tx.Discard()
		}
	})
	if got := snapshot(t, outside); !equalMaps(got, before) {
		t.Errorf("the outside changed: %q", got)
	}
}
