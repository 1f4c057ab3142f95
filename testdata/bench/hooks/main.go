// Command hooks measures what hooks cost, in one run whose rounds are interleaved, and prints tables in Markdown: each
// row with its median, its ratio to a named baseline, and the aim where there is one. It ends with status 1 if an
// aim is missed.
//
// It is a module of its own, because a plug-in host to compare with is among its dependencies.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// root is where the project is, seen from this directory, in which the program must be started.
const root = "../../.."

func main() {
	rounds := flag.Int("rounds", 41, "rounds of each table; the attacks and whole commands have fewer")
	only := flag.String("only", "", "the tables to make, of "+strings.Join(sectionNames(), ", ")+" (default all)")
	attack := flag.String("attack", "", "run one attack in this process (the program starts itself with it)")
	flag.Parse()
	if *attack != "" {
		runAttack(*attack)
		return
	}
	if err := report(*rounds, strings.FieldsFunc(*only, func(c rune) bool { return c == ',' })); err != nil {
		fmt.Fprintln(os.Stderr, "hooks:", err)
		os.Exit(1)
	}
}

// section makes one table, of rounds rounds.
type section struct {
	name, title string
	table       func(ctx context.Context, g *guests, rounds int) (*table, error)
}

var sections = []section{
	{"event", "An event in which there is nothing to do, exact restore included", eventTable},
	{"call", "A call of a host function", callTable},
	{"echo", "80 bytes in, 80 bytes out", echoTable},
	{"meter", "An event's handler on wazero alone: metered, and with wazero's own interruption", meterTable},
	{"attack", "Attacks: each in a process of its own, with the default limits", attackTable},
	{"command", "A whole `guild run` of `true`", commandTable},
}

func sectionNames() []string {
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}

func report(rounds int, only []string) error {
	ctx := context.Background()
	g, err := newGuests()
	if err != nil {
		return err
	}
	defer g.remove()
	fmt.Printf("%s, %d cores, %s; load %s at the beginning", cpu(), runtime.NumCPU(), runtime.Version(), load())
	began, missed := time.Now(), 0
	for _, s := range sections {
		if len(only) > 0 && !contains(only, s.name) {
			continue
		}
		t, err := s.table(ctx, g, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Printf("\n\n%s (%s):\n\n", s.title, t.note)
		missed += t.print(os.Stdout)
	}
	fmt.Printf("\nLoad at the end, after %s: %s\n", time.Since(began).Round(time.Second), load())
	if missed > 0 {
		return fmt.Errorf("aims missed: %d", missed)
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

// guests are the modules that are measured.
type guests struct{ dir string }

func newGuests() (*guests, error) {
	if _, err := os.Stat(filepath.Join(root, "abi", "SPEC.md")); err != nil {
		return nil, fmt.Errorf("start this in its own directory: %w", err)
	}
	dir, err := os.MkdirTemp("", "bench-hooks-")
	return &guests{dir: dir}, err
}

func (g *guests) remove() { os.RemoveAll(g.dir) }

// file reads a module of the project.
func (g *guests) file(elem ...string) ([]byte, error) {
	return os.ReadFile(filepath.Join(root, filepath.Join(elem...)) + ".wasm")
}

func (g *guests) rust(example string) ([]byte, error) {
	return g.file("guest-sdk", "rust", "examples", example)
}

// golang builds an example of the Go SDK, or a guest of ours ("./guests/json"), as hooks are built.
func (g *guests) golang(name string) ([]byte, error) {
	dir, out := ".", filepath.Join(g.dir, filepath.Base(name)+".wasm")
	if !strings.HasPrefix(name, "./") {
		dir, name = root, "./guest-sdk/go/examples/"+name
	}
	if _, err := os.Stat(out); err != nil {
		cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, name)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
		if text, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", cmd, err, text)
		}
	}
	return os.ReadFile(out)
}

func cpu() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// load is the machine's load average over one minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
