package project_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/guild-run/guild/runtime/project"
)

func TestMerge(t *testing.T) {
	detected := []project.Flag{
		{Name: "lr", Default: 0.5, HasDefault: true, Type: "float", Help: "rate", Arg: "--rate"}, {Name: "b", Default: int64(1), HasDefault: true}, {Name: "c"},
	}
	declared := []project.Flag{{Name: "x", Declared: true}, {Name: "lr", Min: number(0), Declared: true}}
	for _, test := range []struct {
		name     string
		declared []project.Flag
		imp      project.Import
		want     []string
	}{
		{"none declared", nil, project.Import{}, []string{"lr", "b", "c"}},
		{"none declared, off", nil, project.Import{Off: true}, nil},
		{"declared", declared, project.Import{}, []string{"x", "lr"}},
		{"all", declared, project.Import{All: true}, []string{"x", "lr", "b", "c"}},
		{"by name", declared, project.Import{Names: []string{"c", "z"}}, []string{"x", "lr", "c"}},
		{"by name, none declared", nil, project.Import{Names: []string{"b"}}, []string{"b"}},
	} {
		var names []string
		for _, f := range project.Merge(test.declared, detected, test.imp) {
			names = append(names, f.Name)
		}
		if !slices.Equal(names, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, names, test.want)
		}
	}
	got := project.Merge(declared, detected, project.Import{All: true})[1]
	want := project.Flag{Name: "lr", Default: 0.5, HasDefault: true, Type: "float", Help: "rate", Arg: "--rate", Min: number(0), Declared: true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if declared[1].HasDefault {
		t.Error("the declaration was changed")
	}
	if got := (project.Import{Names: []string{"c", "z"}}).Missing(detected); !slices.Equal(got, []string{"z"}) {
		t.Errorf("missing: got %v", got)
	}
}
