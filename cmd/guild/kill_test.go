//go:build linux

package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/run"
)

// tortures is how many times a test kills: GUILD_TORTURE, else few enough for every day.
func tortures(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("GUILD_TORTURE")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("GUILD_TORTURE: %v", err)
	}
	return n
}

// TestKillRun kills `guild run` at random moments of its life: while it stages, begins, runs, ends and locks.
func TestKillRun(t *testing.T) {
	v := newVictim(t)
	life := v.life("run", "train", "-y", "x=-1")
	seen := map[run.Status]int{}
	n := tortures(t, 15)
	for i := range n {
		id := fmt.Sprintf("run%03d", i)
		// One moment in each of n equal parts of a life and a bit, so that even few kills are spread.
		at := time.Duration((float64(i) + rand.Float64()) / float64(n) * 1.1 * float64(life))
		code := v.kill(at, "run", "train", "-y", "--run-id", id, fmt.Sprintf("x=%d", i))
		status := v.truth(id, code)
		seen[status]++
		v.nextCommand(i, id, status)
		if t.Failed() {
			t.Fatalf("after run %d, killed at %s of %s", i, at, life)
		}
	}
	v.indexIsRight()
	t.Logf("%d kills within %s: %v, %d temporary files left", n, life, seen, v.temporary())
}

// TestKillLock kills locking and unlocking: afterwards a run is locked and intact, or not locked, and can be made either.
func TestKillLock(t *testing.T) {
	v := newVictim(t)
	v.must(0, "run", "plain", "-y", "--run-id", "a")
	dir := filepath.Join(v.home, "runs", "a")
	for i := range 300 {
		write(t, filepath.Join(dir, "data", fmt.Sprintf("%d", i%20), fmt.Sprintf("file%d", i)), strings.Repeat("x", i*i))
	}
	lock, unlock := v.life("runs", "lock", "a"), v.life("runs", "unlock", "a")
	n := tortures(t, 15)
	for i := range n {
		action, life := "lock", lock
		if i%2 == 1 {
			action, life = "unlock", unlock
		}
		at := time.Duration(rand.Float64() * 1.1 * float64(life))
		v.kill(at, "runs", action, "a")
		if out, code := v.guild("runs", "verify", "a"); code != exitOK && code != exitNotLocked {
			t.Fatalf("%s killed at %s of %s: verify ends with %d: %s", action, at, life, code, out)
		}
		v.attrsAreWhole("a")
		if action == "lock" {
			v.guild("runs", "lock", "a") // may be locked already
			v.must(exitOK, "runs", "verify", "a")
		} else {
			v.guild("runs", "unlock", "a")
			v.must(exitNotLocked, "runs", "verify", "a")
			write(t, filepath.Join(dir, "data", "0", "file0"), "new")
		}
	}
}

// TestKillNeeded: who waits for a run that is killed takes over.
func TestKillNeeded(t *testing.T) {
	v := newVictim(t)
	hold := filepath.Join(v.project, "hold")
	write(t, hold, "")
	first := v.start("run", "held", "-y", "--needed", "--run-id", "first")
	waitForFile(t, filepath.Join(v.home, "runs", "first", "began"))
	second := v.command(t.Context(), "run", "held", "-y", "--needed", "--run-id", "second")
	said, err := second.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "waiting for another run") {
		t.Logf("the second: %s", lines.Text())
	}
	first.Process.Kill()
	first.Wait()
	if err := os.Remove(hold); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		t.Logf("the second: %s", lines.Text())
	}
	if err := second.Wait(); err != nil {
		t.Fatalf("the second: %v", err)
	}
	if got := v.status("second"); got != run.Completed {
		t.Errorf("the second is %s", got)
	}
	v.truth("first", -1)
}

// TestRestartOnce: of two restarts of one run at one time exactly one is carried out.
func TestRestartOnce(t *testing.T) {
	v := newVictim(t)
	v.must(0, "run", "slow", "-y", "--run-id", "a")
	times := func() int {
		text, _ := os.ReadFile(filepath.Join(v.project, "log"))
		return strings.Count(string(text), "\n")
	}
	for range min(tortures(t, 3), 20) {
		before := times()
		codes := make([]int, 2)
		said := make([]string, 2)
		var both sync.WaitGroup
		for i := range codes {
			both.Go(func() { said[i], codes[i] = v.guild("run", "--restart", "a", "-y") })
		}
		both.Wait()
		if codes[0]+codes[1] != exitFailure || codes[0]*codes[1] != 0 {
			t.Errorf("they ended with %v:\n%s\n%s", codes, said[0], said[1])
		}
		if !strings.Contains(said[0]+said[1], "cannot restart run a because it's running\n") {
			t.Errorf("they said %q", said)
		}
		if n := times() - before; n != 1 {
			t.Errorf("the operation ran %d times", n)
		}
		if got := v.status("a"); got != run.Completed {
			t.Errorf("it is %s", got)
		}
	}
}
