package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs the black-box scripts of testdata/script. GUILD_UPDATE_SCRIPTS=1 rewrites what they expect.
func TestScript(t *testing.T) {
	// Where the tests run under nohup, commands would inherit that a hangup is ignored. What is listened for here is not.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP, syscall.SIGINT)
	defer signal.Stop(hangups)
	cache, guests := sharedCache(t), testdata(t, "guests")
	testscript.Run(t, testscript.Params{
		Dir:                 testdata(t, "script"),
		UpdateScripts:       os.Getenv("GUILD_UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GUILD_HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "user"))
			env.Setenv("XDG_CACHE_HOME", cache)
			env.Setenv("GUESTS", guests)
			env.Setenv("RUST", filepath.Join(filepath.Dir(filepath.Dir(guests)), "guest-sdk", "rust", "examples"))
			env.Setenv("EVIL", testdata(t, "evil"))
			env.Setenv("TOKEN", softwareToken())
			env.Setenv("TZ", "UTC")
			env.Values[snapshots{}] = map[string]string{}
			return os.MkdirAll(filepath.Join(env.WorkDir, "user"), 0o755)
		},
		Condition: func(name string) (bool, error) {
			if name != "token" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return softwareToken() != "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"waitfor": waitFor,
			"signal":  sendSignal,
			"exitis":  exitIs,
			"bad":     badCommand,
			"keep":    keepTrees,
			"kept":    keptTrees,
			"write":   writeLines,
		},
	})
}

// softwareToken is the library with which OpenSSH tests its security keys: $GUILD_TEST_SK, else where the package openssh-tests has it,
// "" if it is not there.
func softwareToken() string {
	if library := os.Getenv("GUILD_TEST_SK"); library != "" {
		return library
	}
	const library = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so"
	if !exists(library) {
		return ""
	}
	return library
}

// waitFor FILE [TEXT] waits until a file exists and has a text in it.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: waitfor FILE [TEXT]")
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && (len(args) == 1 || strings.Contains(string(text), args[1])) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s did not come to be as wanted", args[0])
}

// signal NAME FILE sends a signal to the process whose number is in a file.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "HUP": syscall.SIGHUP}
	if len(args) != 2 {
		ts.Fatalf("usage: signal NAME FILE")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[1])))
	ts.Check(err)
	err = syscall.Kill(pid, signals[args[0]])
	if neg {
		if err == nil && !zombie(pid) {
			ts.Fatalf("process %d is there", pid)
		}
		return
	}
	ts.Check(err)
}

// zombie reports whether a process has ended and only waits for init to notice.
func zombie(pid int) bool {
	for range 100 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// exitIs CODE COMMAND... runs a command in a shell and demands an exit code.
func exitIs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitis CODE COMMAND...")
	}
	script := fmt.Sprintf(`"$@"; code=$?; test $code = %s || { echo "exit $code, want %s" >&2; exit 99; }`, args[0], args[0])
	ts.Check(ts.Exec("sh", append([]string{"-c", script, "sh"}, args[1:]...)...))
}
