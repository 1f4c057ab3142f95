package hooks_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
)

func TestArtifacts(t *testing.T) {
	b := newBench(t, "artifacts", `{"retention": 2, "exclude": ["tmp/**"]}`)
	end := func(id string) []string {
		t.Helper()
		b.newRun(abi.ScopeRun)
		b.write("train.py", "x = 1")
		b.call(abi.OnRunStaged, fmt.Sprintf(`{"run":{"id":%q,"op":"train"}}`, id))
		b.write("model.bin", id)
		b.write("tmp/x", "")
		var said []string
		for _, e := range b.call(abi.OnRunEnd, fmt.Sprintf(`{"run":{"id":%q,"op":"train","status":"completed"}}`, id)).Emitted {
			said = append(said, e.Topic+" "+string(e.Data))
		}
		return said
	}
	if said := end("first"); said != nil {
		t.Errorf("advice %q", said)
	}
	var list struct {
		Run, Version string
		Files        []struct {
			Path string
			Size int
		}
	}
	if err := json.Unmarshal([]byte(b.file("artifacts.json")), &list); err != nil {
		t.Fatal(err)
	}
	if list.Run != "first" || list.Version != "v0" || len(list.Files) != 1 || list.Files[0].Path != "model.bin" || list.Files[0].Size != 5 {
		t.Errorf("list %+v", list)
	}
	b.dir = t.TempDir()
	end("second")
	b.dir = t.TempDir()
	if said := strings.Join(end("third"), "\n"); said != `prune {"run":"first","version":"v0","why":"there are 2 newer versions","command":"guild runs rm --keep-locked first"}` {
		t.Errorf("advice %s", said)
	}
	b.dir = t.TempDir()
	b.call(abi.OnBatchEnd, threeTrials)
	if got := b.file("small/results.json"); got != "{\"condition\": \"small\", \"metrics\": {\"loss\": [0.5, 1.5]}}\n" {
		t.Errorf("results %s", got)
	}
	if !json.Valid([]byte(b.file("metadata.json"))) || !json.Valid([]byte(b.file("large/results.json"))) {
		t.Errorf("metadata %s", b.file("metadata.json"))
	}
}

// TestArtifactsMany: a run that made a thousand files, of as many that were staged, is within the budget of one event.
func TestArtifactsMany(t *testing.T) {
	b := newBench(t, "artifacts", `{}`)
	for i := range 1_000 {
		b.write(fmt.Sprintf("in/%d/%d.txt", i%100, i), "x")
	}
	res := b.call(abi.OnRunStaged, `{"run":{"id":"a","op":"train"}}`)
	t.Logf("staged: %d fuel, %v", res.Fuel, res.Duration)
	for i := range 1_000 {
		b.write(fmt.Sprintf("out/%d/%d.txt", i%100, i), "x")
	}
	res = b.call(abi.OnRunEnd, `{"run":{"id":"a","op":"train","status":"completed"}}`)
	t.Logf("ended: %d fuel, %v", res.Fuel, res.Duration)
	if n := strings.Count(b.file("artifacts.json"), `"path":"out/`); n != 1_000 {
		t.Errorf("%d files", n)
	}
}
