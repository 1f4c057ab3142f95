package lock_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock"
)

// The benchmarks compare with the program b3sum, in turns in the same run. They report the shortest round of each and how many
// times longer b3sum takes for the digests alone. GUILD_TEST_FULL asks for the full sizes.
var benchmarks = []struct {
	name        string
	files, full int
	size        int
}{
	{"small", 4_000, 20_000, 4 << 10},
	{"medium", 200, 2_000, 1 << 20},
	{"large", 1, 1, 256 << 20},
}

func benchRun(b testing.TB, files, size int) string {
	dir := filepath.Join(tempDir(b), "run")
	put(b, dir, ".guild/attrs/id", "x\n", 0o644)
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("d%03d/f%d", i/100, i))
		if i%100 == 0 {
			must(b, os.MkdirAll(filepath.Dir(path), 0o755))
		}
		must(b, os.WriteFile(path, data, 0o644))
	}
	exec.Command("sync", "-f", dir).Run() // writing it back would be measured
	return dir
}

func BenchmarkLock(b *testing.B) {
	program := b3sum(b)
	for _, c := range benchmarks {
		if os.Getenv("GUILD_TEST_FULL") != "" {
			c.files = c.full
		}
		b.Run(c.name, func(b *testing.B) {
			dir := benchRun(b, c.files, c.size)
			best := map[string]time.Duration{}
			timed := func(name string, do func() error) {
				start := time.Now()
				must(b, do())
				if d := time.Since(start); best[name] == 0 || d < best[name] {
					best[name] = d
				}
			}
			for b.Loop() {
				timed("lock", func() error { _, err := lock.Create(b.Context(), dir, options()); return err })
				timed("verify", func() error { _, err := lock.Verify(b.Context(), dir, lock.VerifyOptions{}); return err })
				timed("b3sum", func() error {
					cmd := exec.Command(program, "--check", "--quiet", lock.SumsFile)
					cmd.Dir = dir
					return cmd.Run()
				})
				timed("unlock", func() error { return lock.Unlock(b.Context(), dir) })
			}
			b.SetBytes(int64(c.files) * int64(c.size))
			for name, d := range best {
				b.ReportMetric(d.Seconds()*1000, name+"-ms")
			}
			b.ReportMetric(best["b3sum"].Seconds()/best["verify"].Seconds(), "b3sum/verify")
			b.ReportMetric(best["b3sum"].Seconds()/best["lock"].Seconds(), "b3sum/lock")
		})
	}
}
