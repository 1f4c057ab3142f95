package project_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/project"
)

func TestPlaces(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"plain", "a = 1\n b=2", []string{"a 1:1 1:5", "b 2:2 2:4"}},
		{"carriage returns", "a = 1\r\nb = 2\r\n", []string{"a 1:1 1:5", "b 2:1 2:5"}},
		{"quoted", `"a\tb" = 1` + "\n'c.d' = 2\n\"\" = 3", []string{"a\tb 1:1 1:10", "c.d 2:1 2:9", " 3:1 3:6"}},
		{"escapes", `"\x41\u00e9\U0001f600\\\"\e" = 1`, []string{"Aé😀\\\"\x1b 1:1 1:32"}},
		{"dotted", `a . "b" .c = 1` + "\na.d = 2", []string{"a 1:1 1:1", "a.b 1:5 1:5", "a.b.c 1:10 1:14", "a.d 2:3 2:7"}},
		{"inline", `a = { b = 1, c.d = [2] }`, []string{"a 1:1 1:5", "a.b 1:7 1:11", "a.c 1:14 1:14", "a.c.d 1:16 1:20", "a.c.d[0] 1:21"}},
		{"inline of lines", "a = { # }\n b = 1, # ,\n}\nc = 2", []string{"a 1:1 1:5", "a.b 2:2 2:6", "c 4:1 4:5"}},
		{"lists", "a = [1, # ]\n 'x', [2], {b = 3},]", []string{"a 1:1 1:5", "a[0] 1:6", "a[1] 2:2", "a[2] 2:7", "a[2][0] 2:8", "a[3] 2:12", "a[3].b 2:13 2:17"}},
		{"headers", "[a.b]\nc=1\n[ a . d ] # x\n[a]\ne=2", []string{"a 4:2 4:2", "a.b 1:4 1:4", "a.b.c 2:1 2:3", "a.d 3:7 3:7", "a.e 5:1 5:3"}},
		{"arrays of tables", "[[a]]\nb=1\n[a.c]\nd=2\n[[ a ]]\nb=3\n[a.c]\nd=4", []string{
			"a 1:3 1:3", "a[0] 1:3", "a[0].b 2:1 2:3", "a[0].c 3:4 3:4", "a[0].c.d 4:1 4:3", "a[1] 5:4", "a[1].b 6:1 6:3", "a[1].c 7:4 7:4", "a[1].c.d 8:1 8:3"}},
		{"strings of lines", "a = \"\"\"\n[x] \\\"\"\" \\\\\"\"\"\"\"\nb = '''\ny = 1'''''\nc = 1", []string{"a 1:1 1:5", "b 3:1 3:5", "c 5:1 5:5"}},
		{"dates", "a = 2026-11-21 07:15:35 # x\nb = [2026-11-21T07:15:35Z, 07:15:35]", []string{"a 1:1 1:5", "b 2:1 2:5", "b[0] 2:6", "b[1] 2:28"}},
		{"wide letters", "a = { 'é' = 'ü', b = 2 }", []string{"a 1:1 1:5", "a.é 1:7 1:13", "a.b 1:18 1:22"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := project.Places(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if err := project.Agrees(test.text); err != nil {
				t.Error(err)
			}
		})
	}
}

// A table of many keys is found through its index.
func TestManyKeys(t *testing.T) {
	var b strings.Builder
	b.WriteString(op + "[operations.train.flags]\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "f%d = %d\n", i, i)
	}
	p := load(t, b.String())
	flags := p.Operations["train"].Flags
	if len(flags) != 1000 || flags[432].Name != "f432" {
		t.Errorf("got %d flags", len(flags))
	}
}
