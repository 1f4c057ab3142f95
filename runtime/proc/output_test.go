package proc_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/proc"
)

func itoa(n int) string { return strconv.Itoa(n) }

// streams returns the streams of an index as text, "0" and "1", and checks the times.
func streams(t *testing.T, index []byte, from, to time.Time) string {
	t.Helper()
	if len(index)%9 != 0 {
		t.Fatalf("index has %d bytes", len(index))
	}
	var b strings.Builder
	last := from.UnixMilli()
	for ; len(index) > 0; index = index[9:] {
		ms := int64(binary.BigEndian.Uint64(index))
		if ms < last || ms > to.UnixMilli() {
			t.Errorf("got time %d, want one from %d to %d", ms, last, to.UnixMilli())
		}
		last = ms
		b.WriteByte('0' + index[8])
	}
	return b.String()
}

func TestOutput(t *testing.T) {
	const pause = "; sleep 0.05; "
	tests := []struct {
		name, script                   string
		output, stdout, stderr, stream string
		lines                          []string
	}{
		{"nothing", "true", "", "", "", "", nil},
		{"order", "echo a" + pause + "echo b >&2" + pause + "echo c", "a\nb\nc\n", "a\nc\n", "b\n", "010", []string{"0 a", "1 b", "0 c"}},
		{"no newline at the end", "echo a; printf b", "a\nb", "a\nb", "", "00", []string{"0 a", "0 b"}},
		{"only newlines", `printf '\n\n'`, "\n\n", "\n\n", "", "00", []string{"0 ", "0 "}},
		{"a line in pieces", "printf a" + pause + "printf b" + pause + "echo c", "abc\n", "abc\n", "", "0", []string{"0 abc"}},
		{"streams in one line", "printf a" + pause + "echo b >&2" + pause + "echo c", "ab\nc\n", "ac\n", "b\n", "10", []string{"1 b", "0 ac"}},
		{"both without newline", "printf a" + pause + "printf b >&2", "ab", "a", "b", "1", []string{"0 a", "1 b"}},
		{"binary", `printf 'a\000\377\nb\r\n'`, "a\x00\xff\nb\r\n", "a\x00\xff\nb\r\n", "", "00", []string{"0 a\x00\xff", "0 b\r"}},
		{"closed stdout", "exec >&-; echo a >&2", "a\n", "", "a\n", "1", []string{"1 a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			from := time.Now()
			_, end := start(t, shell(tt.script))
			got := end()
			if string(got.output) != tt.output || got.stdout != tt.stdout || got.stderr != tt.stderr || got.tail != tt.output && tt.name != "binary" {
				t.Errorf("got output %q, stdout %q, stderr %q, tail %q", got.output, got.stdout, got.stderr, got.tail)
			}
			if s := streams(t, got.index, from, time.Now()); s != tt.stream {
				t.Errorf("got streams %s, want %s", s, tt.stream)
			}
			if !reflect.DeepEqual(got.lines, tt.lines) {
				t.Errorf("got lines %q, want %q", got.lines, tt.lines)
			}
		})
	}
}

// TestAtOnce checks that output is passed on and kept while the process runs, also without a newline.
func TestAtOnce(t *testing.T) {
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	spec := shell("printf prompt:; sleep 30")
	spec.Stdout, spec.Output = w, filepath.Join(dir, "output")
	p, err := proc.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { p.Signal(os.Kill); wait(t, p) }()
	r.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 100)
	n, err := r.Read(buf)
	if err != nil || string(buf[:n]) != "prompt:" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	if got := read(t, spec.Output); string(got) != "prompt:" {
		t.Errorf("got output %q", got)
	}
	if got := p.Tail(); string(got) != "prompt:" {
		t.Errorf("got tail %q", got)
	}
}

func TestLongLines(t *testing.T) {
	spec := python(`
import sys
w = sys.stdout.write
w("a" * 8192 + "\n"); w("b" * 8193 + "\n"); w("c\n"); w("d" * 5000000 + "\n"); w("e\n"); w("f" * 9000)`)
	var got []string
	spec.Line = func(_ int, line []byte) { got = append(got, string(line[:1])+itoa(len(line))) }
	_, end := start(t, spec)
	r := end()
	if want := []string{"a8192", "c1", "e1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got lines %q, want %q", got, want)
	}
	if len(r.index) != 6*9 || len(r.output) != 8192+8193+1+5000000+1+9000+5 {
		t.Errorf("got %d bytes of output and %d of index", len(r.output), len(r.index))
	}
}

// failing is a writer as a closed terminal is one.
type failing struct {
	err   error
	calls int
}

func (f *failing) Write(b []byte) (int, error) {
	f.calls++
	return 0, f.err
}

