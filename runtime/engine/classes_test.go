package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// attack is a guest of testdata/evil with the whole error that it ends with, behind the name of the hook. Without an event
// it is refused before anything of it runs; without an error it is harmless, and that is the point.
type attack struct {
	guest string
	event abi.Event
	error string
}

// class is a way to attack a host of WebAssembly modules, and all that there is against it.
type class struct {
	what    string
	attacks []attack
	// others are guests that say nothing by one error: the tests below look at what they did.
	others []string
	// tests are functions of this package, or of another ("runtime/stage.TestX"), or scripts in testdata/script.
	tests []string
}

const (
	noFuel   = "used up its 200000 units of fuel"
	noMemory = "ran out of its 64 MiB of memory"
	early    = "during initialisation: "
)

// classes are numbered from 1; the first lines of the guests' texts have the numbers too.
var classes = []class{
	{
		what:   "1. links and .. lead out of the stage",
		others: []string{"stage-escape"},
		tests:  []string{"TestStageHasNoWayOut", "runtime/stage.TestReadEscapes", "runtime/stage.TestWriteEscapes", "runtime/stage.TestRandomPaths", "runtime/stage.FuzzPath", "bad_symlink.txtar"},
	},
	{
		what:   "2. what was looked at is not what is used",
		others: []string{"check-then-use"},
		tests:  []string{"TestNothingChangesBetweenLookAndUse", "runtime/stage.TestDirectorySwappedForALink", "runtime/stage.TestRaceWithLinks", "runtime/stage.TestGrowingFile", "runtime/stage.TestCommitFindsChangesFromElsewhere"},
	},
	{
		what:   "3. hard links, devices, FIFOs and sockets in the stage",
		others: []string{"stage-escape"},
		tests:  []string{"TestStageHasNoWayOut", "runtime/stage.TestReadEscapes", "runtime/stage.TestWriteEscapes", "runtime/stage.TestListAndStatHostile"},
	},
	{
		what: "4. memory without end",
		attacks: []attack{
			{"memory-bomb", abi.OnRunBegin, noMemory},
			{"memory-fill", abi.OnRunBegin, noMemory},
			{"memory-min", "", "the module needs 2048 MiB of memory to begin with, the limit is 64 MiB"},
		},
	},
	{
		what: "5. tables without end",
		attacks: []attack{
			{"table-bomb", "", "section table: tables have 100000000 entries, the limit is 65536"},
			{"table-endless", abi.OnRunBegin, noFuel},
			{"table-grow", abi.OnRunBegin, ""},
		},
		tests: []string{"TestTableCannotGrowWithoutEnd", "runtime/wasm.TestTablesAreBounded"},
	},
	{
		what:    "6. loops without end",
		attacks: []attack{{"loop", abi.OnRunBegin, noFuel}, {"host-loop", abi.OnRunBegin, noFuel}},
		tests:   []string{"TestDeadline", "TestCancel"},
	},
	{
		what:    "7. recursion that never returns, without a loop",
		attacks: []attack{{"recursion", abi.OnRunBegin, noFuel}},
		tests:   []string{"TestDeadline"},
	},
	{
		what: "8. much work by one instruction",
		attacks: []attack{
			{"bulk", abi.OnRunBegin, noFuel},
			{"bulk-all", abi.OnInit, noFuel},
			{"bulk-all", abi.OnFlagsDetect, noFuel},
			{"bulk-all", abi.OnFlagsComposed, noFuel},
			{"bulk-all", abi.OnRunBegin, noFuel},
			{"bulk-all", abi.OnRunEnd, noFuel},
		},
		tests: []string{"TestDeadline", "runtime/wasm.TestChargesBySize"},
	},
	{
		what:    "9. the host's stack used up",
		attacks: []attack{{"deep", abi.OnRunBegin, "nested its calls too deeply"}},
		tests:   []string{"runtime/wasm.TestMaxDepth"},
	},
	{
		what:  "10. a busy guest keeps the collector, and others, waiting",
		tests: []string{"TestBusyGuestLetsTheCollectorIn", "TestLoadSpinning"},
	},
	{
		what:  "11. modules that take long to compile",
		tests: []string{"TestCompileBombs", "TestCompileIsWatched"},
	},
	{
		what:  "12. a poisoned compile cache",
		tests: []string{"TestCacheIsPrivateAndUsed", "TestCacheTamperingIsNoticed", "TestCopiedCacheIsNotBelieved", "TestCacheProblems"},
	},
	{
		what: "13. work at instantiation",
		attacks: []attack{
			{"init-loop", abi.OnRunBegin, early + noFuel},
			{"start-loop", abi.OnRunBegin, early + noFuel},
			{"start-deny", abi.OnRunBegin, early + "trapped: unreachable"},
		},
		tests: []string{"TestInitialisation", "TestDeadline", "TestConformance"},
	},
	{
		what: "14. imports that nobody offers",
		attacks: []attack{
			{"import-env", "", "the module imports env.system, a hook can import from guild_v1 and wasi_snapshot_preview1 only"},
			{"import-path-open", "", "the module imports wasi_snapshot_preview1.path_open, which this guild does not have"},
			{"import-typo", "", "the module imports guild_v1.denny, which this guild does not have"},
			{"import-newer", "", "the module imports guild_v2.deny, this guild has guild_v1 only"},
			{"import-type", "", "import guild_v1.deny has type (i32) -> (), want (i32, i32) -> (i32)"},
			{"import-memory", "", "the module imports a memory (env.memory), a hook can import functions only"},
			{"import-global", "", "the module imports a global (env.g), a hook can import functions only"},
		},
		tests: []string{"TestGrants"},
	},
	{
		what:    "15. pointers that lead elsewhere",
		attacks: []attack{{"memory-data", abi.OnRunBegin, early + "trapped: data[0]: out of bounds memory access"}},
		others:  []string{"deny-badly"},
		tests:   []string{"TestDenialsThatCannotBeReadCount", "TestEveryPointerFaults", "TestEveryWASIPointerFaults", "TestBadPointersWriteNothing", "TestConformance", "FuzzHost"},
	},
	{
		what: "16. requests that are too big",
		attacks: []attack{
			{"writes", abi.OnRunStaged, "returned 6409, want 0"}, // 64 times 1 MiB, then LIMIT
			{"emits", abi.OnRunBegin, "returned 102409, want 0"},
			{"emit-big", abi.OnRunBegin, "returned 6409, want 0"},
		},
		others: []string{"ask-much"},
		tests:  []string{"TestAskingForMuch", "TestErrnos", "TestLimitsAreReached"},
	},
	{
		what: "17. floods of log",
		attacks: []attack{
			{"log-endless", abi.OnRunBegin, noFuel},
			{"output-endless", abi.OnRunBegin, noFuel},
			{"log-flood", abi.OnRunBegin, ""},
			{"log-big", abi.OnRunBegin, ""},
			{"output-flood", abi.OnRunBegin, ""},
		},
		tests: []string{"TestFloods", "TestConformance"},
	},
	{
		what:    "18. an instance that is used after it trapped",
		attacks: []attack{{"stale", abi.OnRunBegin, "trapped: unreachable"}},
		tests:   []string{"TestNothingIsLeftOfAnInstanceThatTrapped", "TestInitialisationSurvivesTraps", "TestNothingIsLeftAnywhere"},
	},
	{
		what:  "19. what one event, or one hook, leaves to another",
		tests: []string{"TestNothingIsLeftAnywhere", "TestEveryEventFindsTheInstanceFresh", "TestHooksOfOneModuleShareNothing", "TestConformance", "runtime/store.TestStateScopes"},
	},
	{
		what:  "20. results that depend on anything but what is recorded",
		tests: []string{"TestDeterminism", "TestGoGuest", "TestEveryEventFindsTheInstanceFresh", "hooks_replay.txtar"},
	},
	{
		what: "21. malformed modules, and features that hooks do not have",
		attacks: []attack{
			{"simd", "", "function 0 at 0x38: uses SIMD, which is not allowed"},
			{"shared-memory", "", "section memory at 0x16: uses threads, which is not allowed"},
			{"two-memories", "", "section memory at 0x15: uses more than one memory, which is not allowed"},
		},
		tests: []string{"TestLoadBytes", "runtime/wasm.TestRefused", "runtime/wasm.TestParseErrors", "runtime/wasm.FuzzParse", "runtime/wasm.FuzzAccepted"},
	},
	{
		what: "22. requests that are sent on to where they may not go",
		attacks: []attack{
			{"import-http", "", "the module imports guild_v1.http_request, which this guild does not have"},
			{"import-socket", "", "the module imports wasi_snapshot_preview1.sock_send, which this guild does not have"},
		},
	},
	{
		what:  "23. faults of the runtime",
		tests: []string{"TestEvil", "TestConformance", "TestDeterminism", "runtime/wasm.TestMeteredIsTheSame", "runtime/wasm.FuzzProgram"},
	},
	{
		what:  "24. another module under the same name",
		tests: []string{"bad_digest.txtar", "bad_grant.txtar", "stage.txtar", "TestGrants"},
	},
	{
		what:    "25. control sequences in what a guest says",
		attacks: []attack{{"import-escape", "", `the module imports env.\x1b[2J\u202egnorw, a hook can import from guild_v1 and wasi_snapshot_preview1 only`}},
		others:  []string{"terminal"},
		tests:   []string{"TestTerminalText", "TestEscape"},
	},
}

