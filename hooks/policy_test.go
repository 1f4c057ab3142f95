package hooks_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
)

func TestEarlyStop(t *testing.T) {
	b := newBench(t, "early-stop", `{"scalar": "val.loss", "patience": 3, "above": 100, "nan": true}`)
	look := func(step int, last, least string) string {
		t.Helper()
		return b.call(abi.OnRunProgress, fmt.Sprintf(`{"run":{"scalars":{"val.loss":{"last":%s,"min":%s,"max":9,"count":1,"step":%d}}}}`, last, least, step)).Reason
	}
	b.call(abi.OnRunBegin, `{"run":{}}`)
	if res := b.call(abi.OnRunProgress, `{"run":{}}`); res.Stopped {
		t.Errorf("stopped before anything was printed: %s", res.Reason)
	}
	for _, c := range []struct {
		step        int
		last, least string
		want        string
	}{
		{0, "2.0", "2.0", ""},
		{1, "1.50", "1.50", ""},
		{3, "1.7", "1.50", ""},
		{4, "1.7", "1.50", "val.loss has not been better than 1.50 (step 1) for 3 steps"},
		{5, "1.25", "1.25", ""},
		{6, "101", "1.25", "val.loss=101 is above 100 at step 6"},
		{7, "null", "1.25", "val.loss is not a finite number at step 7"},
	} {
		if got := look(c.step, c.last, c.least); got != c.want {
			t.Errorf("step %d: %q, want %q", c.step, got, c.want)
		}
	}
	// A restart knows nothing of before; another run likewise.
	b.call(abi.OnRunBegin, `{"run":{}}`)
	if got := look(0, "3", "3"); got != "" {
		t.Errorf("after a restart: %s", got)
	}
	missing := newBench(t, "early-stop", `{"scalar": "loss", "nan": false}`).call(abi.OnInit, "{}")
	if want := "there is no rule to stop by: give patience, above, below or nan"; missing.Reason != want {
		t.Errorf("parameters: %q", missing.Reason)
	}
}

// write puts a file into the stage.
func (b *bench) write(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func TestNoSecrets(t *testing.T) {
	secret := "AKIA" + "J3K9XQ2MZ7PL4VT8"
	b := newBench(t, "no-secrets", `{"allow": ["tests/**"]}`)
	b.write("train.py", "import os\n\nlr = 0.1\n")
	b.write("tests/fixture.py", "key = '"+secret+"'\n")
	if res := b.call(abi.OnRunStaged, "{}"); res.Denied {
		t.Fatalf("refused: %s", res.Reason)
	}
	b.write("src/cloud.py", "import boto3\n\nkey = '"+secret+"'\n")
	b.write("config.json", `{"db_password": "tR7!kq9zLm"}`)
	b.write(".env", "")
	res := b.call(abi.OnRunStaged, "{}")
	want := "credentials must not be staged: .env (environment file), config.json:1 (value assigned to a name such as password), src/cloud.py:3 (AWS access key id)"
	if !res.Denied || res.Reason != want {
		t.Errorf("reason\n%s\nwant\n%s", res.Reason, want)
	}
	if strings.Contains(res.Reason+logged(res), secret) {
		t.Error("the secret is told")
	}
}

// TestNoSecretsFuel: what it looks at by default is within the budget of one event, of source code as of one long line.
func TestNoSecretsFuel(t *testing.T) {
	for name, text := range map[string]string{
		"source":  strings.Repeat("    self.task_name = config.get('settings', default=None)  # see x-y: a-b\n", 3500),
		"letters": strings.Repeat("gsxAhSprndy", 23800),
		"signs":   strings.Repeat("=:-", 87000),
	} {
		b := newBench(t, "no-secrets", `{"patterns": ["internal.example.org"]}`)
		for i := range 17 {
			b.write(fmt.Sprintf("f%d.py", i), text)
		}
		res := b.call(abi.OnRunStaged, "{}")
		if res.Denied {
			t.Errorf("%s: %s", name, res.Reason)
		}
		t.Logf("%s: %d fuel, %v: %s", name, res.Fuel, res.Duration, logged(res))
	}
}

func TestCleanGit(t *testing.T) {
	b := newBench(t, "clean-git", `{}`)
	for document, want := range map[string]string{
		`{"run":{},"project":{"vcs":{"commit":"0123abc","dirty":false}}}`:                                             "",
		`{"run":{},"project":{"vcs":{"commit":"0123abc","dirty":true,"changed":["modified a.py","untracked b.py"]}}}`: "not committed: modified a.py, untracked b.py",
		`{"run":{},"project":{"vcs":{"dirty":true,"changed":["untracked b.py"]}}}`:                                    "nothing is committed yet",
		`{"run":{},"project":{"vcs":{"dirty":false,"error":"not a git repository"}}}`:                                 "the project's commit is not known: not a git repository",
		`{"run":{},"project":{}}`: "this guild does not tell hooks of version control",
	} {
		if res := b.call(abi.OnFlagsComposed, document); res.Reason != want || res.Denied != (want != "") {
			t.Errorf("%s: %q, want %q", document, res.Reason, want)
		}
	}
}
