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
	"strings"
	"testing"
	"time"
)

// benchRuns is how many runs the store has for the questions that must not depend on it.
const benchRuns = 1000

// TestBenchRun prints wall times of whole commands against what they are to be compared with: medians and least of GUILD_BENCH_RUN
// rounds, in each of which every command has one turn, in random order. On a busy machine the least say more. It judges nothing.
func TestBenchRun(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("GUILD_BENCH_RUN"))
	if err != nil {
		t.Skip("set GUILD_BENCH_RUN to a number of rounds: just bench-run")
	}
	b := newBenchRun(t)
	run := func(script string) []string { return []string{b.guild, "run", script, "-y"} }
	const python, version, shell = 0, 1, 6
	commands := []struct {
		name string
		over int // the command it is compared with
		dir  string
		home string
		args []string
	}{
		{"python3 trivial.py", python, b.plain, b.empty, []string{"python3", "trivial.py"}},
		{"guild version", version, b.plain, b.empty, []string{b.guild, "version"}},
		{"guild run trivial.py", python, b.plain, b.empty, run("trivial.py")},
		{"guild run trivial.py, in a git project", python, b.git, b.empty, run("trivial.py")},
		{fmt.Sprintf("guild run --needed that skips, %d runs", benchRuns), version, b.plain, b.full, append(run("trivial.py"), "--needed")},
		{fmt.Sprintf("guild runs, %d runs", benchRuns), version, b.plain, b.full, []string{b.guild, "runs"}},
		{"guild run trivial.sh, no hooks", shell, b.plain, b.empty, run("trivial.sh")},
		{"guild run trivial.sh, a hook in Rust", shell, b.rust, b.empty, run("trivial.sh")},
		{"guild run trivial.sh, a hook in Go", shell, b.golang, b.empty, run("trivial.sh")},
	}
	began := loadAverage()
	times := make([][]time.Duration, len(commands))
	for round := range rounds + 2 { // two to warm up
		for _, i := range rand.Perm(len(commands)) {
			took := b.run(commands[i].dir, commands[i].home, commands[i].args...)
			if round >= 2 {
				times[i] = append(times[i], took)
			}
		}
	}
	fmt.Printf("\n%d rounds, %d cores, load %s, at the end %s\n\n", rounds, runtime.NumCPU(), began, loadAverage())
	fmt.Printf("| command | median | least | over | median | least | ratio |\n|---|---:|---:|---|---:|---:|---:|\n")
	for _, list := range times {
		slices.Sort(list)
	}
	for i, c := range commands {
		median, least := times[i][rounds/2], times[i][0]
		if c.over == i {
			fmt.Printf("| %s | %.1f ms | %.1f ms | | | | |\n", c.name, ms(median), ms(least))
			continue
		}
		baseMedian, baseLeast := times[c.over][rounds/2], times[c.over][0]
		fmt.Printf("| %s | %.1f ms | %.1f ms | %s | %+.1f ms | %+.1f ms | %.2f |\n", c.name, ms(median), ms(least),
			commands[c.over].name, ms(median-baseMedian), ms(least-baseLeast), float64(median)/float64(baseMedian))
	}
}

// loadAverage is what else the machine has to do, where that can be asked.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:1], "")
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// benchRun is what the commands run in: the real program, a project with git, one without and two with hooks, a home for new runs
// and one that is full.
type benchRun struct {
	t                              *testing.T
	guild, plain, git, empty, full string
	rust, golang                   string // projects with a hook
	path                           string
}

func newBenchRun(t *testing.T) *benchRun {
	dir := t.TempDir()
	b := &benchRun{
		t: t, guild: filepath.Join(dir, "guild"), plain: filepath.Join(dir, "plain"), git: filepath.Join(dir, "git"),
		empty: filepath.Join(dir, "empty"), full: filepath.Join(dir, "full"),
		rust: filepath.Join(dir, "rust"), golang: filepath.Join(dir, "golang"), path: os.Getenv("PATH"),
	}
	build := exec.Command("go", "build", "-o", b.guild, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as `just build` does
	b.must(build)
	// A wrapper in the place of python3 would be measured instead of it.
	real, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Fatal(err)
	}
	b.path = filepath.Dir(strings.TrimSpace(string(real))) + string(filepath.ListSeparator) + b.path
	for _, project := range []string{b.plain, b.git, b.rust, b.golang} {
		b.write(filepath.Join(project, "trivial.py"), "x = 1\nprint(x)\n")
		b.write(filepath.Join(project, "trivial.sh"), "#!/bin/sh\necho 1\n")
	}
	// Hooks that are called: at the end, to write a file and set the label.
	const granted = "[hooks.summary]\nallow = [\"stage.write:**\", \"attrs.set\"]\n"
	b.write(filepath.Join(b.rust, "guild.toml"), granted)
	b.write(filepath.Join(b.golang, "guild.toml"), granted)
	sdk := filepath.Join(testdata(t), "..", "guest-sdk")
	module, err := os.ReadFile(filepath.Join(sdk, "rust", "examples", "summary.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	b.write(filepath.Join(b.rust, "hooks", "summary.wasm"), string(module))
	guest := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w -buildid=",
		"-o", filepath.Join(b.golang, "hooks", "summary.wasm"), "./summary")
	guest.Dir, guest.Env = filepath.Join(sdk, "go", "examples"), append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	b.must(guest)
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = b.git
		b.must(cmd)
	}
	b.fill()
	return b
}

func (b *benchRun) write(path, text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		b.t.Fatal(err)
	}
}

// fill makes the full home: one run, copied under other ids.
func (b *benchRun) fill() {
	b.run(b.plain, b.full, b.guild, "run", "trivial.py", "-y", "--run-id", "first")
	first := os.DirFS(filepath.Join(b.full, "runs", "first"))
	for i := range benchRuns - 1 {
		id := fmt.Sprintf("%032x", i)
		to := filepath.Join(b.full, "runs", id)
		if err := os.CopyFS(to, first); err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, ".guild", "attrs", "id"), []byte(id+"\n"), 0o644); err != nil {
			b.t.Fatal(err)
		}
		// Other flags, so that one run matches and the others are passed over.
		if err := os.WriteFile(filepath.Join(to, ".guild", "attrs", "flags"), fmt.Appendf(nil, "x: %d\n", i+2), 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	b.run(b.plain, b.full, b.guild, "runs")
}

func (b *benchRun) must(cmd *exec.Cmd) {
	b.t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// run runs a command to its end and returns how long that took.
func (b *benchRun) run(dir, home string, args ...string) time.Duration {
	b.t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	if args[0] == "python3" {
		cmd = exec.Command(filepath.Join(filepath.SplitList(b.path)[0], "python3"), args[1:]...)
	}
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+b.path, "GUILD_HOME="+home, "XDG_CACHE_HOME="+sharedCache(b.t))
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		b.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return took
}
