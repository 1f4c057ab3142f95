package needed_test

import (
	"testing"

	"github.com/guild-run/guild/runtime/needed"
	"github.com/guild-run/guild/runtime/run"
)

func TestReject(t *testing.T) {
	ref := run.OpRef{Type: run.TypeGuildfile, Package: "/p/guild.toml", Version: "v1", Op: "train"}
	flags := func(pairs ...any) run.Flags {
		f := run.Flags{}
		for i := 0; i < len(pairs); i += 2 {
			f[pairs[i].(string)] = pairs[i+1]
		}
		return f
	}
	past := func(change func(*needed.Past)) needed.Past {
		p := needed.Past{Ref: ref, Flags: flags("x", int64(1), "s", "a"), Status: run.Completed, Source: run.Digest{1}, Upstream: []string{"u"}}
		change(&p)
		return p
	}
	want := needed.Spec{Ref: ref, Flags: flags("x", 1.0, "s", "a")}
	strict := needed.Spec{Ref: ref, Flags: want.Flags, Source: run.Digest{1}, Upstream: []string{"u"}}
	for _, tc := range []struct {
		name   string
		spec   needed.Spec
		past   needed.Past
		reason string
	}{
		{"same: 1 is 1.0", want, past(func(*needed.Past) {}), ""},
		{"terminated", want, past(func(p *needed.Past) { p.Status = run.Terminated }), ""},
		{"error", want, past(func(p *needed.Past) { p.Status = run.Error }), "its status is error"},
		{"denied", want, past(func(p *needed.Past) { p.Status = run.Denied }), "its status is denied"},
		{"running", want, past(func(p *needed.Past) { p.Status = run.Running }), "its status is running"},
		{"staged", want, past(func(p *needed.Past) { p.Status = run.Staged }), "its status is staged"},
		{"other flag", want, past(func(p *needed.Past) { p.Flags = flags("x", int64(2), "s", "a") }), "its flags differ: x=2, not 1.0"},
		{"text is no number", want, past(func(p *needed.Past) { p.Flags = flags("x", "1", "s", "a") }), "its flags differ: x='1', not 1.0"},
		{"flag more", want, past(func(p *needed.Past) { p.Flags = flags("x", int64(1), "s", "a", "y", nil) }), "its flags differ: it has y=null"},
		{"flag less", want, past(func(p *needed.Past) { p.Flags = flags("x", int64(1)) }), "its flags differ: it has no s"},
		{"other definition", want, past(func(p *needed.Past) { p.Ref.Version = "v2" }), "the operation is defined differently now"},
		{"other operation", want, past(func(p *needed.Past) { p.Ref.Op = "test" }), "it is of another operation (test)"},
		{"other project", want, past(func(p *needed.Past) { p.Ref.Package = "/q/guild.toml" }), "it is of another operation (train)"},
		{"source not compared", want, past(func(p *needed.Past) { p.Source = run.Digest{2} }), ""},
		{"same source", strict, past(func(*needed.Past) {}), ""},
		{"other source", strict, past(func(p *needed.Past) { p.Source = run.Digest{2} }), "its source code differs"},
		{"source not recorded", strict, past(func(p *needed.Past) { p.Source = run.Digest{} }), "its source code differs"},
		{"other lock upstream", strict, past(func(p *needed.Past) { p.Upstream = []string{"v"} }), "the runs it used were locked with other content"},
	} {
		if got := needed.Reject(tc.spec, tc.past); got != tc.reason {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.reason)
		}
	}
}

func TestRejectNamesFewFlags(t *testing.T) {
	want, past := run.Flags{}, run.Flags{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		want[name], past[name] = int64(1), int64(2)
	}
	got := needed.Reject(needed.Spec{Flags: want}, needed.Past{Flags: past, Status: run.Completed})
	if got != "its flags differ: a=2, not 1, b=2, not 1, c=2, not 1, and 2 more" {
		t.Errorf("got %q", got)
	}
}
