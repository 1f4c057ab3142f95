package guild_test

import (
	"encoding/json"
	"strings"
	"testing"

	guild "github.com/guild-run/guild/guest-sdk/go"
)

func TestUnquote(t *testing.T) {
	for text, want := range map[string]string{
		`""`: "", ` "a" `: "a", `"\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00"`: "\"\\/\b\f\n\r\tAé😀",
		`"\ud800"`: "\ufffd", `"\ud800A"`: "\ufffdA", `"\udc00\ud800"`: "\ufffd\ufffd", "\"é\u2028\"": "é\u2028",
	} {
		if have, err := guild.Unquote(text); have != want || err != nil {
			t.Errorf("Unquote(%s) = %q, %v, want %q", text, have, err, want)
		}
	}
}

func TestJSONErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "byte 0: no [",
		"[":                       "byte 1: not a value",
		"[1":                      "byte 2: neither a comma nor the end",
		"[1,]":                    "byte 3: not a value",
		"[1]x":                    "byte 3: more than one value",
		"[01]":                    "byte 2: neither a comma nor the end",
		"[1.]":                    "byte 3: not a digit",
		"[-]":                     "byte 2: not a digit",
		"[1e]":                    "byte 3: not a digit",
		"[nul]":                   "byte 1: not a value",
		"[\"\n\"]":                "byte 2: control character in text",
		`["a`:                     "byte 3: text does not end",
		`["\`:                     "byte 3: not an escape",
		`["\x"]`:                  "byte 3: not an escape",
		`["\u12g4"]`:              "byte 4: not four hexadecimal digits",
		`["\u+123"]`:              "byte 4: not four hexadecimal digits",
		`["\u12`:                  "byte 4: not four hexadecimal digits",
		`[{"a"}]`:                 "byte 5: no colon after a name",
		`[{1:2}]`:                 "byte 2: not text",
		strings.Repeat("[", 1000): "byte 64: nested too deep",
	} {
		if _, err := guild.Elements(text); err == nil || err.Error() != want {
			t.Errorf("Elements(%s): %v, want %s", text, err, want)
		}
	}
	if _, err := guild.Members(`{"a"}`); err == nil || err.Error() != "byte 4: no colon after a name" {
		t.Error(err)
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[true,null,{"c":"\u00e9\n"}]}`, `[1.5e-3,-0,"x"]`, `"\ud83d\ude00"`, `{`, `[[[`, "{\"a\":\x00}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		members, err := guild.Members(text)
		var object map[string]json.RawMessage
		if wantErr := json.Unmarshal([]byte(text), &object); err == nil && (wantErr != nil || object == nil) {
			t.Fatalf("Members(%q) is fine, but %v", text, wantErr)
		} else if err != nil && wantErr == nil && object != nil && depth(text) < 60 {
			t.Fatalf("Members(%q): %v", text, err)
		}
		for _, m := range members {
			if !json.Valid([]byte(m.JSON)) {
				t.Fatalf("member %q of %q is no JSON", m.JSON, text)
			}
		}
		var want string
		if have, err := guild.Unquote(text); err == nil {
			if err := json.Unmarshal([]byte(text), &want); err != nil || strings.ToValidUTF8(have, "\ufffd") != strings.ToValidUTF8(want, "\ufffd") && json.Valid([]byte(text)) && validUTF8(text) {
				t.Fatalf("Unquote(%q) = %q, want %q, %v", text, have, want, err)
			}
		}
		var back string
		if err := json.Unmarshal([]byte(guild.Quote(text)), &back); err != nil || validUTF8(text) && back != text {
			t.Fatalf("Quote(%q) = %s: %v", text, guild.Quote(text), err)
		}
	})
}

func depth(text string) int { return strings.Count(text, "[") + strings.Count(text, "{") }

func validUTF8(s string) bool { return strings.ToValidUTF8(s, "") == s }