func TestBrokenWriter(t *testing.T) {
	script := "for i in 1 2 3; do echo $i; sleep 0.02; done; echo e >&2; exit 3"
	t.Run("pipe", func(t *testing.T) {
		spec := shell(script)
		broken, stderr := &failing{err: &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}}, &bytes.Buffer{}
		spec.Stdout, spec.Stderr = broken, stderr
		_, end := start(t, spec)
		got := end()
		if string(got.output) != "1\n2\n3\ne\n" || got.exit.Status != 3 || broken.calls != 1 || stderr.String() != "e\n" {
			t.Errorf("got %q, %+v, %d writes", got.output, got.exit, broken.calls)
		}
	})
	t.Run("disk", func(t *testing.T) {
		spec := shell(script)
		spec.Stdout = &failing{err: syscall.ENOSPC}
		p, err := proc.Start(spec)
		if err != nil {
			t.Fatal(err)
		}
		exit, err := p.Wait()
		if want := "pass on output: no space left on device"; exit.Status != 3 || err == nil || err.Error() != want {
			t.Errorf("got %+v, %v, want %s", exit, err, want)
		}
	})
}

// sometimes is a terminal that somebody made non-blocking.
type sometimes struct {
	bytes.Buffer
	calls int
}

func (s *sometimes) Write(b []byte) (int, error) {
	if s.calls++; s.calls%2 == 1 {
		n, _ := s.Buffer.Write(b[:1])
		return n, &os.PathError{Op: "write", Err: syscall.EAGAIN}
	}
	return s.Buffer.Write(b)
}

func TestNonBlockingWriter(t *testing.T) {
	spec := shell("echo first; sleep 0.02; echo second")
	w := &sometimes{}
	spec.Stdout = w
	_, end := start(t, spec)
	end()
	if w.String() != "first\nsecond\n" {
		t.Errorf("got %q", w.String())
	}
}

// TestFullDisk keeps output where there is no space.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	var stdout bytes.Buffer
	spec := shell("echo a; sleep 0.05; echo b")
	spec.Stdout, spec.Output, spec.Index = &stdout, "/dev/full", filepath.Join(t.TempDir(), "index")
	p, err := proc.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	exit, err := p.Wait()
	if !errors.Is(err, syscall.ENOSPC) || err.Error() != "keep output: write /dev/full: no space left on device" {
		t.Errorf("got %v", err)
	}
	if exit.Status != 0 || stdout.String() != "a\nb\n" {
		t.Errorf("got %+v, %q", exit, stdout.String())
	}
}

func TestAppend(t *testing.T) {
	entry := func(stream byte) string { return "\x00\x00\x01\x00\x00\x00\x00\x00" + string(rune(stream)) }
	tests := []struct {
		name, output, index string
		wantOutput          string
		wantStreams         string
	}{
		{"nothing before", "", "", "new\n", "0"},
		{"whole lines", "a\nb\n", entry(0) + entry(1), "a\nb\nnew\n", "010"},
		{"unfinished line", "a\nb", entry(0) + entry(1), "a\nb\nnew\n", "010"},
		{"index behind", "a\nb\nc\n", entry(1), "a\nb\nc\nnew\n", "1000"},
		{"index ahead", "a\n", entry(1) + entry(1), "a\nnew\n", "10"},
		{"index torn", "a\nb\n", entry(1) + "\x00\x00", "a\nb\nnew\n", "100"},
		{"index alone", "", entry(1), "new\n", "0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			spec := shell("echo new")
			spec.Append, spec.Output, spec.Index = true, filepath.Join(dir, "output"), filepath.Join(dir, "index")
			if tt.name != "nothing before" {
				write(t, spec.Output, tt.output, 0o644)
				write(t, spec.Index, tt.index, 0o644)
			}
			_, end := start(t, spec)
			got := end()
			if string(got.output) != tt.wantOutput {
				t.Errorf("got output %q, want %q", got.output, tt.wantOutput)
			}
			var s string
			for i := 8; i < len(got.index); i += 9 {
				s += string('0' + rune(got.index[i]))
			}
			if s != tt.wantStreams || len(got.index) != 9*len(s) {
				t.Errorf("got %d bytes of index, streams %s, want %s", len(got.index), s, tt.wantStreams)
			}
		})
	}
}

func TestTruncate(t *testing.T) {
	dir := t.TempDir()
	spec := shell("echo new")
	spec.Output, spec.Index = filepath.Join(dir, "output"), filepath.Join(dir, "index")
	write(t, spec.Output, "old\nold\n", 0o644)
	write(t, spec.Index, "old", 0o644)
	_, end := start(t, spec)
	if got := end(); string(got.output) != "new\n" || len(got.index) != 9 {
		t.Errorf("got output %q and %d bytes of index", got.output, len(got.index))
	}
}

func TestTail(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"short", `print("ä")`, "ä\n"},
		{"cut", `sys.stdout.write("x" * 100000 + "\n" + "y" * 4000)`, strings.Repeat("x", 95) + "\n" + strings.Repeat("y", 4000)},
		{"cut character", `sys.stdout.write("€" * 2000)`, strings.Repeat("€", 1365)},
		{"unfinished character", `sys.stdout.buffer.write(b"a\xe2\x82")`, "a"},
		{"no text", `sys.stdout.buffer.write(b"a\xffb\xff\xfec")`, "a\uFFFDb\uFFFDc"},
		{"longer as text", `sys.stdout.buffer.write(b"a\xff" * 5000)`, strings.Repeat("a\uFFFD", 1024)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, end := start(t, python("import sys\n"+tt.script))
			if got := end().tail; got != tt.want {
				t.Errorf("got %d bytes %.40q, want %d bytes %.40q", len(got), got, len(tt.want), tt.want)
			}
		})
	}
}
