package trials

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/runtime/run"
)

// MaxFile bounds a batch file, in bytes.
const MaxFile = 16 << 20

// ReadFile reads a batch file; the name's ending says how. Each row is a trial's flags.
//
//   - .csv, or no ending: names in the first line. A cell is read like a typed value; an empty one is absent.
//   - .json, .yaml, .yml: a list of objects.
//   - .toml: tables [[trials]].
//
// A list, or a text such as "range[1:3]", makes several trials of the row, or is drawn from (Spec.Trials). A file without
// rows is an error. The error names the file and, where it can, the line. texts names flags that take text: what files leave open,
// cells of CSV and plain words of YAML, is text for them.
func ReadFile(name string, data []byte, texts ...string) ([]run.Flags, error) {
	readers := map[string]func(*rows, []byte) error{
		"": (*rows).csv, ".csv": (*rows).csv, ".json": (*rows).json, ".yaml": (*rows).yaml, ".yml": (*rows).yaml, ".toml": (*rows).toml,
	}
	read, known := readers[strings.ToLower(path.Ext(name))]
	f := &rows{name: name, texts: texts, reader: &reader{left: 2 * MaxTrials}}
	switch {
	case !known:
		return nil, fmt.Errorf("cannot read trials from %s: want a name that ends with .csv, .json, .yaml, .yml or .toml", name)
	case len(data) > MaxFile:
		return nil, fmt.Errorf("%s: it has %d bytes, the limit is %d", name, len(data), MaxFile)
	case !utf8.Valid(data):
		return nil, fmt.Errorf("%s: it is not text in UTF-8", name)
	}
	if err := read(f, []byte(strings.TrimPrefix(string(data), "\ufeff"))); err != nil {
		return nil, err
	}
	if len(f.list) == 0 {
		return nil, fmt.Errorf("%s: it has no trials", name)
	}
	return f.list, nil
}

// rows are those of one file.
type rows struct {
	name   string
	list   []run.Flags
	texts  []string
	reader *reader // counts the values of all lists
	typed  bool    // values were read like typed ones; an empty list is an empty range
	// How far lines are counted.
	offset int64
	line   int
}

// fail says where in the file, by line or, without lines, by the number of the trial.
func (f *rows) fail(line int, err error) error {
	if line > 0 {
		return fmt.Errorf("%s:%d: %w", f.name, line, err)
	}
	return fmt.Errorf("%s: trial %d: %w", f.name, len(f.list)+1, err)
}

// add takes a row over.
func (f *rows) add(line int, row run.Flags) error {
	if len(f.list) == MaxTrials {
		return f.fail(line, fmt.Errorf("it has more than %d trials", MaxTrials))
	}
	for _, name := range row.Names() {
		if err := f.check(name, row[name]); err != nil {
			return f.fail(line, err)
		}
	}
	f.list = append(f.list, row)
	return nil
}

func (f *rows) check(name string, value any) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := checkValue(value, 0); err != nil {
		return fmt.Errorf("flag %q: %w", name, err)
	}
	if list, ok := value.([]any); ok && len(list) == 0 && !f.typed {
		return fmt.Errorf("flag %q: %w", name, errEmptyList)
	}
	_, _, err := rowAxis(f.reader, name, value)
	return err
}

// checkName refuses names that could not be typed.
func checkName(name string) error {
	if _, err := run.ParseAssignment(name + "="); err != nil || strings.ContainsRune(name, '=') || name[0] == '-' || name[0] == '@' {
		return fmt.Errorf("%s cannot be the name of a flag", show(name))
	}
	return nil
}

// checkValue refuses what a flag cannot hold.
func checkValue(v any, depth int) error {
	switch v := v.(type) {
	case nil, bool, int64, float64:
		return nil
	case string:
		if len(v) > run.MaxValueLen {
			return fmt.Errorf("text has %d bytes, the limit is %d", len(v), run.MaxValueLen)
		}
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return fmt.Errorf("%s is not text", show(v))
		}
		return nil
	case []any:
		if depth == maxNesting {
			return errNesting
		}
		if n := size(v) - 1; depth > 0 && n > maxListValue {
			return fmt.Errorf("a value that is a list has more than %d elements", maxListValue)
		}
		for _, e := range v {
			if err := checkValue(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	case map[string]any, []map[string]any:
		return errors.New("a flag cannot hold a table")
	default: // dates of TOML
		return errors.New("want a date or time in quotes")
	}
}
