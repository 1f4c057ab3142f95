package trials_test

import (
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/batch/trials"
	"github.com/guild-run/guild/runtime/run"
)

func FuzzParseAxis(f *testing.F) {
	for _, test := range guildTests {
		f.Add(test.text, false)
	}
	for _, test := range guildErrors {
		f.Add(test.text, false)
	}
	for _, test := range hydraTests {
		f.Add(test.text, true)
	}
	for _, test := range hydraErrors {
		f.Add(test.text, true)
	}
	f.Fuzz(func(t *testing.T, text string, multirun bool) {
		a := run.Assignment{Name: "x", Text: text}
		axis, ok, err := trials.ParseAxis(a, multirun)
		switch {
		case err != nil && (ok || strings.ContainsAny(err.Error(), "\n\x1b")):
			t.Errorf("%q: got %v with error %q", text, ok, err)
		case err != nil || !ok:
			if len(axis.Values) > 0 || axis.Sample != nil {
				t.Errorf("%q: got %v although it is no axis", text, axis)
			}
		case len(axis.Values) > trials.MaxTrials || axis.Sample != nil && len(axis.Values) > 0:
			t.Errorf("%q: got %d values, and %v", text, len(axis.Values), axis.Sample)
		default:
			list, err := trials.Spec{Axes: []trials.Axis{axis}, Most: 3}.Trials()
			if err != nil || len(list) > 3 || axis.Sample == nil && len(list) != min(3, len(axis.Values)) {
				t.Errorf("%q: got %d trials, %v", text, len(list), err)
			}
			for _, trial := range list {
				trial.Flags.Canonical() // panics if a value is of no flag's type
			}
		}
		trials.Hint(a)
	})
}

func FuzzReadFile(f *testing.F) {
	for _, test := range fileTests {
		f.Add(test.name, test.text)
	}
	for _, test := range fileErrors {
		if len(test.text) < 100_000 {
			f.Add(test.name, test.text)
		}
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		rows, err := trials.ReadFile(name, []byte(text))
		if err != nil {
			return
		}
		if len(rows) == 0 {
			t.Errorf("%q: no rows and no error", text)
		}
		// What a file has makes trials, or too many of them.
		list, err := trials.Spec{Rows: rows, Most: 10}.Trials()
		if err != nil || len(list) > 10 {
			t.Errorf("%q: got %d trials, %v", text, len(list), err)
		}
		for _, trial := range list {
			trial.Flags.Canonical()
		}
	})
}
