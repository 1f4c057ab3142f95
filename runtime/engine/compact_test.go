package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/engine"
)

func TestCompactJSON(t *testing.T) {
	for text, want := range map[string]string{
		"{}":                       "{}",
		" [ ] ":                    "[]",
		"\t\"a b\"\r\n":            `"a b"`,
		`{"a" : [1, -0.5e+3 ,{}]}`: `{"a":[1,-0.5e+3,{}]}`,
		`"\u00fF\ud800\/ä"`:        `"\u00fF\ud800\/ä"`,
		"0":                        "0",
		"[true,false,null]":        "[true,false,null]",
	} {
		if got, err := engine.CompactJSON([]byte(text)); string(got) != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " ", "{", "[", "]", "{]", "[}", "[,]", "[1,]", "[1 2]", "{,}", `{"a"}`, `{"a":}`, `{"a":1,}`, "{1:1}", "1 1", "01", "-", "+1", ".5", "1.", "1e", "1e+",
		"tru", "truee", "nul", "NaN", `"`, `"\`, `"\"`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\n\"", "\"\xff\"", "\x00", "[\x00]", "\ufeff1", "\v1", "'a'", "//",
	} {
		if got, err := engine.CompactJSON([]byte(text)); err == nil || err.Error() != "is not JSON" {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	nested := func(n int) []byte { return []byte(strings.Repeat(`[{"a":`, n/2) + "1" + strings.Repeat("}]", n/2)) }
	if got, err := engine.CompactJSON(nested(abi.MaxJSONDepth)); err != nil || len(got) == 0 {
		t.Error(err)
	}
	if _, err := engine.CompactJSON(nested(abi.MaxJSONDepth + 2)); err == nil || err.Error() != "is nested more than 64 levels deep" {
		t.Errorf("got %v", err)
	}
}

func TestElements(t *testing.T) {
	for text, want := range map[string]int{
		"[]": 0, "[1]": 1, `[{},{},{}]`: 3, `[[1,2],[3,4]]`: 2, `["a,b","]","\\",",\",","]`: 5, `{"a":1,"b":[1,2]}`: 1, `"a,b"`: 1, "1": 1, "{}": 1,
	} {
		if got := engine.Elements([]byte(text)); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

// FuzzCompactJSON agrees with encoding/json on all that is not nested too deeply.
func FuzzCompactJSON(f *testing.F) {
	for _, text := range []string{`{"a": [1, -2.5e3, "b\\\u00e4", {}, [], true, false, null]}`, "[[[[", "0", "\"\xff\"", " 1 "} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := engine.CompactJSON(text)
		if err != nil && strings.HasPrefix(err.Error(), "is nested") {
			if bytes.Count(text, []byte{'['})+bytes.Count(text, []byte{'{'}) <= abi.MaxJSONDepth {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		var want bytes.Buffer
		wrong := json.Compact(&want, text)
		if !utf8.Valid(text) {
			wrong = errors.New("not UTF-8")
		}
		if (err == nil) != (wrong == nil) || err == nil && !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%q: got %q, %v, want %q, %v", text, got, err, want.Bytes(), wrong)
		}
	})
}

func BenchmarkCompactJSON(b *testing.B) {
	long := []byte(`"` + strings.Repeat("a", 1<<20-2) + `"`)
	short := []byte(`{"loss": {"last": 0.25, "min": 1e-05}, "name": "a b"}`)
	for name, text := range map[string][]byte{"1MiB": long, "53B": short} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := engine.CompactJSON(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
