package hooks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/hooks"
)

// described is what a module says of itself.
type described struct {
	Params map[string]param `json:"params"`
	Events []abi.Event      `json:"events"`
	Allow  []string         `json:"allow"`
}

type param struct {
	Type    string            `json:"type"`
	Items   string            `json:"items"`
	Default json.RawMessage   `json:"default"`
	Min     json.Number       `json:"min"`
	Max     json.Number       `json:"max"`
	Choices []json.RawMessage `json:"choices"`
}

// values is how the table says what a parameter may be.
func (p param) values() string {
	if p.Choices != nil {
		var list []string
		for _, c := range p.Choices {
			list = append(list, "`"+string(c)+"`")
		}
		return strings.Join(list, ", ")
	}
	kind, ok := map[string]string{"string": "text", "map": "table"}[p.Type]
	switch {
	case p.Type == "list" && p.Items == "string":
		kind = "list of texts"
	case !ok:
		kind = p.Type
	}
	switch {
	case p.Min != "" && p.Max != "":
		return fmt.Sprintf("%s, %s to %s", kind, p.Min, p.Max)
	case p.Min != "":
		return fmt.Sprintf("%s, from %s", kind, p.Min)
	case p.Max != "":
		return fmt.Sprintf("%s, to %s", kind, p.Max)
	}
	return kind
}

// describe reads the section guild.hook of a module.
func describe(t *testing.T, name string) described {
	t.Helper()
	module, _ := hooks.Module(name)
	_, section, found := bytes.Cut(module, []byte("guild.hook"))
	var d described
	if err := json.NewDecoder(bytes.NewReader(section)).Decode(&d); !found || err != nil {
		t.Fatalf("%s: section %v, %v", name, found, err)
	}
	return d
}

// TestReadme: README.md has every built-in hook, with its events, its grants, and each parameter with its values and its default, as the
// module has them, and an example that is executed (cmd/guild).
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		name, rest, _ := strings.Cut(section, "\n")
		sections[name] = rest
	}
	for _, name := range builtins() {
		section, d := sections[name], describe(t, name)
		if section == "" || !strings.Contains(section, "```console\n$ ") || !strings.Contains(string(text), "]("+"#"+name+")") {
			t.Errorf("%s has no section with an example, or is not in the table", name)
			continue
		}
		for _, event := range d.Events {
			if event != abi.OnInit && !strings.Contains(section, "`"+string(event)+"`") {
				t.Errorf("%s: %s is not mentioned", name, event)
			}
		}
		for _, grant := range d.Allow {
			if !strings.Contains(section, "`"+grant+"`") {
				t.Errorf("%s: %s is not mentioned", name, grant)
			}
		}
		rows := 0
		for line := range strings.Lines(section) {
			cells := strings.Split(strings.Trim(line, "| \n"), " | ")
			if !strings.HasPrefix(line, "| `") || len(cells) < 4 {
				continue
			}
			rows++
			p, known := d.Params[strings.Trim(cells[0], "`")]
			if !known {
				t.Errorf("%s has no parameter %s", name, cells[0])
				continue
			}
			if cells[1] != p.values() {
				t.Errorf("%s: values of %s: %s, want %s", name, cells[0], cells[1], p.values())
			}
			if want := "`" + string(p.Default) + "`"; p.Default != nil && cells[2] != want || cells[2] == "" {
				t.Errorf("%s: default of %s: %q, want %s", name, cells[0], cells[2], want)
			}
			if strings.TrimSpace(cells[3]) == "" {
				t.Errorf("%s: nothing is said of %s", name, cells[0])
			}
		}
		if rows != len(d.Params) {
			t.Errorf("%s: %d rows for %d parameters", name, rows, len(d.Params))
		}
	}
}
