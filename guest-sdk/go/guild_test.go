//go:build !wasip1

package guild_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	guild "github.com/guild-run/guild/guest-sdk/go"
	"github.com/guild-run/guild/guest-sdk/go/hooktest"
)

// in calls a handler that must not fail.
func in(t *testing.T, h *hooktest.Host, handler func() error) {
	t.Helper()
	h.Call(handler)
	if h.Failure != "" {
		t.Fatal(h.Failure)
	}
}

func TestFields(t *testing.T) {
	h := hooktest.New()
	h.Flag("lr", 0.5)
	h.Flag("a.b", 7)
	h.Flag("none", nil)
	h.Flag("on", true)
	h.Run("op", "train \"x\"<>")
	h.Run("long", strings.Repeat("x", 5000))
	h.Set("batch.trials", []any{map[string]any{"status": "completed"}, map[string]any{"status": "error"}})
	h.Param("limits.max", 2)
	in(t, h, func() error {
		message := func(_ any, _ bool, err error) string {
			if err == nil {
				return ""
			}
			return err.Error()
		}
		if v, ok, err := guild.Flag("lr").Float(); v != 0.5 || !ok || err != nil {
			t.Error(v, ok, err)
		}
		i, ok, err := guild.Flag("lr").Int()
		if have, want := message(i, ok, err), "flag lr is 0.5, not an integer"; have != want {
			t.Errorf("%q, want %q", have, want)
		}
		s, ok, err := guild.Flag("none").String()
		if have, want := message(s, ok, err), "flag none is null, not text"; have != want {
			t.Errorf("%q, want %q", have, want)
		}
		f, ok, err := guild.Flag("on").Float()
		if have, want := message(f, ok, err), "flag on is true, not a number"; have != want {
			t.Errorf("%q, want %q", have, want)
		}
		b, ok, err := guild.Run("op").Bool()
		if have, want := message(b, ok, err), `event run.op is "train \"x\"<>", not a bool`; have != want {
			t.Errorf("%q, want %q", have, want)
		}
		if v, err := guild.Flag("a.b").IntOr(0); v != 7 || err != nil {
			t.Error(v, err)
		}
		if v, err := guild.Flag("gone").StringOr("x"); v != "x" || err != nil {
			t.Error(v, err)
		}
		if v, err := guild.Flag("on").BoolOr(false); !v || err != nil {
			t.Error(v, err)
		}
		if n := guild.Flag("none"); !n.IsNull() || !n.Exists() || guild.Flag("gone").Exists() {
			t.Error("null is not absent")
		}
		if v, _, _ := guild.Run("op").String(); v != `train "x"<>` {
			t.Error(v)
		}
		if v, _, _ := guild.Run("long").String(); len(v) != 5000 {
			t.Error(len(v))
		}
		if v, _, _ := guild.Event("batch.trials.1.status").String(); v != "error" {
			t.Error(v)
		}
		if v, _, _ := guild.Param("limits.max").Float(); v != 2 {
			t.Error(v)
		}
		flags, err := guild.Flags()
		if want := []guild.Member{{Name: "a.b", JSON: "7"}, {Name: "lr", JSON: "0.5"}, {Name: "none", JSON: "null"}, {Name: "on", JSON: "true"}}; !slices.Equal(flags, want) || err != nil {
			t.Error(flags, err)
		}
		return nil
	})
}

func TestFiles(t *testing.T) {
	h := hooktest.New()
	h.Files = map[string]string{"a.py": "x = 1", "src/b.py": "", "big": strings.Repeat("x", 200_000)}
	in(t, h, func() error {
		if names, err := guild.List("**/*.py"); !slices.Equal(names, []string{"a.py", "src/b.py"}) || err != nil {
			t.Error(names, err)
		}
		if names, err := guild.List("*.R"); names != nil || err != nil {
			t.Error(names, err)
		}
		if info, err := guild.Stat("a.py"); info != (guild.FileInfo{Size: 5, Kind: guild.KindFile, Mode: 0o644}) || err != nil {
			t.Error(info, err)
		}
		if _, err := guild.Stat("gone"); !errors.Is(err, guild.NotFound) {
			t.Error(err)
		}
		if data, err := guild.ReadFile("big"); len(data) != 200_000 || err != nil {
			t.Error(len(data), err)
		}
		_, err := guild.ReadFile("gone")
		if err == nil || err.Error() != "gone: not found" || errors.Is(err, guild.Conflict) {
			t.Error(err)
		}
		return errors.Join(
			guild.WriteFile("new", []byte("one")), guild.AppendFile("new", []byte("two")), guild.WriteFile("empty", nil),
			guild.WriteFile("huge", make([]byte, 3_000_000)), guild.RemoveFile("a.py"),
		)
	})
	if h.Files["new"] != "onetwo" || len(h.Files["huge"]) != 3_000_000 || h.Files["a.py"] != "" {
		t.Error(h.Touched)
	}
}