// Each attack ends with the error that the table says, on both engines, and again the next time.
func TestClasses(t *testing.T) {
	for _, c := range classes {
		number, _, _ := strings.Cut(c.what, ".")
		t.Run(number, func(t *testing.T) {
			for _, a := range c.attacks {
				both(t, func(t *testing.T, e *engine.Engine) { a.run(t, e) })
			}
		})
	}
}

func (a attack) run(t *testing.T, e *engine.Engine) {
	spec := engine.Spec{Name: a.guest, Module: guest(t, "evil/"+a.guest), Grants: allGrants, Timeout: time.Minute}
	if strings.HasSuffix(a.error, noFuel) {
		spec.Fuel = 200_000
	}
	want := fmt.Sprintf("hook %q: %s: %s", a.guest, a.event, a.error)
	switch {
	case a.event == "":
		want = fmt.Sprintf("hook %q: %s", a.guest, a.error)
	case a.error == "":
		want = "<nil>"
	}
	began := time.Now()
	h, err := e.Load(t.Context(), spec)
	for round := range 2 {
		if h != nil {
			c := call(a.event)
			c.Stage = &memStage{}
			_, err = h.Call(context.Background(), c)
		}
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s, round %d: got %s, want %s", a.guest, round, got, want)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%s: took %s", a.guest, took)
	}
}

