package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// benchRuns is how many runs the store has for the questions that must not depend on it.
const benchRuns = 1000

// TestBenchRun prints wall times of whole commands against the bare interpreter: medians of GUILD_BENCH_RUN rounds, in each of which
// every command has one turn, in random order. It judges nothing.
func TestBenchRun(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("GUILD_BENCH_RUN"))
	if err != nil {
		t.Skip("set GUILD_BENCH_RUN to a number of rounds: just bench-run")
	}
	b := newBenchRun(t)
	commands := []struct {
		name string
		dir  string
		home string
		args []string
	}{
		{"python3 trivial.py", b.plain, b.empty, []string{"python3", "trivial.py"}},
		{"guild run trivial.py", b.plain, b.empty, []string{b.guild, "run", "trivial.py", "-y"}},
		{"guild run trivial.py, in a git project", b.git, b.empty, []string{b.guild, "run", "trivial.py", "-y"}},
		{fmt.Sprintf("guild run --needed that skips, %d runs", benchRuns), b.plain, b.full, []string{b.guild, "run", "trivial.py", "--needed", "-y"}},
		{fmt.Sprintf("guild runs, %d runs", benchRuns), b.plain, b.full, []string{b.guild, "runs"}},
		{"guild version", b.plain, b.empty, []string{b.guild, "version"}},
	}
	times := make([][]time.Duration, len(commands))
	for round := range rounds + 2 { // two to warm up
		for _, i := range rand.Perm(len(commands)) {
			took := b.run(commands[i].dir, commands[i].home, commands[i].args...)
			if round >= 2 {
				times[i] = append(times[i], took)
			}
		}
	}
	var base time.Duration
	fmt.Printf("\n| command | median | over the interpreter | ratio |\n|---|---:|---:|---:|\n")
	for i, c := range commands {
		slices.Sort(times[i])
		median := times[i][len(times[i])/2]
		if i == 0 {
			base = median
		}
		fmt.Printf("| %s | %.1f ms | %+.1f ms | %.2f |\n", c.name, ms(median), ms(median-base), float64(median)/float64(base))
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// benchRun is what the commands run in: the real program, a project with git and one without, a home for new runs and one that is full.
type benchRun struct {
	t                              *testing.T
	guild, plain, git, empty, full string
	path                           string
}

func newBenchRun(t *testing.T) *benchRun {
	dir := t.TempDir()
	b := &benchRun{
		t: t, guild: filepath.Join(dir, "guild"), plain: filepath.Join(dir, "plain"), git: filepath.Join(dir, "git"),
		empty: filepath.Join(dir, "empty"), full: filepath.Join(dir, "full"), path: os.Getenv("PATH"),
	}
	b.must(exec.Command("go", "build", "-o", b.guild, "."))
	// A wrapper in the place of python3 would be measured instead of it.
	real, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Fatal(err)
	}
	b.path = filepath.Dir(strings.TrimSpace(string(real))) + string(filepath.ListSeparator) + b.path
	for _, project := range []string{b.plain, b.git} {
		if err := os.MkdirAll(project, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(project, "trivial.py"), []byte("x = 1\nprint(x)\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = b.git
		b.must(cmd)
	}
	b.fill()
	return b
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
