package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
	"github.com/guild-run/guild/runtime/wasm"
)

// trial is what one hook of a trial comes to at on_run_begin, again and again.
type trial struct {
	guest string
	kind  string // of its failure, "" if it succeeds
	log   string // what it logs, "" for anything
	deny  bool
}

var trials = []trial{
	{guest: "guests/noop"},
	{guest: "guests/counter"},
	{guest: "guests/counter-init"},
	{guest: "guests/grow"},
	{guest: "guests/table"},
	{guest: "guests/drop"},
	{guest: "guests/leak-host"},
	{guest: "guests/random"},
	{guest: "guests/deny", deny: true},
	{guest: "guests/effects", log: "value"},
	{guest: "guests/trap", kind: engine.KindTrap},
	{guest: "guests/status", kind: engine.KindStatus},
	{guest: "evil/loop", kind: engine.KindFuel},
	{guest: "evil/terminal", deny: true},
}

// run calls a hook once and checks what comes of it. It returns the fuel.
func (tr trial) run(h *engine.Hook, seed byte) (uint64, error) {
	c := call(abi.OnRunBegin)
	c.Seed = [32]byte{seed}
	c.Document = []byte(`{"run": {"op": "train", "flags": {"lr": 1.5}}}`)
	c.Stage = &memStage{files: map[string][]byte{"a.txt": []byte("hello")}}
	state := newState()
	c.State = func(int32) engine.State { return state }
	res, err := h.Call(context.Background(), c)
	var f *engine.Failure
	if errors.As(err, &f) {
		if f.Kind != tr.kind {
			return 0, fmt.Errorf("%s: %w", tr.guest, err)
		}
		return f.Result.Fuel, nil
	}
	switch {
	case tr.kind != "":
		return 0, fmt.Errorf("%s does not fail", tr.guest)
	case res.Denied != tr.deny:
		return 0, fmt.Errorf("%s: denied %t", tr.guest, res.Denied)
	case tr.log != "" && logged(res) != tr.log:
		return 0, fmt.Errorf("%s: logged %q", tr.guest, logged(res))
	}
	return res.Fuel, nil
}

