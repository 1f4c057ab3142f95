package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
)

// The workloads of the benchmark, each a run with so many files of that many bytes.
var lockLoads = []struct {
	name  string
	parts []lockPart
}{
	{"huge", []lockPart{{1, 2 << 30}}},
	{"small", []lockPart{{20_000, 4 << 10}}},
	{"medium", []lockPart{{2_000, 1 << 20}}},
	{"mix", []lockPart{{6_000, 16 << 10}, {300, 2 << 20}, {6, 128 << 20}}},
}

type lockPart struct{ files, size int }

// TestBenchLock compares the time that locking and verifying take, as whole processes, with that of b3sum on the same files with all
// cores. All take turns; it prints medians of the wall time and of the time of all cores, which says more on a busy machine, and the most
// memory of any. GUILD_BENCH_LOCK is the scale, 1 the full size, and the
// number of rounds: "0.1 7".
func TestBenchLock(t *testing.T) {
	var scale float64
	var rounds int
	if n, err := fmt.Sscan(os.Getenv("GUILD_BENCH_LOCK"), &scale, &rounds); n < 2 {
		t.Skipf("GUILD_BENCH_LOCK asks for no benchmark (%v)", err)
	}
	b3sum, err := exec.LookPath("b3sum")
	if err != nil {
		t.Skip("the program b3sum is not installed: nothing to compare with")
	}
	guild, err := filepath.Abs(filepath.Join("..", "..", "bin", "guild"))
	if err != nil {
		t.Fatal(err)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "%d cores, scale %g, medians of %d rounds\n", runtime.NumCPU(), scale, rounds)
	fmt.Fprintln(table, "files\tMiB\tcommand\tseconds\tof b3sum\tcore seconds\tof b3sum\tMiB of memory\t")
	for _, load := range lockLoads {
		t.Run(load.name, func(t *testing.T) {
			home := t.TempDir()
			dir := filepath.Join(home, "runs", load.name)
			files, size := makeLoad(t, dir, load.parts, scale)
			b := &lockBench{t: t, home: home, dir: dir, wall: map[string][]float64{}, cores: map[string][]float64{}, memory: map[string]int64{}}
			hash := append([]string{b3sum}, files...)
			for round := range rounds + 1 {
				b.warm = round == 0
				b.time("lock", guild, "runs", "lock", load.name)
				b.touch(files)
				others := [][]string{
					append([]string{"b3sum"}, hash...), {"b3sum --check", b3sum, "--check", "--quiet", ".guild/locked"},
					{"verify", guild, "runs", "verify", load.name}, {"verify --quick", guild, "runs", "verify", "--quick", load.name},
				}
				rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
				for _, o := range others {
					b.time(o[0], o[1], o[2:]...)
				}
				b.time("unlock", guild, "runs", "unlock", load.name)
				syscall.Sync() // as after makeLoad
			}
			for _, name := range []string{"b3sum", "b3sum --check", "lock", "verify", "verify --quick", "unlock"} {
				wall, cores := median(b.wall[name]), median(b.cores[name])
				fmt.Fprintf(table, "%d\t%d\t%s\t%.3f\t%.2f\t%.3f\t%.2f\t%d\t\n", len(files), size>>20, name,
					wall, wall/median(b.wall["b3sum"]), cores, cores/median(b.cores["b3sum"]), b.memory[name]>>20)
			}
		})
	}
	table.Flush()
}

// makeLoad fills a run that has ended, and returns its files and their bytes.
func makeLoad(t *testing.T, dir string, parts []lockPart, scale float64) (files []string, size int64) {
	t.Helper()
	put := func(name string, data []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put(".guild/opref", []byte("script:/p '' '' bench.py"))
	put(".guild/attrs/exit_status", []byte("0\n"))
	data := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{}).Read(data)
	for i, p := range parts {
		n, each := max(1, int(float64(p.files)*scale)), p.size
		if p.files == 1 {
			each = int(float64(p.size) * scale)
		}
		for j := range n {
			name := fmt.Sprintf("part%d/%03d/file%d", i, j/100, j)
			put(name, nil)
			f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			for rest := each; rest > 0; rest -= len(data) {
				data[0]++
				if _, err := f.Write(data[:min(rest, len(data))]); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			files = append(files, name)
			size += int64(each)
		}
	}
	syscall.Sync() // writing it back would be measured
	return files, size
}

// lockBench is one workload.
type lockBench struct {
	t         *testing.T
	home, dir string
	warm      bool                 // nothing is counted
	wall      map[string][]float64 // s
	cores     map[string][]float64 // s
	memory    map[string]int64     // bytes
}

// touch has the kernel note that the files were read, as it does once after they were changed: guild leaves that to others, and b3sum should
// not have to pay for it here.
func (b *lockBench) touch(files []string) {
	b.t.Helper()
	for _, name := range files {
		f, err := os.Open(filepath.Join(b.dir, name))
		if err == nil {
			_, err = f.Read(make([]byte, 1))
			f.Close()
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *lockBench) time(name, program string, args ...string) {
	b.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "GUILD_HOME="+b.home)
	var out strings.Builder
	cmd.Stderr = &out
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		b.t.Fatalf("%s: %v: %s", name, err, out.String())
	}
	if b.warm {
		return
	}
	b.wall[name] = append(b.wall[name], took.Seconds())
	b.cores[name] = append(b.cores[name], (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		b.memory[name] = max(b.memory[name], usage.Maxrss*maxrssUnit)
	}
}

// maxrssUnit is what ru_maxrss counts, in bytes.
var maxrssUnit = map[bool]int64{true: 1, false: 1024}[runtime.GOOS == "darwin"]

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
