package proc_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/proc"
)

func TestExit(t *testing.T) {
	tests := []struct {
		name string
		spec proc.Spec
		want proc.Exit
	}{
		{"success", shell("true"), proc.Exit{}},
		{"failure", shell("exit 1"), proc.Exit{Status: 1}},
		{"highest", shell("exit 255"), proc.Exit{Status: 255}},
		{"as by a signal", shell("exit 143"), proc.Exit{Status: 143}},
		{"signal", shell("kill -9 $$"), proc.Exit{Status: -9, Signal: "SIGKILL"}},
		{"interrupt", shell("kill -INT $$"), proc.Exit{Status: -2, Signal: "SIGINT"}},
		{"python", python("raise SystemExit(7)"), proc.Exit{Status: 7}},
		{"python error", python("1/0"), proc.Exit{Status: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, end := start(t, tt.spec)
			if got := end().exit; got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestSurroundings(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "input")
	write(t, input, "from stdin\n", 0o644)
	stdin, err := os.Open(input)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	spec := shell(`pwd; cat; echo "$A $B"; exec python3 -c 'import os; print(os.getpgrp())'`)
	spec.Dir, spec.Stdin = dir, stdin
	spec.Env = []string{"A=1", "B=2", "A=3", "PATH=" + os.Getenv("PATH")}
	p, end := start(t, spec)
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{real, "from stdin", "3 2"}
	got := strings.Split(strings.TrimSpace(end().stdout), "\n")
	if len(got) != 4 || strings.Join(got[:3], "|") != strings.Join(want, "|") {
		t.Fatalf("got %q, want %q and the process group", got, want)
	}
	if pid := p.PID(); got[3] != itoa(pid) {
		t.Errorf("got process group %s, want %d", got[3], pid)
	}
}

func TestNoStdin(t *testing.T) {
	_, end := start(t, shell("cat; echo end"))
	if got := end().stdout; got != "end\n" {
		t.Errorf("got %q", got)
	}
}

func TestOwnPath(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mine"), "#!/bin/sh\necho it is mine\n", 0o755)
	_, end := start(t, proc.Spec{Args: []string{"mine"}, Env: []string{"PATH=relative:/nowhere:" + dir}})
	if got := end().stdout; got != "it is mine\n" {
		t.Errorf("got %q", got)
	}
}

func TestRelativeCommand(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "bin", "train"), "#!/bin/sh\necho \"$0 $*\"\n", 0o755)
	_, end := start(t, proc.Spec{Args: []string{"bin/train", "a b", ""}, Dir: dir})
	if got := end().stdout; got != "bin/train a b \n" {
		t.Errorf("got %q", got)
	}
}

// TestBusyFile starts a file that somebody still has open for writing, for a moment and for good.
func TestBusyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "train")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("#!/bin/sh\necho started\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := proc.Start(proc.Spec{Args: []string{path}}); err == nil || err.Error() != `"`+path+`": text file busy` {
		t.Errorf("got %v", err)
	}
	time.AfterFunc(20*time.Millisecond, func() { f.Close() })
	_, end := start(t, proc.Spec{Args: []string{path}})
	if got := end().stdout; got != "started\n" {
		t.Errorf("got %q", got)
	}
}

func TestSpawnErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) { write(t, filepath.Join(dir, name), text, mode) }
	file("plain", "#!/bin/sh\n", 0o644)
	file("orphan", "#!/no/such/interpreter -x\n", 0o755)
	file("windows", "#!/bin/sh\r\necho\r\n", 0o755)
	file("badinterp", "#! ./plain\n", 0o755)
	file("text", "just text\n", 0o755)
	file("empty", "", 0o755)
	file("here", "#!/bin/sh\n", 0o755)
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	notProgram := "is no program: neither a binary for this machine nor a script with a #! line"
	tests := []struct {
		args       []string
		want, hint string
	}{
		{[]string{"nosuch"}, `"nosuch": executable file not found in PATH`, ""},
		{[]string{"here"}, `"here": executable file not found in PATH`, "write ./here for the file in the run directory"},
		{[]string{""}, `"": executable file not found in PATH`, ""},
		{[]string{"./nosuch"}, `"./nosuch": no such file or directory`, ""},
		{[]string{"plain/x"}, `"plain/x": not a directory`, ""},
		{[]string{"./sub"}, `"./sub": is a directory`, ""},
		{[]string{"/dev/null"}, `"/dev/null": is not a regular file`, ""},
		{[]string{"./plain"}, `"./plain": is not executable`, "chmod +x ./plain"},
		{[]string{"./orphan"}, `"./orphan": interpreter "/no/such/interpreter": no such file or directory`, ""},
		{[]string{"./windows"}, `"./windows": interpreter "/bin/sh\r": no such file or directory`,
			"the file has Windows line ends; the kernel takes the carriage return as part of the name"},
		{[]string{"./badinterp"}, `"./badinterp": interpreter "./plain": permission denied`, ""},
		{[]string{"./text"}, `"./text": ` + notProgram, ""},
		{[]string{"./empty"}, `"./empty": ` + notProgram, ""},
		{[]string{"/bin/echo", "a\x00b"}, `"/bin/echo": argument 1 has a NUL byte`, ""},
		{[]string{"/bin/echo", strings.Repeat("x", 3<<20)}, `"/bin/echo": argument list too long`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.args[0], func(t *testing.T) {
			_, err := proc.Start(proc.Spec{Args: tt.args, Dir: dir})
			var spawn *proc.SpawnError
			if !errors.As(err, &spawn) {
				t.Fatalf("got %v, want a SpawnError", err)
			}
			if spawn.Error() != tt.want || spawn.Hint != tt.hint || spawn.Name != tt.args[0] {
				t.Errorf("got %s\nhint %q of %q\nwant %s\nhint %q", spawn, spawn.Hint, spawn.Name, tt.want, tt.hint)
			}
		})
	}
	if _, err := proc.Start(proc.Spec{Args: []string{"nosuch"}}); !errors.Is(err, proc.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "", 0o644)
	if err := os.Symlink(filepath.Join(dir, "file"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		spec proc.Spec
		want string
	}{
		{"no command", proc.Spec{}, "start: no command"},
		{"no directory", proc.Spec{Args: []string{"true"}, Dir: dir + "/no"}, "start in " + dir + "/no: no such file or directory"},
		{"directory is a file", proc.Spec{Args: []string{"true"}, Dir: dir + "/file"}, "start in " + dir + "/file: not a directory"},
		{"no place for output", proc.Spec{Args: []string{"true"}, Output: dir + "/no/output"},
			"keep output: open " + dir + "/no/output: no such file or directory"},
		{"output is a link", proc.Spec{Args: []string{"true"}, Output: dir + "/link"},
			"keep output: open " + dir + "/link: too many levels of symbolic links"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := proc.Start(tt.spec)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestNothingLeaks starts what cannot start, and what can, and counts open files.
func TestNothingLeaks(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if errors.Is(err, fs.ErrNotExist) {
			t.Skip("no /proc")
		}
		return len(entries)
	}
	dir := t.TempDir()
	once := func() {
		proc.Start(proc.Spec{Args: []string{"./nosuch"}, Output: dir + "/o"})
		proc.Start(proc.Spec{Args: []string{"true"}, Output: dir + "/no/o"})
		write(t, dir+"/text", "text", 0o755)
		proc.Start(proc.Spec{Args: []string{"./text"}, Dir: dir, Output: dir + "/o", Index: dir + "/i"})
		p, err := proc.Start(proc.Spec{Args: []string{"true"}, Output: dir + "/o", Index: dir + "/i"})
		if err != nil {
			t.Fatal(err)
		}
		wait(t, p)
	}
	once()
	before := count()
	for range 5 {
		once()
	}
	if after := count(); after != before {
		t.Errorf("got %d open files, want %d as before", after, before)
	}
}
