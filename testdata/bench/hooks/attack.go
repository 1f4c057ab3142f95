package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// attack is a guest that means harm, in testdata/evil.
type attack struct {
	what, guest string
	event       abi.Event
	error       string // how what it ends with must begin, behind the hook's name
}

var attacks = []attack{
	{"endless loop", "loop", abi.OnRunBegin, "on_run_begin: used up its 1000000000 units of fuel"},
	{"endless loop at initialisation", "init-loop", abi.OnRunBegin, "on_run_begin: during initialisation: used up its 1000000000 units of fuel"},
	{"2^60 calls", "recursion", abi.OnRunBegin, "on_run_begin: used up its 1000000000 units of fuel"},
	{"calls nested without end", "deep", abi.OnRunBegin, "on_run_begin: nested its calls too deeply"},
	{"memory bomb", "memory-bomb", abi.OnRunBegin, "on_run_begin: ran out of its 64 MiB of memory"},
	{"memory bomb that uses what it gets", "memory-fill", abi.OnRunBegin, "on_run_begin: ran out of its 64 MiB of memory"},
	{"table bomb", "table-bomb", abi.OnRunBegin, "section table: "},
	{"table that grows without end", "table-endless", abi.OnRunBegin, "on_run_begin: used up its 1000000000 units of fuel"},
	{"compile bomb: loops in loops", "compile-loops", abi.OnRunBegin, "function 0: "},
	{"compile bomb: many functions", "compile-functions", abi.OnRunBegin, "function "},
	{"log flood", "log-endless", abi.OnRunBegin, "on_run_begin: used up its 1000000000 units of fuel"},
	{"standard output flood", "output-endless", abi.OnRunBegin, "on_run_begin: used up its 1000000000 units of fuel"},
	{"bulk-operation flood", "bulk", abi.OnRunBegin, "on_run_begin: used up its 1000000000 units of fuel"},
	{"host calls without end", "host-loop", abi.OnRunBegin, "on_run_begin: used up its 1000000000 units of fuel"},
	{"emitted records", "emit-big", abi.OnRunBegin, "on_run_begin: returned 6409, want 0"},
	{"staged files", "writes", abi.OnRunStaged, "on_run_staged: returned 6409, want 0"},
}

// Bounds of every attack.
const (
	attackTime   = 1e9 // ns
	attackMemory = 200 << 20
)

// ended is what the process of an attack says at its end.
type ended struct {
	Error  string
	Memory float64 // the highest resident memory, in bytes
}

func attackTable(ctx context.Context, g *guests, rounds int) (*table, error) {
	rounds = max(1, min(rounds, 5))
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	t := &table{note: fmt.Sprintf("the median of %d; time from the start of the process to its end, CPU time of all its threads, highest resident memory of all", rounds)}
	bound := fmt.Sprintf("an error, at most %s and %d MiB", duration(attackTime), attackMemory>>20)
	for _, a := range attacks {
		r := row{name: a.what}
		var last ended
		var times, busy []float64
		for range rounds {
			cmd := exec.CommandContext(ctx, self, "-attack", a.guest)
			began := time.Now()
			out, err := cmd.Output()
			times = append(times, float64(time.Since(began).Nanoseconds()))
			if err != nil {
				return nil, fmt.Errorf("%s: the process died: %w", a.guest, err)
			}
			if err := json.Unmarshal(out, &last); err != nil {
				return nil, fmt.Errorf("%s: %w", a.guest, err)
			}
			busy = append(busy, float64((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Nanoseconds()))
			r.memory = max(r.memory, last.Memory)
		}
		r.median, r.cpu = median(times), median(busy)
		r.outcome = last.Error
		r.aim = aim{bound, func(r row) bool {
			return strings.HasPrefix(r.outcome, a.error) && r.median <= attackTime && r.memory <= attackMemory
		}}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

// runAttack is the process of an attack: it loads the guest and delivers one event, as guild does with a hook it was given.
func runAttack(guest string) {
	var said ended
	if err := suffer(guest); err != nil {
		said.Error = strings.TrimPrefix(err.Error(), fmt.Sprintf("hook %q: ", guest))
	} else {
		said.Error = "no error"
	}
	said.Memory = peak()
	json.NewEncoder(os.Stdout).Encode(said)
}

func suffer(guest string) error {
	ctx := context.Background()
	module, err := attackModule(guest)
	if err != nil {
		return err
	}
	e := engine.New(engine.Config{})
	defer e.Close(ctx)
	h, err := loadHook(ctx, e, guest, module)
	if err != nil {
		return err
	}
	for _, a := range attacks {
		if a.guest == guest {
			_, err := h.Call(ctx, engine.Call{Event: a.event, Document: []byte(document), Time: eventTime, Stage: noStage{}})
			return err
		}
	}
	return errors.New("there is no such attack")
}

// attackModule reads the guest, or makes it, if it is long and without any meaning.
func attackModule(guest string) ([]byte, error) {
	switch guest {
	case "compile-loops":
		return compileBomb(1, 250, 2000), nil
	case "compile-functions":
		return compileBomb(400, 9, 2000), nil
	}
	return (&guests{}).file("testdata", "evil", guest)
}

// compileBomb makes a module whose functions have loops in each other and many variables, each of which may come from
// anywhere for all that a compiler can see.
func compileBomb(functions, loops, locals int) []byte {
	body := append(number(1), append(number(locals), 0x7f)...) // one group of i32
	for i := range loops {
		body = append(append(body, 0x03, 0x40, 0x20), number(i%locals)...) // loop, local.get
		body = append(append(body, 0x20), number((i+1)%locals)...)
		body = append(append(body, 0x6a, 0x21), number((i+2)%locals)...) // i32.add, local.set
	}
	for i := range loops {
		body = append(append(body, 0x20), number(i%locals)...)
		body = append(body, 0x0d, 0x00, 0x0b) // br_if 0, end
	}
	body = append(body, 0x41, 0x00, 0x0b) // i32.const 0, end
	types, codes := number(functions), number(functions)
	for range functions {
		types = append(types, 0)
		codes = append(append(codes, number(len(body))...), body...)
	}
	out := []byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x00\x01\x7f") // a type () -> i32
	for _, section := range []struct {
		id   byte
		text []byte
	}{
		{3, types},
		{5, []byte{1, 0, 1}}, // a memory of one page
		{7, []byte("\x02\x06memory\x02\x00\x0con_run_begin\x00\x00")},
		{10, codes},
	} {
		out = append(append(append(out, section.id), number(len(section.text))...), section.text...)
	}
	return out
}

// number is n in LEB128.
func number(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

// peak is the highest resident memory of this process, in bytes.
func peak() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	number, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	kib, _ := strconv.ParseFloat(number, 64)
	return kib * 1024
}
