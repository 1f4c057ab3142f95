package engine_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

var longName = strings.Repeat("a", 1000)

// prices are calls that are dear to the host if any are: a guest that makes one again and again must be out of fuel about as
// soon as one that computes. The data that a call is about begins at address 0.
var prices = []struct {
	what, function string
	event          abi.Event
	data           string
	args           []int64
}{
	{"now", "now", abi.OnRunBegin, "", nil},
	{"log short", "log", abi.OnRunBegin, "again", []int64{0, 0, 5}},
	{"log 64K", "log", abi.OnRunBegin, "", []int64{0, 0, 65536}},
	{"log invalid", "log", abi.OnRunBegin, "\xff", []int64{0, 0, 1}},
	{"log invalid 2M", "log", abi.OnRunBegin, strings.Repeat("a", 2_000_000) + "\xff", []int64{0, 0, 2_000_001}},
	{"panic_message 4K", "panic_message", abi.OnRunBegin, strings.Repeat("\x1b", 4096), []int64{0, 4096}},
	{"error_message", "error_message", abi.OnRunBegin, "", []int64{0, 4096}},
	{"random 64K", "random", abi.OnRunBegin, "", []int64{0, 65536}},
	{"random 1", "random", abi.OnRunBegin, "", []int64{0, 1}},
	{"param_get none", "param_get", abi.OnRunBegin, "none", []int64{0, 4, 4096, 4096}},
	{"event_get known", "event_get", abi.OnRunBegin, "run.id", []int64{0, 6, 4096, 4096}},
	{"event_get 60K", "event_get", abi.OnRunBegin, "run", []int64{0, 3, 65536, 655360}},
	{"event_get none", "event_get", abi.OnRunBegin, "run.none", []int64{0, 8, 4096, 4096}},
	{"event_get none 1K", "event_get", abi.OnRunBegin, longName, []int64{0, 1000, 4096, 4096}},
	{"event_get dots", "event_get", abi.OnRunBegin, strings.Repeat("a.", 499) + "a", []int64{0, 999, 4096, 4096}},
	{"event_get malformed", "event_get", abi.OnRunBegin, strings.Repeat("\x01", 999) + ".", []int64{0, 1000, 4096, 4096}},
	{"event_get fault", "event_get", abi.OnRunBegin, "", []int64{0, -1, 4096, 4096}},
	{"deny 4K", "deny", abi.OnRunBegin, strings.Repeat("\x1b", 4096), []int64{0, 4096}},
	{"deny invalid", "deny", abi.OnRunBegin, strings.Repeat("a", 4000) + "\xff", []int64{0, 4096}},
	{"stage_list", "stage_list", abi.OnRunStaged, "**/*.py", []int64{0, 7, 4096, 4096}},
	{"stage_list none", "stage_list", abi.OnRunStaged, "a", []int64{0, 1, 4096, 4096}},
	{"stage_list malformed", "stage_list", abi.OnRunStaged, longName + "[", []int64{0, 1001, 4096, 4096}},
	{"stage_stat", "stage_stat", abi.OnRunStaged, "f1", []int64{0, 2, 4096}},
	{"stage_stat none", "stage_stat", abi.OnRunStaged, longName, []int64{0, 1000, 4096}},
	{"stage_read", "stage_read", abi.OnRunStaged, "f1", []int64{0, 2, 0, 4096, 4096}},
	{"stage_read 1M", "stage_read", abi.OnRunStaged, "big", []int64{0, 3, 0, 4096, 1 << 20}},
	{"stage_write", "stage_write", abi.OnRunStaged, "f1", []int64{0, 2, 0, 0, 5}},
	{"stage_write malformed", "stage_write", abi.OnRunStaged, strings.Repeat("\x01", 1000) + "/", []int64{0, 1001, 0, 0, 5}},
	{"stage_remove none", "stage_remove", abi.OnRunStaged, "none", []int64{0, 4}},
	{"flag_set", "flag_set", abi.OnFlagsComposed, "1", []int64{0, 1, 0, 1}},
	{"flag_set 60K", "flag_set", abi.OnFlagsComposed, "[" + strings.Repeat("1,", 30_000) + "1]", []int64{1, 1, 0, 60_003}},
	{"flag_set strings", "flag_set", abi.OnFlagsComposed, `["` + strings.Repeat("x", 60_000) + `"]`, []int64{2, 1, 0, 60_004}},
	{"env_set", "env_set", abi.OnRunBegin, "A", []int64{0, 1, 0, 1}},
	{"env_set name 1K", "env_set", abi.OnRunBegin, longName, []int64{0, 1000, 0, 1}},
	{"env_set malformed", "env_set", abi.OnRunBegin, longName + "-", []int64{0, 1001, 0, 1}},
	{"env_set value 60K", "env_set", abi.OnRunBegin, strings.Repeat("A", 60_000), []int64{0, 1, 0, 60_000}},
	{"attr_set", "attr_set", abi.OnRunBegin, "a1", []int64{0, 1, 1, 1}},
	{"attr_set tags", "attr_set", abi.OnRunBegin, `tags["a` + strings.Repeat(`","a`, 10_000) + `"]`, []int64{0, 4, 4, 40_005}},
	{"plan_set 1M", "plan_set", abi.OnBatchPlan, "[" + strings.Repeat("[1],", 200_000) + "1]", []int64{0, 800_003}},
	{"plan_set empty trials", "plan_set", abi.OnBatchPlan, "[" + strings.Repeat("{},", 30_000) + "{}]", []int64{0, 90_004}},
	{"plan_set one trial", "plan_set", abi.OnBatchPlan, `["` + strings.Repeat("x", 2_000_000) + `"]`, []int64{0, 2_000_004}},
	{"plan_set small", "plan_set", abi.OnBatchPlan, "1", []int64{0, 1}},
	{"answer 1M", "answer", abi.OnFlagsDetect, `{"` + strings.Repeat("x", 1_000_000) + `":1}`, []int64{0, 1_000_006}},
	{"state_get none", "state_get", abi.OnRunBegin, "k", []int64{0, 0, 1, 4096, 4096, 0}},
	{"state_get 1M", "state_get", abi.OnRunBegin, "big", []int64{0, 0, 3, 4096, 1 << 20, 0}},
	{"state_put", "state_put", abi.OnRunBegin, "k", []int64{0, 0, 1, 0, 1, -1}},
	{"state_put 1M", "state_put", abi.OnRunBegin, "k", []int64{0, 0, 1, 0, 1 << 20, -1}},
	{"lock_request", "lock_request", abi.OnRunEnd, "", nil},
	{"emit", "emit", abi.OnRunEnd, "a1", []int64{0, 1, 1, 1}},
	{"emit malformed", "emit", abi.OnRunEnd, "a" + strings.Repeat("[", 100), []int64{0, 1, 1, 100}},
}

