package lock_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/lock"
)

// kills is how often a test kills: GUILD_TEST_KILLS, else few enough for every day.
func kills(few int) int {
	if n, err := strconv.Atoi(os.Getenv("GUILD_TEST_KILLS")); err == nil {
		return n
	}
	return few
}

// manyFiles is how many files there are in a run that is killed; with GUILD_TEST_KILLS as many as in a large one.
func manyFiles() int {
	if os.Getenv("GUILD_TEST_KILLS") != "" {
		return 20_000
	}
	return 2000
}

func newLargeRun(t *testing.T) string {
	t.Helper()
	dir := newRun(t)
	for i := range manyFiles() {
		put(t, dir, fmt.Sprintf("many/%d/%d", i%30, i), strconv.Itoa(i), []os.FileMode{0o644, 0o600, 0o755, 0o444}[i%4])
	}
	return dir
}

// TestKillOnce kills a lock, or an unlock, at a random moment, and does the same again: the run is locked and intact, or unlocked and
// as it was. In between it is one or the other, never something else.
func TestKillOnce(t *testing.T) {
	dir := newLargeRun(t)
	before := snapshot(t, dir)
	lives := map[string]time.Duration{}
	for i := range 6 {
		what := []string{"lock", "unlock"}[i%2]
		began := time.Now()
		must(t, doOnce(t.Context(), dir, what))
		if took := time.Since(began); i < 2 || took < lives[what] {
			lives[what] = took
		}
	}
	states := map[string]int{}
	for i := range kills(10) {
		what := []string{"lock", "unlock"}[i%2]
		if what == "unlock" {
			create(t, dir)
		}
		life := lives[what]
		at := time.Duration(rand.Float64() * 1.1 * float64(life))
		states[what+": "+killed(t, dir, at, onceEnv+"="+what)]++
		if lock.Locked(dir) {
			intact(t, dir)
		}
		err := doOnce(t.Context(), dir, what)
		switch {
		case what == "lock" && (err == nil || errors.Is(err, lock.ErrLocked)):
			intact(t, dir)
			readOnly(t, dir)
			must(t, lock.Unlock(t.Context(), dir))
		case what == "unlock" && (err == nil || errors.Is(err, lock.ErrNotLocked)):
		default:
			t.Errorf("%s killed after %s of %s, then again: %v", what, at, life, err)
		}
		differ(t, snapshot(t, dir), before)
		if t.Failed() {
			return
		}
	}
	t.Logf("killed in these states: %v", states)
}

// TestKill kills a program that locks and unlocks a run at a random moment, again and again, and lets either command go on.
func TestKill(t *testing.T) {
	dir := newLargeRun(t)
	before := snapshot(t, dir)
	states := map[string]int{}
	for range kills(10) {
		states[killed(t, dir, time.Duration(rand.N(manyFiles()*40))*time.Microsecond)]++
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
func killed(t *testing.T, dir string, after time.Duration, env ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childEnv+"="+dir), env...)
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
