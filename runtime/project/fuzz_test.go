package project_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/project"
)

func FuzzLoad(f *testing.F) {
	f.Add(fullText(f))
	for _, test := range loadErrors {
		f.Add(test.text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(filepath.Join(dir, project.FileName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := project.Agrees(text); err != nil {
			t.Error(err)
		}
		p, err := project.Load(dir)
		var slip *project.FileError
		if err != nil && !errors.As(err, &slip) {
			t.Errorf("error without a place: %v", err)
		}
		if err != nil {
			return
		}
		for _, op := range p.Operations {
			op.Definition()
			if _, _, err := project.ResolveFlags(op.Flags, nil, true); err != nil {
				t.Errorf("defaults of %q: %v", op.Name, err)
			}
		}
	})
}

func FuzzParseCondition(f *testing.F) {
	for _, test := range conditionTests {
		f.Add(test.expr)
	}
	for _, test := range conditionErrors {
		f.Add(test.expr)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		c, err := project.ParseCondition(expr)
		var slip *project.ConditionError
		if err != nil {
			if !errors.As(err, &slip) || slip.Offset > len(expr) || slip.Col < 1 {
				t.Errorf("%q: %v", expr, err)
			}
			return
		}
		if _, err := c.Holds(lookup); err != nil && !errors.As(err, &slip) {
			t.Errorf("%q: %v", expr, err)
		}
	})
}

func FuzzExpand(f *testing.F) {
	for _, test := range expandTests {
		f.Add(test.template)
	}
	for _, test := range expandErrors {
		f.Add(test.template)
	}
	f.Fuzz(func(t *testing.T, template string) {
		text, err := project.Expand(template, vars)
		if err == nil && utf8.ValidString(template) && !utf8.ValidString(text) {
			t.Errorf("%q makes %q", template, text)
		}
	})
}
