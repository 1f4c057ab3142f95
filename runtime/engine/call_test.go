package engine_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

// image is where the test's data begins in the memory of the guest "call", which has 48 pages.
const (
	image      = 1024
	memorySize = 48 << 16
)

// caller makes single calls of host functions by way of the guests "call" and "call-wasi".
type caller struct {
	hook  *engine.Hook
	names []string
	state *memState
	event engine.Call
}

func newCaller(t testing.TB, change ...func(*engine.Spec)) *caller {
	c := &caller{hook: load(t, "guests/call", change...), state: newState()}
	for _, f := range abi.Functions {
		c.names = append(c.names, f.Name)
	}
	c.event = call(abi.OnRunBegin)
	c.event.State = c.scope
	return c
}

// scope gives the guest state of all scopes but the batch's.
func (c *caller) scope(scope int32) engine.State {
	if scope == abi.ScopeBatch {
		return nil
	}
	return c.state
}

// call makes one call with data at image, and returns the function's result. After a result that is not 0 there is no
// Result but in the failure.
func (c *caller) call(t testing.TB, name, data string, args ...int64) (int32, *engine.Result) {
	t.Helper()
	n := slices.Index(c.names, name)
	if n < 0 {
		t.Fatalf("no function %q", name)
	}
	request := binary.LittleEndian.AppendUint64(nil, uint64(n))
	for i := range 8 {
		arg := int64(0)
		if i < len(args) {
			arg = args[i]
		}
		request = binary.LittleEndian.AppendUint64(request, uint64(arg))
	}
	c.state.values["call"], c.state.values["image"] = request, []byte(data)
	res, err := c.hook.Call(t.Context(), c.event)
	if err == nil {
		return 0, res
	}
	var f *engine.Failure
	if !errors.As(err, &f) || f.Kind != engine.KindStatus {
		t.Fatalf("%s: %v", name, err)
	}
	var status int32
	if _, err := fmt.Sscanf(f.Message, "returned %d, want 0", &status); err != nil {
		t.Fatal(f.Message)
	}
	return status, f.Result
}

// out returns what a call with a seventh and an eighth argument left at that place.
func (c *caller) out() string { return string(c.state.values["out"]) }

// arguments makes the arguments of a call from letters as in the table of host functions: i takes a number from values, s a text,
// b room for 64 bytes, o and v a place. Texts are put into the image.
func arguments(letters string, values ...any) (data string, args []int64) {
	room := image + 200_000*10
	for _, c := range letters {
		switch c {
		case 'i', 'l':
			args = append(args, int64(values[0].(int)))
			values = values[1:]
		case 's':
			text := values[0].(string)
			values = values[1:]
			args = append(args, int64(image+len(data)), int64(len(text)))
			data += text
		case 'b':
			args = append(args, int64(room), 64)
			room += 64
		case 'o', 'v':
			args = append(args, int64(room))
			room += 64
		}
	}
	return data, args
}

// good are arguments with which each function succeeds in its event.
var good = []struct {
	name   string
	event  abi.Event
	values []any
	want   int32
}{
	{"log", abi.OnInit, []any{0, "hello"}, 0},
	{"panic_message", abi.OnInit, []any{"why"}, 0},
	{"error_message", abi.OnInit, nil, 0},
	{"now", abi.OnInit, nil, int32(eventTime.UnixNano() & 0xffffffff)},
	{"random", abi.OnInit, nil, 0},
	{"param_get", abi.OnInit, []any{"lr"}, 3},
	{"event_get", abi.OnInit, []any{"run.op"}, 7},
	{"deny", abi.OnRunBegin, []any{"no"}, 0},
	{"stop", abi.OnRunProgress, []any{"enough"}, 0},
	{"stage_list", abi.OnRunBegin, []any{"**"}, 12},
	{"stage_stat", abi.OnRunBegin, []any{"a.txt"}, 0},
	{"stage_read", abi.OnRunBegin, []any{"a.txt", 1}, 4},
	{"stage_write", abi.OnRunStaged, []any{"b.txt", 0, "new"}, 0},
	{"stage_remove", abi.OnRunStaged, []any{"a.txt"}, 0},
	{"flag_set", abi.OnFlagsComposed, []any{"lr", " 0.5 "}, 0},
	{"env_set", abi.OnRunBegin, []any{"OMP_NUM_THREADS", "4"}, 0},
	{"attr_set", abi.OnRunEnd, []any{"score", `{"b": 1, "a": [2]}`}, 0},
	{"plan_set", abi.OnBatchPlan, []any{`[ ]`}, 0},
	{"state_get", abi.OnInit, []any{0, "image"}, 5 + 5}, // the text itself: scope, then key
	{"state_put", abi.OnInit, []any{0, "key", "value", -1}, 1},
	{"state_append", abi.OnInit, []any{2, "key", "value"}, 1},
	{"answer", abi.OnFlagsDetect, []any{`{"dest": "args"}`}, 0},
	{"lock_request", abi.OnRunEnd, nil, 0},
	{"emit", abi.OnRunBegin, []any{"a.b", "1"}, 0},
}

