package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// badCommand is `bad CODE MESSAGE HINT COMMAND...`: it runs a command that must end with a code, print nothing, and say exactly one error: the message and,
// unless it is empty, the hint. Further lines of a hint follow a line feed written as \n.
func badCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: bad CODE MESSAGE HINT COMMAND...")
	}
	want := "guild: error: " + args[1] + "\n"
	if args[2] != "" {
		want += "guild: hint: " + strings.ReplaceAll(args[2], `\n`, "\n  ") + "\n"
	}
	err := ts.Exec(args[3], args[4:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit %d, want %s\n%s", code, args[0], ts.ReadFile("stderr"))
	}
	if got := ts.ReadFile("stdout"); got != "" {
		ts.Fatalf("got stdout %.2000q", got)
	}
	if got := ts.ReadFile("stderr"); got != want {
		ts.Fatalf("got\n%.6000s\nwant\n%.6000s", got, want)
	}
}

// snapshots is the key of the trees that keep has seen.
type snapshots struct{}

// keepTrees is `keep DIR...`: it remembers all that is in directories.
func keepTrees(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: keep DIR...")
	}
	for _, dir := range args {
		ts.Value(snapshots{}).(map[string]string)[dir] = snapshot(ts, ts.MkAbs(dir))
	}
}

// keptTrees is `kept DIR...`: it demands that directories are as keep saw them: names, kinds, modes, link targets and content.
func keptTrees(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: kept DIR...")
	}
	for _, dir := range args {
		before, seen := ts.Value(snapshots{}).(map[string]string)[dir]
		if !seen {
			ts.Fatalf("%s was not kept", dir)
		}
		if now := snapshot(ts, ts.MkAbs(dir)); now != before {
			ts.Fatalf("%s was\n%s\nand is\n%s", dir, before, now)
		}
	}
}

func snapshot(ts *testscript.TestScript, dir string) string {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %s", strings.TrimPrefix(path, dir), info.Mode())
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sha256.Sum256(content))
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %s", target)
		}
		b.WriteByte('\n')
		return nil
	})
	ts.Check(err)
	return b.String()
}

// writeLines is `write FILE LINE...`: it makes a text file.
func writeLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: write FILE LINE...")
	}
	var text strings.Builder
	for _, line := range args[1:] {
		text.WriteString(line + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o666))
}
