package engine_test

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/stage"
)

// realStage opens a stage on disk for one event, as the runner does. It never fails by itself.
func realStage(t *testing.T, dir string, o stage.TxOptions) (*stage.Tx, engine.Stage) {
	t.Helper()
	s, err := stage.Open(dir)
	check(t, err)
	t.Cleanup(func() { s.Close() })
	tx := s.Begin(o)
	t.Cleanup(tx.Discard)
	return tx, brokenStage{Tx: tx}
}

// everything lists what is in a directory: content, or what links lead to.
func everything(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		check(t, err)
		rel, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		check(t, err)
		out.WriteString(rel + " " + info.Mode().String())
		switch {
		case info.Mode().IsRegular():
			text, err := os.ReadFile(path)
			check(t, err)
			out.Write(append([]byte(" "), text...))
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			check(t, err)
			out.WriteString(" " + target)
		}
		out.WriteByte('\n')
		return nil
	}))
	return out.String()
}

// waysOut is what the guest stage-escape logs: for each path what stat, read, write, append and remove came to.
func waysOut() []string {
	const (
		malformed = "malformed path"
		link      = "it is a symbolic link"
		out       = "it leads out of the stage"
		own       = ".guild is guild's own"
		irregular = "it is not a regular file"
		special   = "it is a device, FIFO or socket"
		dir       = "it is a directory"
	)
	var want []string
	for _, way := range []struct{ path, stat, read, change string }{
		{"/etc/passwd", malformed, malformed, malformed},
		{"../secret", malformed, malformed, malformed},
		{"sub/../../secret", malformed, malformed, malformed},
		{"fileout", "0", out, link},
		{"dirout/secret", out, out, link},
		{"sub/up/fileout", "0", out, link},
		{"loop1", "0", "too many symbolic links", link},
		{"dangling", "0", "no such file", link},
		// A hard link is a file like any other as long as it is only read: a hook cannot make one, and whoever can has the file.
		{"hard", "0", "6", "it has another name: hard links are not written to"},
		{"fifo", "0", irregular, special},
		{"null", "0", irregular, special},
		{"socket", "0", irregular, special},
		{"sub", "0", dir, dir},
		{".guild/opref", own, own, own},
		{"guildlink/opref", own, own, link},
		{"nested/.guild/key", own, own, own},
	} {
		for _, call := range [][2]string{{"stat", way.stat}, {"read", way.read}, {"write", way.change}, {"write", way.change}, {"remove", way.change}} {
			switch name, what := call[0], call[1]; {
			case len(what) == 1:
				want = append(want, way.path+" "+what)
			case what == malformed:
				want = append(want, fmt.Sprintf("stage_%s: malformed path %q", name, way.path))
			default:
				want = append(want, fmt.Sprintf("stage_%s: %s %q: %s", name, name, way.path, what))
			}
		}
	}
	return append(want, `hard\x00`) // all that there is to list
}

// Classes 1 and 3: a guest in a stage full of links, FIFOs and devices, with the grant to write anything.
func TestStageHasNoWayOut(t *testing.T) {
	outside := t.TempDir()
	check(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o644))
	dir := filepath.Join(outside, "stage")
	for _, sub := range []string{"sub", ".guild", "nested/.guild"} {
		check(t, os.MkdirAll(filepath.Join(dir, sub), 0o755))
	}
	for _, own := range []string{".guild/opref", "nested/.guild/key"} {
		check(t, os.WriteFile(filepath.Join(dir, own), []byte("own"), 0o644))
	}
	for path, target := range map[string]string{
		"fileout": "../secret", "dirout": "..", "sub/up": "..", "loop1": "loop2", "loop2": "loop1", "dangling": "nowhere", "guildlink": ".guild",
	} {
		check(t, os.Symlink(target, filepath.Join(dir, path)))
	}
	check(t, os.Link(filepath.Join(outside, "secret"), filepath.Join(dir, "hard")))
	check(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	check(t, err)
	defer l.Close()
	device := true
	if err := syscall.Mknod(filepath.Join(dir, "null"), syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Logf("no device to test with: %v", err)
		device = false
	}
	before := everything(t, outside)
	want := waysOut()

	both(t, func(t *testing.T, e *engine.Engine) {
		h := loadIn(t, e, "evil/stage-escape")
		tx, s := realStage(t, dir, stage.TxOptions{Write: []string{"**"}, Remove: true})
		c := call(abi.OnRunStaged)
		c.Stage = s
		began := time.Now()
		got := strings.Split(logged(succeed(t, h, c)), "\n")
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("something was waited for: %s", took)
		}
		if _, err := tx.Commit(); err != nil {
			t.Error(err)
		}
		if len(got) != len(want) {
			t.Errorf("got %d lines, want %d", len(got), len(want))
		}
		for i, line := range got {
			if !device && strings.Contains(line, "null") {
				continue
			}
			if line != lineOf(want, i) {
				t.Errorf("got  %s\nwant %s", line, lineOf(want, i))
			}
		}
		if after := everything(t, outside); after != before {
			t.Errorf("got\n%s\nwant\n%s", after, before)
		}
	})
}