// prepare sets the caller up for the good calls.
func (c *caller) prepare(ev abi.Event) {
	c.event.Event = ev
	c.event.Stage = &memStage{files: map[string][]byte{"a.txt": []byte("hello"), "src/b": []byte("x")}}
	c.event.Document = []byte(`{"run": {"op": "train"}}`)
	c.state.values, c.state.versions = map[string][]byte{}, map[string]int64{}
}

func withParams(s *engine.Spec) { s.Params = map[string]any{"lr": 0.1} }

func TestEveryFunctionSucceeds(t *testing.T) {
	c := newCaller(t, withParams)
	for _, g := range good {
		c.prepare(g.event)
		data, args := arguments(engine.HostArguments()[g.name], g.values...)
		if g.name == "state_get" {
			g.want = int32(len(data))
		}
		if got, _ := c.call(t, g.name, data, args...); got != g.want {
			t.Errorf("%s: got %d, want %d", g.name, got, g.want)
		}
	}
	if len(good) != len(abi.Functions) {
		t.Errorf("%d of %d functions tried", len(good), len(abi.Functions))
	}
}

// Each pointer of each function, outside of memory in every way.
func TestEveryPointerFaults(t *testing.T) {
	c := newCaller(t, withParams)
	for _, g := range good {
		letters := engine.HostArguments()[g.name]
		data, args := arguments(letters, g.values...)
		at := 0
		for _, letter := range letters {
			var bad [][]int64
			switch letter {
			case 's', 'b':
				bad = [][]int64{{memorySize - 3, 4}, {memorySize, 1}, {-1, 1}, {image, memorySize}, {image, -1}, {-1, -1}, {1 << 31, 1 << 31}, {0, memorySize + 1}}
			case 'o':
				bad = [][]int64{{memorySize - 23}, {memorySize}, {-1}, {-24}, {1 << 31}}
			case 'v':
				bad = [][]int64{{memorySize - 7}, {memorySize}, {-1}, {-8}, {1 << 31}}
			}
			for _, b := range bad {
				c.prepare(g.event)
				with := slices.Clone(args)
				copy(with[at:], b)
				if got, _ := c.call(t, g.name, data, with...); got != int32(abi.Fault) {
					t.Errorf("%s with %x for argument %d: got %d, want FAULT", g.name, b, at, got)
				}
			}
			if at++; letter == 's' || letter == 'b' {
				at++
			}
		}
	}
}

// Nothing has no place: a length of 0 goes with any pointer.
func TestEmptyTextAnywhere(t *testing.T) {
	c := newCaller(t)
	for _, p := range []int64{0, 1, memorySize, -1} {
		if got, _ := c.call(t, "log", "", 0, p, 0); got != 0 {
			t.Errorf("an empty message at %x: got %d", p, got)
		}
	}
}

// Each function in each event that does not permit it.
func TestEveryEventPermits(t *testing.T) {
	c := newCaller(t, withParams)
	for i, g := range good {
		for _, info := range abi.Events {
			data, args := arguments(engine.HostArguments()[g.name], g.values...)
			c.prepare(info.Event)
			got, _ := c.call(t, g.name, data, args...)
			needs := abi.Functions[i].Needs
			if permitted := needs == 0 || info.May&needs != 0; permitted != (got != int32(abi.ReadOnly)) {
				t.Errorf("%s in %s: got %d", g.name, info.Event, got)
			}
		}
	}
}

