package engine_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// Error numbers of WASI preview 1.
const (
	ok    = 0
	badf  = 8
	fault = 21
	inval = 28
	pipe  = 70
)

func newWASICaller(t testing.TB) *caller {
	c := &caller{hook: load(t, "guests/call-wasi"), state: newState()}
	for _, f := range abi.WASIFunctions {
		c.names = append(c.names, f.Name)
	}
	c.event = call(abi.OnRunBegin)
	c.event.State = c.scope
	return c
}

func words(w ...uint64) string {
	var out []byte
	for _, v := range w {
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	return string(out)
}

func TestWASI(t *testing.T) {
	const at, far = image + 1000, memorySize
	vector := words(uint64(image+16) | 5<<32) // 5 bytes at image+16
	bad := words(uint64(memorySize-2) | 5<<32)
	now := uint64(eventTime.UnixNano())
	tests := []struct {
		name string
		data string
		args []int64 // the first six
		want int32
		out  string // at `at`
		log  string
	}{
		{"args_get", "", []int64{far, far}, ok, "", ""},
		{"args_sizes_get", "", []int64{at, at + 4}, ok, words(0), ""},
		{"args_sizes_get", "", []int64{at, far}, fault, "", ""},
		{"args_sizes_get", "", []int64{far - 3, at}, fault, "", ""},
		{"environ_get", "", []int64{0, 0}, ok, "", ""},
		{"environ_sizes_get", "", []int64{at, at + 4}, ok, words(0), ""},
		{"environ_sizes_get", "", []int64{-1, at}, fault, "", ""},
		{"clock_time_get", "", []int64{0, 1, at}, ok, words(now), ""},
		{"clock_time_get", "", []int64{1, 1, at}, ok, words(now), ""},
		{"clock_time_get", "", []int64{4, 1, at}, inval, "", ""},
		{"clock_time_get", "", []int64{0, 1, far - 7}, fault, "", ""},
		{"clock_res_get", "", []int64{0, at}, ok, words(1), ""},
		{"clock_res_get", "", []int64{9, at}, inval, "", ""},
		{"clock_res_get", "", []int64{0, -1}, fault, "", ""},
		{"random_get", "", []int64{image + 5000, 100_000}, ok, "", ""},
		{"random_get", "", []int64{image, far}, fault, "", ""},
		{"fd_write", vector + "\x00\x00\x00\x00\x00\x00\x00\x00hello", []int64{1, image, 1, at}, ok, words(5), "hello"},
		{"fd_write", vector + "\x00\x00\x00\x00\x00\x00\x00\x00a\nb\x1bc", []int64{2, image, 1, at}, ok, words(5), "a\nb\\x1bc"},
		{"fd_write", vector, []int64{0, image, 1, at}, badf, "", ""},
		{"fd_write", vector, []int64{3, image, 1, at}, badf, "", ""},
		{"fd_write", vector, []int64{1, image, 0, at}, ok, words(0), ""},
		{"fd_write", vector, []int64{1, far - 4, 1, at}, fault, "", ""},
		{"fd_write", vector, []int64{1, image, 1 << 29, at}, fault, "", ""},
		{"fd_write", vector, []int64{1, image, 1, far - 3}, fault, "", ""},
		{"fd_write", vector + bad, []int64{1, image, 2, at}, fault, "", ""},
		{"fd_read", vector, []int64{0, image, 1, at}, ok, words(0), ""},
		{"fd_read", vector, []int64{0, image, 1, far}, fault, "", ""},
		{"fd_read", vector, []int64{1, image, 1, at}, badf, "", ""},
		{"fd_seek", "", []int64{1, 0, 0, at}, pipe, "", ""},
		{"fd_seek", "", []int64{3, 0, 0, at}, badf, "", ""},
		{"fd_close", "", []int64{2}, ok, "", ""},
		{"fd_close", "", []int64{3}, badf, "", ""},
		{"fd_fdstat_get", "", []int64{1, at}, ok, words(2, 1<<6, 0), ""},
		{"fd_fdstat_get", "", []int64{0, at}, ok, words(2, 1<<1, 0), ""},
		{"fd_fdstat_get", "", []int64{3, at}, badf, "", ""},
		{"fd_fdstat_get", "", []int64{1, far - 23}, fault, "", ""},
		{"fd_fdstat_set_flags", "", []int64{0, 4}, ok, "", ""},
		{"fd_fdstat_set_flags", "", []int64{5, 4}, badf, "", ""},
		{"fd_prestat_get", "", []int64{3, at}, badf, "", ""},
		{"fd_prestat_dir_name", "", []int64{3, at, 1}, badf, "", ""},
		{"sched_yield", "", nil, ok, "", ""},
		{"poll_oneoff", words(77, 1) + strings.Repeat("\x00", 32), []int64{image, at, 1, image + 900}, ok, words(77, 1<<16, 0), ""},
		{"poll_oneoff", "", []int64{image, at, 0, at}, inval, "", ""},
		{"poll_oneoff", "", []int64{far - 40, at, 1, at}, fault, "", ""},
		{"poll_oneoff", "", []int64{image, far - 30, 1, at}, fault, "", ""},
		{"poll_oneoff", "", []int64{image, at, 1, far}, fault, "", ""},
		{"poll_oneoff", "", []int64{image, at, 1 << 28, at}, fault, "", ""},
	}
	c := newWASICaller(t)
	for _, test := range tests {
		c.state.values, c.state.versions = map[string][]byte{}, map[string]int64{}
		args := make([]int64, 8)
		copy(args, test.args)
		if test.out != "" {
			args[6], args[7] = at, int64(len(test.out))
		}
		got, res := c.call(t, test.name, test.data, args...)
		if got != test.want || c.out() != test.out || logged(res) != test.log {
			t.Errorf("%s(%x): got %d, %x, %q, want %d, %x, %q", test.name, test.args, got, c.out(), logged(res), test.want, test.out, test.log)
		}
	}
	// proc_exit ends the guest, and with 0 as well.
	for _, status := range []int64{0, 7} {
		c.state.values["call"] = []byte(words(17, uint64(status)) + strings.Repeat("\x00", 56))
		_, err := c.hook.Call(t.Context(), c.event)
		var f *engine.Failure
		if !errors.As(err, &f) || f.Kind != engine.KindExit || f.Message != "exited with status "+string(rune('0'+status)) {
			t.Errorf("got %v", err)
		}
	}
}

// goGuest is a hook as somebody writes it who knows nothing of the engine.
const goGuest = `package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unsafe"
)

//go:wasmimport guild_v1 event_get
func eventGet(path *byte, n uint32, buf *byte, room uint32) int32

//go:wasmimport guild_v1 deny
func deny(p *byte, n uint32) int32

var count = 0
var seen = map[string]int{}

func main() {}

//go:wasmexport on_run_begin
func onRunBegin() int32 {
	count++
	seen["again"]++
	buf := make([]byte, 4096)
	path := "run"
	n := eventGet(unsafe.StringData(path), uint32(len(path)), &buf[0], uint32(len(buf)))
	var doc struct {
		Op    string
		Flags map[string]float64
	}
	if err := json.Unmarshal(buf[:n], &doc); err != nil {
		panic(err)
	}
	fmt.Println("op", doc.Op, "count", count, "seen", seen, "args", len(os.Args), "env", len(os.Environ()))
	if lr := doc.Flags["lr"]; lr > 1 {
		reason := fmt.Sprintf("lr %g is over the limit", lr)
		deny(unsafe.StringData(reason), uint32(len(reason)))
	}
	return 0
}

//go:wasmexport on_run_end
func onRunEnd() int32 {
	var m map[string]int
	m["boom"] = 1
	return 0
}

//go:wasmexport on_run_staged
func onRunStaged() int32 {
	fmt.Fprintln(os.Stderr, "filling up")
	all := []string{}
	for {
		all = append(all, strings.Repeat("x", 1<<20))
	}
}
`

// buildGo builds a reactor with the Go toolchain.
func buildGo(t testing.TB, source string) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module guest\n\ngo 1.24\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", "guest.wasm", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	module, err := os.ReadFile(filepath.Join(dir, "guest.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func TestGoGuest(t *testing.T) {
	module := buildGo(t, goGuest)
	info, err := engine.Inspect(module)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(info.Toolchain, "Go") || len(info.Events) != 3 {
		t.Errorf("got %+v", info)
	}
	h, err := newEngine(t, engine.Config{}).Load(t.Context(), engine.Spec{Name: "go", Module: module})
	if err != nil {
		t.Fatal(err)
	}
	c := call(abi.OnRunBegin)
	c.Document = []byte(`{"run": {"op": "train", "flags": {"lr": 0.5}}}`)
	var fuel uint64
	for i := range 4 {
		res := succeed(t, h, c)
		if got, want := logged(res), "op train count 1 seen map[again:1] args 0 env 0"; got != want || res.Denied {
			t.Errorf("got %q, %t", got, res.Denied)
		}
		if fuel != 0 && res.Fuel != fuel {
			t.Errorf("event %d took %d units, the one before %d", i, res.Fuel, fuel)
		}
		fuel = res.Fuel
		t.Log(res.Fuel, res.Duration, len(h.Memory()))
	}
	f := fails(t, h, call(abi.OnRunEnd), engine.KindPanic, `hook "go": on_run_end: panic: assignment to entry in nil map`)
	if !strings.Contains(f.Detail, "goroutine 1 [running]") {
		t.Errorf("detail %q", f.Detail)
	}
	_, err = h.Call(t.Context(), call(abi.OnRunStaged))
	if !errors.As(err, &f) || f.Kind != engine.KindMemory || !strings.HasPrefix(f.Message, "ran out of its 64 MiB of memory: fatal error: ") {
		t.Errorf("got %v", err)
	}
	if got := logged(f.Result); !strings.HasPrefix(got, "filling up\n") {
		t.Errorf("logged %q", got)
	}
	c.Document = []byte(`{"run": {"op": "train", "flags": {"lr": 2.5}}}`)
	if res := succeed(t, h, c); !res.Denied || res.Reason != "lr 2.5 is over the limit" {
		t.Errorf("got %+v", res)
	}
}