// No call of the host is so cheap for what it does that a guest is ended by its time instead of its fuel. (Some took a
// thousand times as long as they take now.)
func TestPrices(t *testing.T) {
	for _, test := range prices {
		const fuel = 10_000_000
		took := time.Hour
		for range 3 {
			began := time.Now()
			spendAll(t, loadLoop(t, test.function, test.event, test.data, test.args, fuel), test.event)
			took = min(took, time.Since(began))
		}
		if took > 100*time.Nanosecond*fuel {
			t.Errorf("%s: %s for %d units", test.what, took, fuel)
		}
	}
}

// A plan of 10,000 trials with all that is known of them is within the fuel that a hook has by default, and most of that is left for
// making it; a plan of many more trials is not, however short it is.
func TestPlanPrice(t *testing.T) {
	trial := `{"flags":{"a":"` + strings.Repeat("x", 100) + `","lr":0.001},"id":"0123456789abcdef0123456789abcdef","index":1000,"random_seed":4000000000,"replicate":0}`
	whole := "[" + strings.Repeat(trial+",", 9999) + trial + "]"
	load := func(text string) *engine.Hook {
		h, err := newEngine(t, engine.Config{}).Load(t.Context(), engine.Spec{
			Name: "plan", Module: calling("plan_set", abi.OnBatchPlan, text, []int64{0, int64(len(text))}, 1), Grants: []abi.Grant{abi.GrantPlanSet},
		})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if got := succeed(t, load(whole), call(abi.OnBatchPlan)); got.Fuel > abi.DefaultFuel/3 || len(got.Plan) != len(whole) {
		t.Errorf("%d bytes for %d units", len(got.Plan), got.Fuel)
	}
	fails(t, load("["+strings.Repeat("{},", 200_000)+"{}]"), call(abi.OnBatchPlan), engine.KindFuel,
		`hook "plan": on_batch_plan: used up its 1000000000 units of fuel`)
}

// Calls in code without a loop are bounded as well: the code between them is too short to ask for fuel.
func TestStraightCalls(t *testing.T) {
	const fuel = 2_000_000
	h, err := newEngine(t, engine.Config{}).Load(t.Context(), engine.Spec{
		Name: "straight", Module: calling("random", abi.OnRunBegin, "", []int64{0, 1000}, 15_000), Fuel: fuel,
	})
	if err != nil {
		t.Fatal(err)
	}
	f := fails(t, h, call(abi.OnRunBegin), engine.KindFuel, `hook "straight": on_run_begin: used up its 2000000 units of fuel`)
	if used := f.Result.Fuel; used < fuel || used > fuel+fuel/4 {
		t.Errorf("used %d of %d units", used, fuel)
	}
}

// An event goes well if and only if its fuel is enough for it, however few places there are to notice that it is not.
func TestFuelIsExact(t *testing.T) {
	both(t, func(t *testing.T, e *engine.Engine) {
		for _, name := range []string{"guests/noop", "guests/counter", "guests/params", "guests/effects", "guests/table"} {
			params := func(s *engine.Spec) {
				s.Params = map[string]any{"text": strings.Repeat("x", 30_000), "list": []int{1, 2}}
			}
			enough := succeed(t, loadIn(t, e, name, params), call(abi.OnRunBegin)).Fuel
			with := func(fuel uint64) func(*engine.Spec) { return func(s *engine.Spec) { s.Fuel = fuel } }
			if got := succeed(t, loadIn(t, e, name, params, with(enough)), call(abi.OnRunBegin)).Fuel; got != enough {
				t.Errorf("%s with all it needs took %d units, before %d", name, got, enough)
			}
			h := loadIn(t, e, name, params, with(enough-1))
			fails(t, h, call(abi.OnRunBegin), engine.KindFuel, fmt.Sprintf("hook %q: on_run_begin: used up its %d units of fuel", h.Name(), enough-1))
		}
	})
}

// BenchmarkPrices shows how long a unit of fuel takes.
func BenchmarkPrices(b *testing.B) {
	for _, test := range prices {
		b.Run(strings.ReplaceAll(test.what, " ", "-"), func(b *testing.B) {
			const fuel = 40_000_000
			h := loadLoop(b, test.function, test.event, test.data, test.args, fuel)
			for b.Loop() {
				spendAll(b, h, test.event)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/fuel*1000, "ps/unit")
		})
	}
}

func loadLoop(tb testing.TB, function string, event abi.Event, data string, args []int64, fuel uint64) *engine.Hook {
	h, err := newEngine(tb, engine.Config{}).Load(tb.Context(), engine.Spec{
		Name: "price", Module: looping(function, event, data, args), Grants: allGrants, Fuel: fuel, Timeout: time.Minute,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// spendAll calls an event that must be out of fuel at its end.
func spendAll(tb testing.TB, h *engine.Hook, event abi.Event) {
	files := map[string][]byte{"f1": []byte("text"), "big": make([]byte, 1<<20)}
	for i := range 1000 {
		files[fmt.Sprintf("dir/file%d.py", i)] = nil
	}
	state := newState()
	state.values["big"] = make([]byte, 1<<20)
	c := call(event)
	c.Document = []byte(`{"run": {"id": "abc", "text": "` + strings.Repeat("x", 60_000) + `"}}`)
	c.Stage = &memStage{files: files}
	c.State = func(int32) engine.State { return state }
	_, err := h.Call(context.Background(), c)
	var f *engine.Failure
	if !errors.As(err, &f) || f.Kind != engine.KindFuel {
		tb.Fatal(err)
	}
}

// looping is a module that calls a function of the host with the same arguments for ever.
func looping(function string, event abi.Event, data string, args []int64) []byte {
	return calling(function, event, data, args, 0)
}

// calling makes so many calls, or calls for ever.
func calling(function string, event abi.Event, data string, args []int64, times int) []byte {
	var decl abi.Function
	for _, f := range abi.Functions {
		if f.Name == function {
			decl = f
		}
	}
	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, content []byte) {
		out = append(binary.AppendUvarint(append(out, id), uint64(len(content))), content...)
	}
	name := func(s string) []byte { return append(binary.AppendUvarint(nil, uint64(len(s))), s...) }
	types := func(list []abi.ValueType) []byte {
		t := []byte{byte(len(list))}
		for _, v := range list {
			t = append(t, byte(v))
		}
		return t
	}
	section(1, append(append(append([]byte{2, 0x60}, types(decl.Params)...), types(decl.Results)...), 0x60, 0, 1, 0x7f))
	section(2, append(append(append([]byte{1}, name(abi.Module)...), name(function)...), 0, 0))
	section(3, []byte{1, 1})
	section(5, []byte{1, 0, 40})
	section(7, append(append(append(append([]byte{2}, name("memory")...), 2, 0), name(string(event))...), 0, 1))
	var code []byte
	for i, a := range args {
		code = append(code, 0x41)
		if decl.Params[i] == abi.I64 {
			code[len(code)-1] = 0x42
		}
		for ; a < -64 || a > 63; a >>= 7 {
			code = append(code, byte(a)|0x80)
		}
		code = append(code, byte(a)&0x7f)
	}
	code = append(code, 0x10, 0, 0x1a)
	if times > 0 {
		code = append(append([]byte{0}, bytes.Repeat(code, times)...), 0x41, 0, 0x0b)
	} else {
		code = append(append([]byte{0, 0x03, 0x40}, code...), 0x0c, 0, 0x0b, 0x00, 0x0b)
	}
	section(10, append([]byte{1}, append(binary.AppendUvarint(nil, uint64(len(code))), code...)...))
	section(11, append([]byte{1, 0, 0x41, 0, 0x0b}, name(data)...))
	return out
}