// errnoTests are misuses, each with the errno and the text of error_message. Texts of "i" and so on as in good.
var errnoTests = []struct {
	name   string
	event  abi.Event
	values []any
	want   abi.Errno
}{
	{"log", abi.OnInit, []any{3, "x"}, abi.Invalid},
	{"log", abi.OnInit, []any{-2, "x"}, abi.Invalid},
	{"log", abi.OnInit, []any{0, "\xff"}, abi.Invalid},
	{"panic_message", abi.OnInit, []any{"\xff"}, abi.Invalid},
	{"param_get", abi.OnInit, []any{"absent"}, abi.NotFound},
	{"param_get", abi.OnInit, []any{"lr.x"}, abi.NotFound},
	{"param_get", abi.OnInit, []any{"a..b"}, abi.Invalid},
	{"param_get", abi.OnInit, []any{".a"}, abi.Invalid},
	{"param_get", abi.OnInit, []any{"a."}, abi.Invalid},
	{"param_get", abi.OnInit, []any{`a."b`}, abi.Invalid},
	{"param_get", abi.OnInit, []any{`"a"b`}, abi.Invalid},
	{"param_get", abi.OnInit, []any{"\xff"}, abi.Invalid},
	{"param_get", abi.OnInit, []any{strings.Repeat("a", 1025)}, abi.TooBig},
	{"event_get", abi.OnInit, []any{"run.flags"}, abi.NotFound},
	{"event_get", abi.OnInit, []any{strings.Repeat("a", 1024)}, abi.NotFound},
	{"deny", abi.OnRunBegin, []any{"\xff"}, abi.Invalid},
	{"stop", abi.OnTrialEnd, []any{"\xff"}, abi.Invalid},
	{"stage_list", abi.OnRunBegin, []any{""}, abi.Invalid},
	{"stage_list", abi.OnRunBegin, []any{"[a"}, abi.Invalid},
	{"stage_list", abi.OnRunBegin, []any{"{a,b}"}, abi.Invalid},
	{"stage_list", abi.OnRunBegin, []any{strings.Repeat("a", 1025)}, abi.TooBig},
	{"stage_stat", abi.OnRunBegin, []any{"absent"}, abi.NotFound},
	{"stage_stat", abi.OnRunBegin, []any{"/etc/passwd"}, abi.Invalid},
	{"stage_stat", abi.OnRunBegin, []any{"../x"}, abi.Invalid},
	{"stage_stat", abi.OnRunBegin, []any{"a/./b"}, abi.Invalid},
	{"stage_stat", abi.OnRunBegin, []any{"a//b"}, abi.Invalid},
	{"stage_stat", abi.OnRunBegin, []any{"a/"}, abi.Invalid},
	{"stage_stat", abi.OnRunBegin, []any{"."}, abi.Invalid},
	{"stage_stat", abi.OnRunBegin, []any{""}, abi.Invalid},
	{"stage_stat", abi.OnRunBegin, []any{"a\x00b"}, abi.Invalid},
	{"stage_stat", abi.OnRunBegin, []any{"a\xff"}, abi.Invalid},
	{"stage_read", abi.OnRunBegin, []any{"absent", 0}, abi.NotFound},
	{"stage_read", abi.OnRunBegin, []any{"a.txt", -1}, abi.Invalid},
	{"stage_read", abi.OnRunBegin, []any{strings.Repeat("a", 1025), -1}, abi.TooBig},
	{"stage_write", abi.OnRunStaged, []any{"a.txt", 2, ""}, abi.Invalid},
	{"stage_write", abi.OnRunStaged, []any{"a.txt", -1, ""}, abi.Invalid},
	{"stage_write", abi.OnRunStaged, []any{"../x", 0, ""}, abi.Invalid},
	{"stage_write", abi.OnRunStaged, []any{"secret/x", 0, ""}, abi.Denied},
	{"stage_write", abi.OnRunStaged, []any{"secret/x", 7, strings.Repeat("a", 1<<20+1)}, abi.Denied},
	{"stage_write", abi.OnRunStaged, []any{"a.txt", 7, strings.Repeat("a", 1<<20+1)}, abi.TooBig},
	{"stage_write", abi.OnRunStaged, []any{strings.Repeat("a", 1025), 0, ""}, abi.TooBig},
	{"stage_remove", abi.OnRunStaged, []any{"absent.txt"}, abi.NotFound},
	{"stage_remove", abi.OnRunStaged, []any{"secret/x"}, abi.Denied},
	{"stage_remove", abi.OnRunStaged, []any{".."}, abi.Invalid},
	{"stage_remove", abi.OnRunStaged, []any{strings.Repeat("a", 1025)}, abi.TooBig},
	{"flag_set", abi.OnFlagsComposed, []any{"typed", "1"}, abi.Exists},
	{"flag_set", abi.OnFlagsComposed, []any{"absent", "1"}, abi.NotFound},
	{"flag_set", abi.OnFlagsComposed, []any{"plain", "1"}, abi.Invalid},
	{"flag_set", abi.OnFlagsComposed, []any{"", "1"}, abi.Invalid},
	{"flag_set", abi.OnFlagsComposed, []any{"lr", ""}, abi.Invalid},
	{"flag_set", abi.OnFlagsComposed, []any{"lr", "1 2"}, abi.Invalid},
	{"flag_set", abi.OnFlagsComposed, []any{"lr", "nan"}, abi.Invalid},
	{"flag_set", abi.OnFlagsComposed, []any{"lr", `"` + "\xff" + `"`}, abi.Invalid},
	{"flag_set", abi.OnFlagsComposed, []any{"\xff", "1"}, abi.Invalid},
	{"flag_set", abi.OnFlagsComposed, []any{"lr", nested(65)}, abi.Invalid},
	{"flag_set", abi.OnFlagsComposed, []any{"lr", strings.Repeat(" ", 64<<10) + "1"}, abi.TooBig},
	{"flag_set", abi.OnFlagsComposed, []any{strings.Repeat("a", 1025), "1"}, abi.TooBig},
	{"env_set", abi.OnRunBegin, []any{"1A", "x"}, abi.Invalid},
	{"env_set", abi.OnRunBegin, []any{"", "x"}, abi.Invalid},
	{"env_set", abi.OnRunBegin, []any{"A=B", "x"}, abi.Invalid},
	{"env_set", abi.OnRunBegin, []any{"GUILD_HOME", "x"}, abi.Invalid},
	{"env_set", abi.OnRunBegin, []any{"GUILD_RANDOM_SEED", "x"}, 0},
	{"env_set", abi.OnRunBegin, []any{"LD_PRELOAD", "x"}, abi.Invalid},
	{"env_set", abi.OnRunBegin, []any{"A", "x\x00y"}, abi.Invalid},
	{"env_set", abi.OnRunBegin, []any{"A", "\xff"}, abi.Invalid},
	{"env_set", abi.OnRunBegin, []any{"A", strings.Repeat("a", 64<<10+1)}, abi.TooBig},
	{"env_set", abi.OnRunBegin, []any{strings.Repeat("A", 1025), ""}, abi.TooBig},
	{"attr_set", abi.OnRunEnd, []any{"label", "1"}, abi.Invalid},
	{"attr_set", abi.OnRunEnd, []any{"label", "null"}, abi.Invalid},
	{"attr_set", abi.OnRunEnd, []any{"tags", `"a"`}, abi.Invalid},
	{"attr_set", abi.OnRunEnd, []any{"tags", `["a", 1]`}, abi.Invalid},
	{"attr_set", abi.OnRunEnd, []any{"tags", `["a", null]`}, abi.Invalid},
	{"attr_set", abi.OnRunEnd, []any{"Score", "1"}, abi.Invalid},
	{"attr_set", abi.OnRunEnd, []any{"../x", "1"}, abi.Invalid},
	{"attr_set", abi.OnRunEnd, []any{strings.Repeat("a", 65), "1"}, abi.Invalid},
	{"attr_set", abi.OnRunEnd, []any{"exit_status", "0"}, abi.Denied},
	{"attr_set", abi.OnRunEnd, []any{"a", strings.Repeat("1", 64<<10+1)}, abi.TooBig},
	{"plan_set", abi.OnBatchPlan, []any{"{"}, abi.Invalid},
	{"state_get", abi.OnInit, []any{0, "absent"}, abi.NotFound},
	{"state_get", abi.OnInit, []any{3, "a"}, abi.Invalid},
	{"state_get", abi.OnInit, []any{-1, "a"}, abi.Invalid},
	{"state_get", abi.OnInit, []any{0, ""}, abi.Invalid},
	{"state_get", abi.OnInit, []any{0, "\xff"}, abi.Invalid},
	{"state_get", abi.OnInit, []any{1, "a"}, abi.Unsupported},
	{"state_get", abi.OnInit, []any{0, strings.Repeat("a", 1025)}, abi.TooBig},
	{"state_put", abi.OnInit, []any{0, "a", "x", 7}, abi.Conflict},
	{"state_put", abi.OnInit, []any{0, "a", "x", -2}, abi.Invalid},
	{"state_put", abi.OnInit, []any{1, "a", "x", 0}, abi.Unsupported},
	{"state_put", abi.OnInit, []any{0, "a", strings.Repeat("a", 1<<20+1), 0}, abi.TooBig},
	{"state_append", abi.OnInit, []any{1, "a", "x"}, abi.Unsupported},
	{"state_append", abi.OnInit, []any{9, "a", "x"}, abi.Invalid},
	{"state_append", abi.OnInit, []any{0, "a", strings.Repeat("a", 1<<20+1)}, abi.TooBig},
	{"answer", abi.BatchStrategy, []any{"yes"}, abi.Invalid},
	{"answer", abi.BatchStrategy, []any{nested(65)}, abi.Invalid},
	{"answer", abi.BatchStrategy, []any{strings.Repeat("1", 1<<20+1)}, abi.TooBig},
	{"emit", abi.OnRunBegin, []any{"", "1"}, abi.Invalid},
	{"emit", abi.OnRunBegin, []any{"A", "1"}, abi.Invalid},
	{"emit", abi.OnRunBegin, []any{strings.Repeat("a", 65), "1"}, abi.Invalid},
	{"emit", abi.OnRunBegin, []any{strings.Repeat("a", 1025), "1"}, abi.TooBig},
	{"emit", abi.OnRunBegin, []any{"a", ""}, abi.Invalid},
	{"emit", abi.OnRunBegin, []any{"a", strings.Repeat("1", 1<<20+1)}, abi.TooBig},
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestErrnos(t *testing.T) {
	c := newCaller(t, withParams, func(s *engine.Spec) {
		s.Grants = append([]abi.Grant{"stage.write:*.txt", "stage.write:[.][.]/*", "stage.write:[.][.]", "stage.write:a*"}, allGrants[1:]...)
	})
	seen := map[abi.Errno]bool{}
	for _, test := range errnoTests {
		c.prepare(test.event)
		c.event.SetFlag, c.event.SetAttr = judge, judge
		data, args := arguments(engine.HostArguments()[test.name], test.values...)
		if got, _ := c.call(t, test.name, data, args...); got != int32(test.want) {
			t.Errorf("%s(%.60q): got %d, want %s", test.name, test.values, got, test.want)
		}
		seen[test.want] = true
	}
	for _, row := range abi.Errnos {
		switch row.Errno {
		case abi.Fault, abi.ReadOnly, abi.IO, abi.Limit, abi.State: // tests of their own
		default:
			if !seen[row.Errno] {
				t.Errorf("%s is not tried", row.Name)
			}
		}
	}
}

// judge refuses some flags and attributes as a runner does.
func judge(name string, _ raw) error {
	switch name {
	case "typed":
		return fmt.Errorf("the user typed it: %w", abi.Exists)
	case "absent":
		return abi.NotFound
	case "plain":
		return errors.New("not today")
	case "exit_status":
		return abi.Denied
	}
	return nil
}

// What is deepest, longest or last permitted goes through.
func TestLimitsAreReached(t *testing.T) {
	c := newCaller(t)
	tests := []struct {
		name   string
		event  abi.Event
		values []any
	}{
		{"flag_set", abi.OnFlagsComposed, []any{"lr", nested(64)}},
		{"flag_set", abi.OnFlagsComposed, []any{strings.Repeat("a", 1024), "1"}},
		{"flag_set", abi.OnFlagsComposed, []any{"lr", strings.Repeat(" ", 64<<10-1) + "1"}},
		{"env_set", abi.OnRunBegin, []any{"A", strings.Repeat("a", 64<<10)}},
		{"attr_set", abi.OnRunEnd, []any{strings.Repeat("a", 64), "1"}},
		{"stage_write", abi.OnRunEnd, []any{strings.Repeat("a", 1024), 1, strings.Repeat("a", 1<<20)}},
		{"answer", abi.BatchStrategy, []any{`"` + strings.Repeat("a", 1<<20-2) + `"`}},
		{"emit", abi.OnRunBegin, []any{strings.Repeat("a", 64), `"` + strings.Repeat("a", 1<<20-2) + `"`}},
	}
	for _, test := range tests {
		c.prepare(test.event)
		data, args := arguments(engine.HostArguments()[test.name], test.values...)
		if got, _ := c.call(t, test.name, data, args...); got != 0 {
			t.Errorf("%s: got %d", test.name, got)
		}
	}
}
