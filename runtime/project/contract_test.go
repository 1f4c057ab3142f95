package project_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/project"
)

// constants returns the values of the string constants of that type.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typeName && len(spec.Values) == 1 {
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
				s, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, s)
			}
		}
		return true
	})
	slices.Sort(values)
	return values
}

// The names of events and grants are the contract's. They are read, not imported: the contract is for engine and guests.
func TestContract(t *testing.T) {
	for _, test := range []struct {
		what, file, typeName string
		have                 []string
	}{
		{"events", "../../abi/event.go", "Event", project.Events},
		{"grants", "../../abi/function.go", "Grant", project.Grants},
	} {
		want := constants(t, test.file, test.typeName)
		have := slices.Sorted(slices.Values(test.have))
		if len(want) == 0 || !slices.Equal(have, want) {
			t.Errorf("%s: got  %s\nwant %s", test.what, strings.Join(have, " "), strings.Join(want, " "))
		}
	}
}
