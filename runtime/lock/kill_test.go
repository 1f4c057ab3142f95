package lock_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock"
)

// TestKill kills a program that locks and unlocks a run at a random moment, again and again, and lets either command go on.
// GUILD_TEST_KILLS asks for more than the ordinary number.
func TestKill(t *testing.T) {
	kills := 10
	if n, err := strconv.Atoi(os.Getenv("GUILD_TEST_KILLS")); err == nil {
		kills = n
	}
	dir := newRun(t)
	for i := range 3000 {
		put(t, dir, fmt.Sprintf("many/%d/%d", i%30, i), strconv.Itoa(i), []os.FileMode{0o644, 0o600, 0o755, 0o444}[i%4])
	}
	before := snapshot(t, dir)
	states := map[string]int{}
	for range kills {
		states[killed(t, dir, time.Duration(rand.N(80_000))*time.Microsecond)]++
		switch rand.N(3) {
		case 0:
			if _, err := lock.Create(t.Context(), dir, options()); err != nil && !lock.Locked(dir) {
				t.Fatal(err)
			}
			intact(t, dir)
			must(t, lock.Unlock(t.Context(), dir))
		case 1:
			if err := lock.Unlock(t.Context(), dir); err != nil && lock.Locked(dir) {
				t.Fatal(err)
			}
		default: // killed twice
			continue
		}
		differ(t, snapshot(t, dir), before)
		if t.Failed() {
			return
		}
	}
	t.Logf("killed in these states: %v", states)
	lock.Unlock(t.Context(), dir)
	differ(t, snapshot(t, dir), before)
}

// killed starts the child, kills it some time after it began, and says what it left.
func killed(t *testing.T, dir string, after time.Duration) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("child: %q", lines.Text())
	}
	time.Sleep(after)
	must(t, cmd.Process.Kill())
	if lines.Scan() {
		t.Errorf("child: %s", lines.Text())
	}
	cmd.Wait()
	state := ""
	for _, name := range []string{"locked", "locked.intent", "locked.undo", "locked.meta"} {
		if _, err := os.Lstat(dir + "/.guild/" + name); err == nil {
			state += name + " "
		}
	}
	return state
}