// Many trials in one process: each goroutine runs through all hooks of one engine, as a batch does whose trials run side by
// side. Every event comes to what it comes to alone, to the unit of fuel, while other goroutines load hooks, and open and close engines.
func TestLoadManyAtOnce(t *testing.T) {
	const goroutines, rounds = 24, 12
	e := newEngine(t, engine.Config{CacheDir: cacheDir(t)})
	hooks := make([]*engine.Hook, len(trials))
	alone := make([]uint64, len(trials))
	for i, tr := range trials {
		hooks[i] = loadIn(t, e, tr.guest, func(s *engine.Spec) { s.Fuel, s.Timeout = 3_000_000, time.Minute })
		fuel, err := tr.run(hooks[i], 1)
		check(t, err)
		alone[i] = fuel
	}
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for round := range rounds {
				for k := range trials {
					i := (k*(2*g+1) + round) % len(trials) // each in an order of its own
					fuel, err := trials[i].run(hooks[i], 1)
					if err != nil {
						t.Error(err)
						return
					}
					if fuel != alone[i] {
						t.Errorf("%s took %d units, alone it takes %d", trials[i].guest, fuel, alone[i])
					}
				}
			}
		})
	}
	modules := map[string][]byte{}
	for _, tr := range trials {
		modules[tr.guest] = guest(t, tr.guest)
	}
	for range 2 {
		wg.Go(func() {
			for i := range 2 * len(trials) {
				tr := trials[i%len(trials)]
				own := engine.New(engine.Config{})
				for _, with := range []*engine.Engine{e, own} {
					h, err := with.Load(context.Background(), engine.Spec{Name: "late", Module: modules[tr.guest], Grants: allGrants, Fuel: 3_000_000})
					if err != nil {
						t.Error(err)
						continue
					}
					if _, err := tr.run(h, 1); err != nil {
						t.Error(err)
					}
				}
				if err := own.Close(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d events of %d hooks in %d goroutines", goroutines*rounds*len(trials), len(trials), goroutines)
}

// cacheDir is a directory that a cache may be made in.
func cacheDir(t *testing.T) string {
	t.Helper()
	return t.TempDir() + "/cache"
}

// An engine that ends while its hooks are busy: each call ends as it would have, or says that the engine is closed.
func TestLoadClosing(t *testing.T) {
	for range 5 {
		e := engine.New(engine.Config{})
		var wg sync.WaitGroup
		for _, name := range []string{"guests/noop", "guests/table", "guests/trap", "guests/grow"} {
			h := loadIn(t, e, name)
			for range 3 {
				wg.Go(func() {
					for {
						_, err := h.Call(context.Background(), call(abi.OnRunBegin))
						var f *engine.Failure
						switch {
						case err == nil || errors.As(err, &f) && f.Kind == engine.KindTrap:
						case f != nil && strings.HasSuffix(f.Error(), "on_run_begin: the engine is closed"):
							return
						default:
							t.Error(err)
							return
						}
					}
				})
			}
		}
		time.Sleep(5 * time.Millisecond)
		check(t, e.Close(t.Context()))
		wg.Wait()
	}
}

// usage is what a process has of what could run out.
type usage struct {
	heap       uint64 // bytes in use, after a collection
	resident   uint64 // bytes, where the system says
	goroutines int
	files      int
}

func measure() usage {
	runtime.GC()
	runtime.GC() // finalizers of the first have run
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{heap: m.HeapAlloc, goroutines: runtime.NumGoroutine()}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		pages, _ := strconv.ParseUint(strings.Fields(string(text))[1], 10, 64)
		u.resident = pages * uint64(os.Getpagesize())
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(files)
	}
	return u
}

// Memory does not grow with the number of events: neither by those that succeed, nor by those that fail and leave an instance
// behind each, nor by guests that take all the memory they get.
func TestLoadMemoryIsBounded(t *testing.T) {
	e := newEngine(t, engine.Config{})
	hooks := make([]*engine.Hook, len(trials))
	for i, tr := range trials {
		hooks[i] = loadIn(t, e, tr.guest, func(s *engine.Spec) { s.Fuel, s.Timeout = 2_000_000, time.Minute })
	}
	bomb := loadIn(t, e, "evil/memory-fill")
	round := func(times int) {
		var wg sync.WaitGroup
		for i, tr := range trials {
			wg.Go(func() {
				for range times {
					if _, err := tr.run(hooks[i], 1); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for range 2 {
			fails(t, bomb, call(abi.OnRunBegin), engine.KindMemory, `hook "memory-fill": on_run_begin: ran out of its 64 MiB of memory`)
		}
		wg.Wait()
	}
	round(50)
	before := measure()
	for range 5 {
		round(100)
	}
	after := measure()
	t.Logf("heap %d KiB -> %d KiB, resident %d MiB -> %d MiB, goroutines %d -> %d, files %d -> %d, after %d events",
		before.heap>>10, after.heap>>10, before.resident>>20, after.resident>>20, before.goroutines, after.goroutines, before.files, after.files,
		500*len(trials))
	if after.heap > before.heap+2<<20 {
		t.Errorf("the heap grew by %d bytes", after.heap-before.heap)
	}
	// What the collector gave back the system may not have taken yet, and the race detector keeps books of its own.
	if after.resident > before.resident+160<<20 {
		t.Errorf("the process grew by %d MiB", (after.resident-before.resident)>>20)
	}
	if after.goroutines > before.goroutines || after.files > before.files {
		t.Errorf("goroutines %d -> %d, files %d -> %d", before.goroutines, after.goroutines, before.files, after.files)
	}
}

// cpu is how long this process has computed. Unlike a clock it does not see what else the machine does.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	check(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// distribution sorts times and says where they are.
func distribution(times []time.Duration) string {
	slices.Sort(times)
	at := func(percent int) time.Duration { return times[(len(times)-1)*percent/100].Round(time.Microsecond) }
	return fmt.Sprintf("median %s, 90%% %s, 99%% %s, most %s", at(50), at(90), at(99), at(100))
}

// A hook that spins never delays an event of another hook by more than the yield interval.
//
// Compiled code runs until it calls something: Go can neither preempt it nor collect garbage meanwhile. Metered code calls the
// yield function when its slice of wasm.YieldEvery units is used up: that is the yield interval, a fraction of a millisecond for
// plain instructions. There the engine lets others go first (runtime.Gosched), so with one processor an event waits for one slice
// of each guest that spins, and with more processors than those not at all.
//
// The delay is measured in time that this process computes, between the moment that everybody else may go and the end of an event that
// does nothing: what other processes do on the machine does not count. The clock is shown beside it, as the delay of an event that is
// due at a certain time.
func TestLoadSpinning(t *testing.T) {
	e := newEngine(t, engine.Config{})
	noop := loadIn(t, e, "guests/noop")
	succeed(t, noop, call(abi.OnRunBegin))

	const slices = 60
	h := loadIn(t, e, "evil/loop", func(s *engine.Spec) { s.Fuel, s.Timeout = slices*wasm.YieldEvery, time.Minute })
	began := cpu(t)
	h.Call(t.Context(), call(abi.OnRunBegin))
	interval := (cpu(t) - began) / slices
	t.Logf("a slice of %d units takes %s", wasm.YieldEvery, interval)

	for _, procs := range []int{1, 2} {
		for _, spinning := range []int{1, 3} {
			t.Run(fmt.Sprintf("%d processors, %d spinning", procs, spinning), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				defer spin(t, e, "evil/loop", abi.OnRunBegin, spinning)()
				computed := delays(t, noop, 150)
				var clock []time.Duration
				for range 50 {
					due := time.Now().Add(2 * time.Millisecond)
					time.Sleep(time.Until(due))
					succeed(t, noop, call(abi.OnRunBegin))
					clock = append(clock, time.Since(due))
				}
				t.Logf("delay, computing: %s", distribution(computed))
				t.Logf("delay, by the clock: %s", distribution(clock))
				// Each that spins has one slice, and all processors compute meanwhile. Twice that, and a
				// millisecond for the event itself and for the collector, is generous.
				most := 2*time.Duration(spinning*procs)*interval + time.Millisecond
				if middle := computed[len(computed)/2]; middle > most {
					t.Errorf("an event waits %s, the most is %s", middle, most)
				}
				if middle := clock[len(clock)/2]; middle > time.Second {
					t.Errorf("by the clock an event waits %s", middle)
				}
			})
		}
	}
}

// An instruction, or a call of the host, that does much at once is charged for it before it begins, but cannot be interrupted: it is
// as long as the memory limit lets it be. With one processor this is what others wait for.
func TestLoadSpinningOtherwise(t *testing.T) {
	e := newEngine(t, engine.Config{})
	noop := loadIn(t, e, "guests/noop")
	succeed(t, noop, call(abi.OnRunBegin))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, s := range []struct {
		guest string
		event abi.Event
		what  string
	}{
		{"recursion", abi.OnRunBegin, "calls"},
		{"bulk", abi.OnRunBegin, "memory.fill of 48 MiB"},
		{"bulk-all", abi.OnInit, "memory.copy of 48 MiB"},
		{"bulk-all", abi.OnFlagsDetect, "memory.init of 16 bytes"},
		{"bulk-all", abi.OnFlagsComposed, "table.fill of 60 000"},
		{"bulk-all", abi.OnRunBegin, "table.copy of 60 000"},
		{"bulk-all", abi.OnRunEnd, "table.init of 1"},
		{"table-endless", abi.OnRunBegin, "table.grow"},
		{"host-loop", abi.OnRunBegin, "random"},
		{"log-endless", abi.OnRunBegin, "log of 8 KiB"},
		{"output-endless", abi.OnRunBegin, "fd_write of 64 KiB"},
	} {
		t.Run(s.what, func(t *testing.T) {
			defer spin(t, e, "evil/"+s.guest, s.event, 1)()
			computed := delays(t, noop, 30)
			t.Logf("delay, computing: %s", distribution(computed))
			if middle := computed[len(computed)/2]; middle > 100*time.Millisecond {
				t.Errorf("an event waits %s", middle)
			}
		})
	}
}

// delays are how long this process computes, n times, between the moment that everybody else may go and the end of an event.
func delays(t *testing.T, h *engine.Hook, n int) []time.Duration {
	var out []time.Duration
	for range n {
		began := cpu(t)
		runtime.Gosched()
		succeed(t, h, call(abi.OnRunBegin))
		out = append(out, cpu(t)-began)
	}
	return out
}

// spin starts hooks that never end, with fuel for a day. The function that it returns ends them.
func spin(t *testing.T, e *engine.Engine, name string, event abi.Event, n int) func() {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range n {
		h := loadIn(t, e, name, func(s *engine.Spec) { s.Fuel, s.Timeout = 1<<44, time.Hour })
		wg.Go(func() {
			if _, err := h.Call(ctx, call(event)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // until they are at it
	return func() {
		cancel()
		wg.Wait()
	}
}
