package proc_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/proc"
)

// BenchmarkLine matches one line of output by hand and with the regular expressions of the default rules.
func BenchmarkLine(b *testing.B) {
	slowRules, err := proc.ParseScalarRules(map[string]string{
		"any":  `^(\key):\s+(\value)(?:\s+\(.*\))?$`,
		"step": `^\key:\s+\value\s+\((?:step\s+)?(?P<step>\step)\)$`,
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range []struct{ name, text string }{
		{"text", "2026-11-21 07:15:37 INFO worker 3 finished batch 1832 of 20000 in 0.31s, queue is empty"},
		{"key", "warning: the learning rate is higher than it was in the last 100 epochs"},
		{"scalar", "loss: 0.31829 (step 1832)"},
	} {
		for _, way := range []struct {
			name  string
			rules []proc.ScalarRule
		}{{"hand", proc.DefaultScalarRules()}, {"regexp", slowRules}} {
			b.Run(line.name+"/"+way.name, func(b *testing.B) {
				s := proc.NewScalars(way.rules)
				text := []byte(line.text)
				b.ReportAllocs()
				for b.Loop() {
					s.Line(text)
				}
			})
		}
	}
}

// BenchmarkEvents adds what BenchmarkLine has as scalar to an event file.
func BenchmarkEvents(b *testing.B) {
	s := proc.NewScalars(proc.DefaultScalarRules())
	s.WriteEvents(b.TempDir())
	line := []byte("loss: 0.31829 (step 1832)")
	b.ReportAllocs()
	for b.Loop() {
		s.Line(line)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkOutput moves 100 MB to a file: with cat through a bare pipe, and as the output of a process.
func BenchmarkOutput(b *testing.B) {
	const size = 100_000_000
	dir := b.TempDir()
	source := filepath.Join(dir, "source")
	f, err := os.Create(source)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i, n := 0, 0; n < size; i++ {
		wrote, _ := fmt.Fprintf(w, "2026-11-21 07:15:37 INFO %d %s\n", i, strings.Repeat("x", i%100))
		n += wrote
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	f.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	output, index := filepath.Join(dir, "output"), filepath.Join(dir, "index")

	b.Run("cat", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			if err := exec.Command("/bin/sh", "-c", "cat '"+source+"' | cat > '"+output+"'").Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, way := range []string{"kept", "kept and indexed", "kept, indexed and parsed"} {
		b.Run(way, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				spec := proc.Spec{Args: []string{"cat", source}, Stdout: null, Output: output}
				if way != "kept" {
					spec.Index = index
				}
				if strings.HasSuffix(way, "parsed") {
					s := proc.NewScalars(proc.DefaultScalarRules())
					spec.Line = func(_ int, line []byte) { s.Line(line) }
				}
				p, err := proc.Start(spec)
				if err != nil {
					b.Fatal(err)
				}
				if exit, err := p.Wait(); err != nil || exit != (proc.Exit{}) {
					b.Fatal(exit, err)
				}
			}
		})
	}
}

// BenchmarkSpawn runs /bin/true with os/exec, its output collected, and as an operation.
func BenchmarkSpawn(b *testing.B) {
	b.Run("exec", func(b *testing.B) {
		for b.Loop() {
			var out, errs strings.Builder
			cmd := exec.Command("/bin/true")
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("proc", func(b *testing.B) {
		dir := b.TempDir()
		for b.Loop() {
			p, err := proc.Start(proc.Spec{
				Args: []string{"/bin/true"}, Output: filepath.Join(dir, "output"), Index: filepath.Join(dir, "index"),
			})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := p.Wait(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