// Class 2: between the look and the use somebody puts a link to a secret in the place of the file, or of its directory.
func TestNothingChangesBetweenLookAndUse(t *testing.T) {
	toSecret := func(t *testing.T, path string) {
		check(t, os.Rename(path, path+".was"))
		check(t, os.Symlink("../secret", path))
	}
	swaps := map[string]func(t *testing.T, dir string){
		"file": func(t *testing.T, dir string) {
			file := filepath.Join(dir, "dir/file")
			check(t, os.Remove(file))
			check(t, os.Symlink("../../secret/file", file))
		},
		"directory": func(t *testing.T, dir string) { toSecret(t, filepath.Join(dir, "dir")) },
	}
	tests := []struct {
		name  string
		event abi.Event
		swap  string
		log   []string
		err   string // of the commit
	}{
		{"look, then read", abi.OnRunBegin, "file", []string{"checked", `stage_read: read "dir/file": it leads out of the stage`}, ""},
		{"look, then read", abi.OnRunBegin, "directory", []string{"checked", `stage_read: read "dir/file": it leads out of the stage`}, ""},
		// The second read goes on with the file of the first.
		{"two reads", abi.OnStepBegin, "file", []string{"harm", "checked", "less"}, ""},
		{"two reads", abi.OnStepBegin, "directory", []string{"harm", "checked", "less"}, ""},
		{"write, then commit", abi.OnRunStaged, "file", []string{"checked"}, `write "dir/file": it is a symbolic link`},
		{"write, then commit", abi.OnRunStaged, "directory", []string{"checked"}, `write "dir/file": it is a symbolic link`},
	}
	for _, test := range tests {
		t.Run(test.name+", "+test.swap, func(t *testing.T) {
			outside := t.TempDir()
			dir := filepath.Join(outside, "stage")
			for path, text := range map[string]string{"secret/file": "secret!", "stage/dir/file": "harmless"} {
				check(t, os.MkdirAll(filepath.Dir(filepath.Join(outside, path)), 0o755))
				check(t, os.WriteFile(filepath.Join(outside, path), []byte(text), 0o644))
			}
			tx, s := realStage(t, dir, stage.TxOptions{Write: []string{"**"}})
			c := call(test.event)
			c.Stage = s
			c.Log = func(r engine.LogRecord) {
				if r.Message == "checked" {
					swaps[test.swap](t, dir)
				}
			}
			res := succeed(t, load(t, "evil/check-then-use"), c)
			if got := strings.Split(logged(res), "\n"); !slices.Equal(got, test.log) {
				t.Errorf("got %q, want %q", got, test.log)
			}
			if _, err := tx.Commit(); (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
				t.Errorf("got %v, want %s", err, test.err)
			}
			if text, err := os.ReadFile(filepath.Join(outside, "secret/file")); err != nil || string(text) != "secret!" {
				t.Errorf("the secret is %q, %v", text, err)
			}
		})
	}
}

// Class 16: what a guest asks for at most it does not get.
func TestAskingForMuch(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "big"), make([]byte, 3<<20), 0o644))
	want := []string{
		"fffffffc", // 4 GiB: FAULT
		"00100000", // 64 MiB of a file: 1 MiB
		"00000000", // at the end of all files
		"fffffffb", // a glob of 64 MiB: TOO_BIG
		"fffffffb", // random numbers
		"fffffffb", // a record
		"fffffffb", // a value
		"00000000", // a log record, which is cut
		"00000000", // a reason, which is cut
	}
	both(t, func(t *testing.T, e *engine.Engine) {
		_, s := realStage(t, dir, stage.TxOptions{ReadOnly: true})
		c := call(abi.OnRunBegin)
		c.Stage = s
		c.State = func(int32) engine.State { return newState() }
		res := succeed(t, loadIn(t, e, "evil/ask-much"), c)
		var got []string
		for _, r := range res.Logs {
			if len(r.Message) == 8 {
				got = append(got, r.Message)
			} else if len(r.Message) > abi.MaxLogRecord {
				t.Errorf("a record of %d bytes", len(r.Message))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if !res.Denied || len(res.Reason) > abi.MaxReason {
			t.Errorf("denied %t, with %d bytes", res.Denied, len(res.Reason))
		}
	})
}
