package hooks_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
)

// threeTrials are two repetitions of one condition and one of another, of which one failed.
const threeTrials = `{"run":{"op":"train"},"batch":{"id":"bbb","count":3,"replicates":2,"conditions":["small","large"],"trials":[
	{"index":0,"id":"a","flags":{"lr":0.1},"replicate":0,"condition":"small","random_seed":1,"status":"completed","exit_status":0,"duration":1.5,"scalars":{"loss":{"last":0.5,"min":0.5,"max":2,"count":3,"step":3}}},
	{"index":1,"id":"b","flags":{"lr":0.1},"replicate":1,"condition":"small","random_seed":2,"status":"completed","exit_status":0,"duration":2.5,"scalars":{"loss":{"last":1.5,"min":1,"max":2,"count":3,"step":3}}},
	{"index":2,"id":"c","flags":{"lr":1},"replicate":0,"condition":"large","random_seed":1,"status":"error","exit_status":1,"error":"exit status 1","duration":0.5}]}}`

func (b *bench) file(name string) string {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

func TestAggregate(t *testing.T) {
	b := newBench(t, "aggregate", `{"metrics": ["loss"]}`)
	b.call(abi.OnBatchEnd, threeTrials)
	var results struct {
		ID         string
		Replicates int
		Trials     []abi.TrialDoc
		Groups     []struct {
			Group             string
			Trials, Completed int
			Metrics           map[string]*struct{ Mean, Std float64 }
		}
	}
	if err := json.Unmarshal([]byte(b.file("results.json")), &results); err != nil {
		t.Fatal(err)
	}
	if results.ID != "bbb" || results.Replicates != 2 || len(results.Trials) != 3 || results.Trials[2].Error != "exit status 1" {
		t.Errorf("results: %+v", results)
	}
	small, large := results.Groups[0], results.Groups[1]
	if small.Group != "small" || small.Completed != 2 || small.Metrics["loss"].Mean != 1 || large.Trials != 1 || large.Completed != 0 || large.Metrics["loss"] != nil {
		t.Errorf("groups: %+v", results.Groups)
	}

	b = newBench(t, "aggregate", `{"file": "results.csv", "metrics": ["loss"]}`)
	b.call(abi.OnBatchEnd, threeTrials)
	rows, err := csv.NewReader(strings.NewReader(b.file("results.csv"))).ReadAll()
	if err != nil || len(rows) != 4 || rows[3][2] != "error" {
		t.Errorf("rows %q, %v", rows, err)
	}
	if want := "group,metric,count,mean,min,max,std\nsmall,loss,2,1,0.5,1.5,0.707106781187\nlarge,loss,0,,,,\n"; b.file("results-groups.csv") != want {
		t.Errorf("groups\n%s", b.file("results-groups.csv"))
	}
	// Only what is granted is written.
	b = newBench(t, "aggregate", `{"file": "all.jsonl"}`)
	if got := b.failure(abi.OnBatchEnd, threeTrials); !strings.Contains(got, "all.jsonl") {
		t.Errorf("failure %q", got)
	}
}

// TestManyTrials: the end of a batch of two thousand trials takes a fifth of the fuel of one event, a table of them twice that.
func TestManyTrials(t *testing.T) {
	const trials = 2000
	document := manyTrials(trials)
	for _, c := range []struct {
		hook, params string
		most         uint64
	}{
		{"aggregate", `{"metrics":["loss"]}`, abi.DefaultFuel / 5},
		{"aggregate", `{"file":"results.csv"}`, abi.DefaultFuel / 2},
		{"logging", `{"metric":"loss"}`, abi.DefaultFuel / 5},
		{"timing", `{"file":"timing.json"}`, abi.DefaultFuel / 5},
		{"notify", `{}`, abi.DefaultFuel / 5},
		{"artifacts", `{}`, abi.DefaultFuel / 5},
	} {
		res := newBench(t, c.hook, c.params).call(abi.OnBatchEnd, document)
		if res.Fuel > c.most {
			t.Errorf("%s %s: %d fuel, want at most %d", c.hook, c.params, res.Fuel, c.most)
		}
		t.Logf("%s %s: %d fuel, %v", c.hook, c.params, res.Fuel, res.Duration)
	}
}

func manyTrials(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"id":"%032x","index":%d,"flags":{"lr":0.%d,"seed":%d},"replicate":%d,"random_seed":1,"condition":"c%d","status":"completed","exit_status":0,`+
			`"started":"2026-11-21T13:13:53.000000Z","duration":0.25,"scalars":{"loss":{"count":3,"last":0.%d,"max":3,"min":0.1,"step":3}}}`, i, i, i, i, i, i%10, i))
	}
	return `{"run":{"op":"train+"},"batch":{"id":"b","trials":[` + strings.Join(list, ",") + `]}}`
}
