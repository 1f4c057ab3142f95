package hooks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/abi"
)

func TestLogging(t *testing.T) {
	b := newBench(t, "logging", `{"metric": "loss", "verbose": true}`)
	batch := `{"run":{"op":"train"},"batch":{"id":"bbb","count":3,"replicates":2,"conditions":["small","large"],"random_seed":42}}`
	check := func(event abi.Event, document, want string) {
		t.Helper()
		if got := logged(b.call(event, document)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", event, got, want)
		}
	}
	check(abi.OnBatchBegin, batch, "i Experiment: 2 replicates, 2 conditions, 3 trials (seed=42)")
	check(abi.OnTrialEnd, `{"run":{"op":"train","cmd":["train"],"status":"completed","duration":1.5,"flags":{"lr":1}},"batch":{"index":1,"count":3,"replicate":1,"replicates":2,"condition":"small"}}`,
		"i Rep 2/2 small finished step train in 1.5s")
	b.now = b.now.Add(12340 * time.Millisecond)
	check(abi.OnBatchEnd, threeTrials, "w Completed in 12.3s; Best loss: 'small' (1); 1 errors")
	check(abi.OnRunBegin, `{"run":{"op":"train","flags":{"lr":0.1}}}`, "i Started train lr=0.1")
	check(abi.OnRunEnd, `{"run":{"status":"completed","duration":2,"scalars":{"loss":{"last":0.5}}}}`, "i Succeeded in 2.0s with loss=0.5")
	check(abi.OnRunEnd, `{"run":{"status":"error","exit_status":1,"duration":0.5,"output_tail":"Traceback\nValueError: 3\n"}}`,
		"e Failed with exit status 1 in 0.5s\n  Traceback\n  ValueError: 3")
	check(abi.OnRunEnd, `{"run":{"status":"terminated","duration":7300,"stop_reason":"stop-after 2h"}}`, "w Terminated in 2h 1m: stop-after 2h")
	bad := newBench(t, "logging", `{"level": "INVALID"}`).call(abi.OnInit, "{}")
	if want := `invalid value "INVALID" for parameter "level": want one of debug, info, warning, error`; bad.Reason != want {
		t.Errorf("level: %s", bad.Reason)
	}
}

func TestTiming(t *testing.T) {
	b := newBench(t, "timing", `{"file": "timing.json"}`)
	for _, run := range []string{`"completed","duration":10`, `"error","duration":1`, `"completed","duration":12`, `"terminated","duration":999`, `"completed","duration":20`} {
		if got := logged(b.call(abi.OnRunBegin, `{"run":{"op":"train"}}`)); got != "" {
			t.Errorf("an estimate too early: %s", got)
		}
		res := b.call(abi.OnRunEnd, `{"run":{"op":"train","status":`+run+`}}`)
		if len(res.Attrs) != 1 || res.Attrs[0].Name != "seconds" {
			t.Errorf("attributes %s", res.Attrs)
		}
	}
	if got := logged(b.call(abi.OnRunBegin, `{"run":{"op":"train"}}`)); got != "i usually takes 12.0s" {
		t.Errorf("estimate %q", got)
	}
	if got := logged(b.call(abi.OnBatchBegin, `{"run":{"op":"train+","is_batch":true},"batch":{"count":5}}`)); got != "i 5 trials usually take 12.0s each, one after the other 60.0s" {
		t.Errorf("estimate of a batch %q", got)
	}
	if got := logged(b.call(abi.OnBatchEnd, threeTrials)); got != "i 2 trials completed: mean 2.0s, median 2.0s, 1.5s to 2.5s (trial 2); 1 failed" {
		t.Errorf("batch %q", got)
	}
	if want := "[\n{\"index\":0,\"status\":\"completed\",\"seconds\":1.5},\n"; !strings.HasPrefix(b.file("timing.json"), want) {
		t.Errorf("file\n%s", b.file("timing.json"))
	}
}

func TestNotify(t *testing.T) {
	b := newBench(t, "notify", `{"on": ["error"], "topic": "ci"}`)
	check := func(event abi.Event, document, want string) {
		t.Helper()
		var got string
		for _, e := range b.call(event, document).Emitted {
			got += fmt.Sprintf("%s %s", e.Topic, e.Data)
		}
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", event, got, want)
		}
	}
	check(abi.OnRunBegin, `{"run":{"id":"a","op":"train","flags":{"lr":1}}}`, `ci.run.begin {"id":"a","op":"train","flags":{"lr":1}}`)
	check(abi.OnRunEnd, `{"run":{"id":"a","status":"completed"}}`, "")
	check(abi.OnRunEnd, `{"run":{"id":"a","op":"train","status":"error","exit_status":1,"duration":0.5,"scalars":{"loss":{"last":2}}},"batch":{"id":"b","index":1,"count":3,"replicate":0}}`,
		`ci.run.end {"id":"a","op":"train","status":"error","exit_status":1,"duration":0.5,"scalars":{"loss":2},"batch":"b","index":1,"count":3,"replicate":0}`)
	check(abi.OnTrialEnd, `{"run":{"id":"a","status":"error"},"batch":{"id":"b","index":1}}`, `ci.trial.end {"id":"a","status":"error","batch":"b","index":1}`)
	check(abi.OnBatchBegin, `{"run":{"op":"train"},"batch":{"id":"b","count":3,"replicates":2}}`, `ci.batch.begin {"op":"train","id":"b","count":3,"replicates":2}`)
	check(abi.OnBatchEnd, threeTrials, `ci.batch.end {"id":"bbb","count":3,"status":"error","op":"train","trials":{"completed":2,"error":1}}`)
}
