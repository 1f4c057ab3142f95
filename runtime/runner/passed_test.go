package runner

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The last call for each event counts, of the last start; what a crash left of a line does not.
func TestLastCalls(t *testing.T) {
	line := func(seq int, hook, event, verdict string) string {
		return fmt.Sprintf(`{"seq":%d,"hook":%q,"event":%q,"verdict":%q}`, seq, hook, event, verdict)
	}
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"none", nil, nil},
		{"another hook", []string{line(1, "other", "on_init", "done")}, nil},
		{"one", []string{line(1, "h", "on_init", "done")}, []string{"on_init done"}},
		{"twice", []string{line(1, "h", "on_run_progress", "failed"), line(2, "h", "on_run_progress", "done")}, []string{"on_run_progress done"}},
		{"started again", []string{
			line(1, "h", "on_init", "done"), line(2, "h", "on_run_begin", "done"), line(1, "other", "on_init", "done"), line(2, "h", "on_run_begin", "denied"),
		}, []string{"on_run_begin denied"}},
		{"started again without it", []string{line(1, "h", "on_init", "done"), line(1, "other", "on_init", "done")}, nil},
		{"a condition that failed has no number", []string{line(3, "h", "on_init", "done"), line(0, "h", "on_run_begin", "failed")},
			[]string{"on_init done", "on_run_begin failed"}},
		{"half a line", []string{line(1, "h", "on_init", "done"), `{"seq":2,"hook":"h","ev`, line(3, "h", "on_run_begin", "done")},
			[]string{"on_init done", "on_run_begin done"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for event, rec := range lastCalls([]byte(strings.Join(c.lines, "\n")+"\n"), "h") {
				got = append(got, fmt.Sprintf("%s %s", event, rec.Verdict))
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