var classLine = regexp.MustCompile(`^;; class(?:es)? ([0-9]+)(?: and ([0-9]+))?[:,]`)

// The table has all 25 classes, every guest that says to be of one, and nothing that is not there.
func TestClassesAreCovered(t *testing.T) {
	if len(classes) != 25 {
		t.Errorf("there are %d classes, want 25", len(classes))
	}
	in := map[string][]string{} // guest: classes
	for i, c := range classes {
		number, _, _ := strings.Cut(c.what, ".")
		if number != fmt.Sprint(i+1) {
			t.Errorf("class %d is %q", i+1, c.what)
		}
		if len(c.attacks)+len(c.tests) == 0 || len(c.others) > 0 && len(c.tests) == 0 {
			t.Errorf("nothing tests class %s", c.what)
		}
		guests := slices.Clone(c.others)
		for _, a := range c.attacks {
			guests = append(guests, a.guest)
		}
		for _, g := range guests {
			if !slices.Contains(in[g], number) {
				in[g] = append(in[g], number)
			}
		}
		for _, test := range c.tests {
			checkTestExists(t, test)
		}
	}
	sources, err := filepath.Glob(filepath.Join("..", "..", "testdata", "evil", "*.wat"))
	check(t, err)
	for _, path := range sources {
		text, err := os.ReadFile(path)
		check(t, err)
		name := strings.TrimSuffix(filepath.Base(path), ".wat")
		var says []string
		if m := classLine.FindSubmatch(text); m != nil {
			for _, number := range m[1:] {
				if len(number) > 0 {
					says = append(says, string(number))
				}
			}
		}
		if !slices.Equal(in[name], says) {
			t.Errorf("%s says that it is of class %v, the table that it is of %v", name, says, in[name])
		}
		delete(in, name)
	}
	for name := range in {
		t.Errorf("there is no guest %s", name)
	}
}

// checkTestExists looks for a test function or a script.
func checkTestExists(t *testing.T, test string) {
	t.Helper()
	root := filepath.Join("..", "..")
	if strings.HasSuffix(test, ".txtar") {
		if _, err := os.Stat(filepath.Join(root, "testdata", "script", test)); err != nil {
			t.Error(err)
		}
		return
	}
	dir, name := "runtime/engine", test
	if at := strings.LastIndexByte(test, '.'); at >= 0 {
		dir, name = test[:at], test[at+1:]
	}
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	check(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(t, err)
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return
		}
	}
	t.Errorf("there is no %s in %s", name, dir)
}
