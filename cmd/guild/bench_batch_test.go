package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// benchTrials is how many trials the batches that are measured have, and manyTrials how many are staged and listed.
const (
	benchTrials = 500
	manyTrials  = 10_000
)

// TestBenchBatch prints what a trial costs over the bare start of its process: medians and least of GUILD_BENCH_BATCH rounds, in each of
// which every kind of batch and the bare processes have one turn, in random order. CPU is guild's own time, without that of the trials'
// processes. Then it stages and lists many trials. It judges nothing; on a busy machine or disk the least say more.
func TestBenchBatch(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("GUILD_BENCH_BATCH"))
	if err != nil {
		t.Skip("set GUILD_BENCH_BATCH to a number of rounds: just bench-batch")
	}
	b := newBenchBatch(t)
	batch := func(project string, args ...string) func() usage {
		return func() usage {
			home := t.TempDir() // which goes at the end: for minutes after files were deleted, ext4 makes new ones slowly
			args := append([]string{b.guild, "run", "op", fmt.Sprintf("x=range[1:%d]", benchTrials), "-y", "-q"}, args...)
			return b.run(project, home, args...)
		}
	}
	kinds := []struct {
		name string
		run  func() usage
	}{
		{"bare process", b.bare},
		{"serial, no hook", batch(b.plain)},
		{"serial, a hook in Rust", batch(b.rust)},
		{"--jobs 2, no hook", batch(b.plain, "--jobs", "2")},
		{"--jobs 2, a hook in Rust", batch(b.rust, "--jobs", "2")},
	}
	began := loadAverage()
	took := make([][]usage, len(kinds))
	for range rounds {
		for _, i := range rand.Perm(len(kinds)) {
			took[i] = append(took[i], kinds[i].run())
		}
	}
	fmt.Printf("\n%d trials, %d rounds, %d cores, load %s, at the end %s\n\n", benchTrials, rounds, runtime.NumCPU(), began, loadAverage())
	fmt.Printf("| per trial | median | least | over, median | over, least | CPU, median | memory |\n|---|---:|---:|---:|---:|---:|---:|\n")
	var base [2]time.Duration
	for i, kind := range kinds {
		median, least := middle(took[i], func(u usage) time.Duration { return u.wall / benchTrials })
		if i == 0 {
			base = [2]time.Duration{median, least}
			fmt.Printf("| %s | %.2f ms | %.2f ms | | | | |\n", kind.name, ms(median), ms(least))
			continue
		}
		cpu, _ := middle(took[i], func(u usage) time.Duration { return u.cpu / benchTrials })
		fmt.Printf("| %s | %.2f ms | %.2f ms | %+.2f ms | %+.2f ms | %.2f ms | %d MiB |\n", kind.name, ms(median), ms(least),
			ms(median-base[0]), ms(least-base[1]), ms(cpu), took[i][0].memory>>20)
	}
	b.many()
}

// usage is what a command used.
type usage struct {
	wall, cpu time.Duration
	memory    int64 // most, in bytes
}

// middle is the median and the least of a figure.
func middle(list []usage, of func(usage) time.Duration) (median, least time.Duration) {
	figures := make([]time.Duration, len(list))
	for i, u := range list {
		figures[i] = of(u)
	}
	slices.Sort(figures)
	return figures[len(figures)/2], figures[0]
}

// benchBatch is what batches are measured in: the real program, a project without hooks and one with one.
type benchBatch struct {
	t                  *testing.T
	guild, plain, rust string
	program            string
}

func newBenchBatch(t *testing.T) *benchBatch {
	dir := t.TempDir()
	b := &benchBatch{t: t, guild: filepath.Join(dir, "guild"), plain: filepath.Join(dir, "plain"), rust: filepath.Join(dir, "rust")}
	build := exec.Command("go", "build", "-o", b.guild, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as `just build` does
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var err error
	if b.program, err = exec.LookPath("true"); err != nil {
		t.Skip("there is no program that does nothing")
	}
	toml := fmt.Sprintf("[operations.op]\nexec = [%q]\nflags = { x = 0, lr = 0.1 }\n", b.program)
	b.write(filepath.Join(b.plain, "guild.toml"), []byte(toml))
	// A hook that is called twice in each trial: it looks at the flags, and writes a file and the label at the end.
	b.write(filepath.Join(b.rust, "guild.toml"), []byte(toml+"[hooks.summary]\nallow = [\"stage.write:**\", \"attrs.set\"]\n"))
	module, err := os.ReadFile(testdata(t, "..", "guest-sdk", "rust", "examples", "summary.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	b.write(filepath.Join(b.rust, "hooks", "summary.wasm"), module)
	return b
}

func (b *benchBatch) write(path string, data []byte) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// bare starts as many processes as a batch has trials, and nothing else.
func (b *benchBatch) bare() usage {
	b.t.Helper()
	start := time.Now()
	for range benchTrials {
		if err := exec.Command(b.program).Run(); err != nil {
			b.t.Fatal(err)
		}
	}
	return usage{wall: time.Since(start)}
}

// run runs guild to its end.
func (b *benchBatch) run(dir, home string, args ...string) usage {
	b.t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GUILD_HOME="+home, "XDG_CACHE_HOME="+sharedCache(b.t))
	start := time.Now()
	out, err := cmd.CombinedOutput()
	u := usage{wall: time.Since(start)}
	if err != nil {
		b.t.Fatalf("%v: %v\n%.2000s", args, err, out)
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.memory = int64(used.Maxrss) << 10 // KiB, on Linux
	}
	return u
}

// many stages and lists more trials than anybody has run one by one.
func (b *benchBatch) many() {
	home := b.t.TempDir()
	trials := fmt.Sprintf("x=range[1:%d]", manyTrials)
	fmt.Printf("\n| %d trials | wall | CPU | memory |\n|---|---:|---:|---:|\n", manyTrials)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"planned", []string{"run", "op", trials, "--print-trials"}},
		{"planned and staged", []string{"run", "op", trials, "-y", "-q", "--stage-trials", "--run-id", "many"}},
		{"listed, the newest", []string{"runs"}},
		{"listed, all", []string{"runs", "--all"}},
		{"listed, all, as JSON", []string{"runs", "--all", "--json"}},
	} {
		u := b.run(b.plain, home, append([]string{b.guild}, c.args...)...)
		fmt.Printf("| %s | %.2f s | %.2f s | %d MiB |\n", c.name, u.wall.Seconds(), u.cpu.Seconds(), u.memory>>20)
	}
}