func TestState(t *testing.T) {
	h := hooktest.New()
	count := func() error {
		value, version, err := guild.ScopeRun.Get("n")
		if err != nil {
			return err
		}
		if _, err := guild.ScopeRun.Put("n", append(value, 'x'), version+1); !errors.Is(err, guild.Conflict) {
			t.Error(err)
		}
		if _, err := guild.ScopeRun.Put("n", append(value, 'x'), version); err != nil {
			return err
		}
		_, err = guild.ScopeBatch.Append("log", []byte("line"))
		return err
	}
	in(t, h, count)
	in(t, h, count)
	in(t, h, func() error {
		if v, version, err := guild.ScopeRun.Get("n"); string(v) != "xx" || version != 2 || err != nil {
			t.Errorf("%q %d %v", v, version, err)
		}
		if v, _, err := guild.ScopeBatch.Get("log"); string(v) != "line\nline\n" || err != nil {
			t.Errorf("%q %v", v, err)
		}
		if v, version, err := guild.ScopeProject.Get("log"); v != nil || version != guild.VersionAbsent || err != nil {
			t.Errorf("%q %d %v", v, version, err)
		}
		return nil
	})
}

func TestActions(t *testing.T) {
	h := hooktest.New()
	h.Time(5)
	h.Call(func() error {
		buf := make([]byte, 100_000)
		if guild.Now() != 5 || guild.Random(buf) != nil || buf[99_999] == 0 {
			t.Error(guild.Now(), buf[99_999])
		}
		guild.Info("hello")
		if err := guild.SetFlag("x", 1+2i); err == nil {
			t.Error("a complex flag")
		}
		return errors.Join(
			guild.Deny("first"), guild.Deny("second"), guild.SetFlag("lr", 0.5), guild.SetFlag("n", 2.0), guild.SetEnv("SEED", "1"), guild.SetLabel("x"),
			guild.SetTags([]string{"a", "b"}), guild.SetAttr("score", 1), guild.SetPlan("[]"), guild.Answer(true), guild.RequestLock(),
			guild.Emit("done", []guild.Member{{Name: "n", JSON: "1"}}), errors.New("at last"),
		)
	})
	if !h.Denied || h.Reason != "first" || h.Flags["lr"] != "0.5" || h.Flags["n"] != "2.0" || h.Env["SEED"] != "1" || h.Attrs["label"] != `"x"` ||
		h.Attrs["tags"] != `["a","b"]` || h.Attrs["score"] != "1" || h.Plan != "[]" || h.Answer != "true" || !h.LockRequested ||
		!slices.Equal(h.Emitted, []string{`done {"n":1}`}) || !slices.Equal(h.Logs, []string{"hello"}) || h.Failure != "at last" {
		t.Errorf("%+v", h)
	}
}

type named struct{}

func (named) String() string { return "named" }

func TestPanics(t *testing.T) {
	for want, f := range map[string]func() error{
		"boom at go/guild_test.go:":                       func() error { panic("boom") },
		"named at go/guild_test.go:":                      func() error { panic(named{}) },
		"7 at go/guild_test.go:":                          func() error { panic(7) },
		"panic at go/guild_test.go:":                      func() error { panic(struct{}{}) },
		"runtime error: index out of range [3] with leng": func() error { var s []int; i := 3; s[i] = 1; return nil },
	} {
		h := hooktest.New()
		h.Call(f)
		if !strings.HasPrefix(h.Failure, want) || !strings.Contains(h.Failure, " at go/guild_test.go:") {
			t.Errorf("got %q, want %q", h.Failure, want)
		}
	}
}
