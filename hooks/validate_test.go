package hooks_test

import (
	"testing"

	"github.com/guild-run/guild/abi"
)

func TestValidate(t *testing.T) {
	b := newBench(t, "validate", `{"required":["lr","db.port"],"types":{"epochs":"int"},"ranges":{"lr":{"above":0,"max":1}},"choices":{"opt":["adam","sgd"]}}`)
	for document, want := range map[string]string{
		`{"run":{"flags":{"lr":0.5,"db.port":80,"epochs":3,"opt":"sgd"}}}`:     "",
		`{"run":{"flags":{"lr":1.0,"db":{"port":80}}}}`:                        "",
		`{"run":{"flags":{"lr":0,"db":{},"epochs":1.5,"opt":"Adam"}}}`:         `db.port is missing; epochs=1.5 is not an integer; lr=0 is not above 0; opt="Adam" is not one of "adam", "sgd"`,
		`{"run":{"flags":{"lr":null,"db.port":null}}}`:                         "lr is null, and must have a value; db.port is null, and must have a value",
		`{"run":{"is_batch":true,"flags":{"lr":[0.1,5]}},"batch":{"count":2}}`: "",
	} {
		res := b.call(abi.OnFlagsComposed, document)
		if res.Reason != want || res.Denied != (want != "") {
			t.Errorf("%s\ndenied %v: %s\nwant %s", document, res.Denied, res.Reason, want)
		}
	}
	res := b.call(abi.OnBatchPlan, `{"run":{},"batch":{"trials":[{"index":0,"flags":{"lr":0.1,"db.port":1}},{"index":1,"flags":{"lr":5,"db.port":1}}]}}`)
	if want := "trial 2: lr=5 is over the maximum of 1"; res.Reason != want {
		t.Errorf("plan: %s, want %s", res.Reason, want)
	}
	bad := newBench(t, "validate", `{"types":{"lr":"flot"},"ranges":{"n":{"min":3,"max":2}}}`).call(abi.OnInit, "{}")
	if want := `parameter "types": lr: unknown type "flot" (did you mean "float"?); parameter "ranges": n: no number is in this range`; bad.Reason != want {
		t.Errorf("parameters: %s, want %s", bad.Reason, want)
	}
}
