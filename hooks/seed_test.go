package hooks_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
)

func TestSeed(t *testing.T) {
	b := newBench(t, "seed", `{"seed": 123}`)
	res := b.call(abi.OnFlagsComposed, `{"run":{"flags":{"seed":0,"lr":1},"flags_set":["lr"]}}`)
	if len(res.Flags) != 1 || res.Flags[0].Name != "seed" || string(res.Flags[0].JSON) != "123" {
		t.Errorf("flags set: %s", res.Flags)
	}
	if res := b.call(abi.OnFlagsComposed, `{"run":{"flags":{"seed":0},"flags_set":["seed"]}}`); len(res.Flags) != 0 {
		t.Errorf("a typed flag was set: %s", res.Flags)
	}
	res = b.call(abi.OnBatchPlan, `{"run":{"flags_set":["lr"]},"batch":{"trials":[
		{"id":"a","index":0,"flags":{"lr":1,"seed":0},"replicate":0,"condition":"small"},
		{"id":"b","index":1,"flags":{"lr":2,"seed":0},"replicate":0,"condition":"large"},
		{"id":"c","index":2,"flags":{"lr":1,"seed":0},"replicate":1,"condition":"small"},
		{"id":"d","index":3,"flags":{"lr":2,"seed":0},"replicate":2,"condition":"large"}]}}`)
	want := `[{"id":"a","random_seed":123,"flags":{"seed":123}},{"id":"b","random_seed":123,"flags":{"seed":123}},` +
		`{"id":"c","random_seed":31460,"flags":{"seed":31460}},{"id":"d","random_seed":62797,"flags":{"seed":62797}}]`
	if string(res.Plan) != want {
		t.Errorf("plan\n%s\nwant\n%s", res.Plan, want)
	}
	res = b.call(abi.OnRunBegin, `{"run":{"flags":{"lr":2},"random_seed":62797},"batch":{"replicate":2}}`)
	if fmt.Sprint(res.Env) != "[{GUILD_RANDOM_SEED 62797} {PYTHONHASHSEED 62797}]" {
		t.Errorf("environment %v", res.Env)
	}
}

// TestSeedOfMany: a plan of ten thousand trials is within the limits of one event.
func TestSeedOfMany(t *testing.T) {
	var list []string
	for i := range 10_000 {
		list = append(list, fmt.Sprintf(`{"id":"%032x","index":%d,"flags":{"lr":0.%d,"seed":0},"replicate":%d,"random_seed":1,"condition":"c"}`, i, i, i, i))
	}
	b := newBench(t, "seed", `{"seed": 1}`)
	res := b.call(abi.OnBatchPlan, `{"run":{"flags_set":["lr"]},"batch":{"trials":[`+strings.Join(list, ",")+`]}}`)
	if n := strings.Count(string(res.Plan), "random_seed"); n != len(list) {
		t.Errorf("%d trials in the plan", n)
	}
	t.Logf("%d bytes, %d fuel, %v", len(res.Plan), res.Fuel, res.Duration)
}
