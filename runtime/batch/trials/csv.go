package trials

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// maxColumns bounds the flags of a file in CSV.
const maxColumns = 1000

func (f *rows) csv(data []byte) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = -1, true, true
	f.typed = true
	var names []string
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return nil
		}
		var slip *csv.ParseError
		if errors.As(err, &slip) {
			return f.fail(slip.Line, slip.Err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		line, _ := r.FieldPos(0)
		if names == nil {
			if names, err = header(cells); err != nil {
				return f.fail(line, err)
			}
			continue
		}
		row, err := f.cells(names, cells)
		if err != nil {
			return f.fail(line, err)
		}
		if err := f.add(line, row); err != nil {
			return err
		}
	}
}

func header(cells []string) ([]string, error) {
	if len(cells) > maxColumns {
		return nil, fmt.Errorf("it has %d columns, the limit is %d", len(cells), maxColumns)
	}
	names := make([]string, len(cells))
	seen := make(map[string]bool, len(cells))
	for i, cell := range cells {
		name := strings.TrimSpace(cell)
		if err := checkName(name); err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fmt.Errorf("column %q is there twice", name)
		}
		seen[name], names[i] = true, name
	}
	return names, nil
}

func (f *rows) cells(names, cells []string) (run.Flags, error) {
	if len(cells) > len(names) {
		return nil, fmt.Errorf("it has %d cells, and there are %d columns", len(cells), len(names))
	}
	row := make(run.Flags, len(cells))
	for i, cell := range cells {
		if cell = strings.TrimSpace(cell); cell == "" {
			continue
		}
		v, err := f.cell(cell, slices.Contains(f.texts, names[i]))
		if err != nil {
			return nil, invalid(names[i], cell, err)
		}
		row[names[i]] = v
	}
	return row, nil
}

// cell reads a value as it would be typed. Functions stay as they are, to be expanded with the row; what is text in spite of
// its looks gets quotes, so that it stays text then. Of a flag of texts functions are expanded here.
func (f *rows) cell(cell string, text bool) (any, error) {
	if len(cell) > run.MaxValueLen || isFunction(cell) && !text {
		return cell, nil
	}
	f.reader.text = text
	values, sample, ok, err := f.reader.guild(cell, false)
	if err != nil {
		return nil, err
	}
	if sample != nil {
		return cell, nil
	}
	if !ok {
		v, err := f.reader.value(cell)
		return literal(v), err
	}
	for i, v := range f.reader.texts(values) {
		values[i] = literal(v)
	}
	return values, nil
}

func literal(v any) any {
	if text, ok := v.(string); ok && isFunction(text) {
		return "'" + text + "'"
	}
	return v
}
